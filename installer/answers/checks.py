"""What a single answer must look like. Each check returns None, or what was expected instead.

The expectation is a short technical notation (``1..65535``, ``PATH``), put into the error's text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path, PureWindowsPath
from typing import Any
from urllib.parse import urlsplit

from installer.core.addresses import bare_host, base_url, is_address, is_host
from installer.core.paths import pure_path
from installer.core.repair_ids import IDS
from installer.core.resources import table
from installer.core.version import Version

Check = Callable[[Any], str | None]

_USER = re.compile(r"[^\s@:/\x00-\x1f-][^\s@:/\x00-\x1f]{0,255}")
_HOST_KEY = re.compile(
    r"((ssh-ed25519|ssh-rsa|rsa-sha2-256|rsa-sha2-512|ecdsa-sha2-nistp(256|384|521)|"
    r"sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com) )?SHA256:[A-Za-z0-9+/]{43}"
)
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f.]+(\.[^@\s\x00-\x1f.]+)+")
_WEB_PATH = re.compile(r"[A-Za-z0-9._~/-]*")


def host(value: str) -> str | None:
    """A host, IPv6 with or without brackets."""
    return None if is_host(bare_host(value)) else "NAME | IPv4 | IPv6"


def address(value: str) -> str | None:
    """An IP address to listen on."""
    return None if is_address(value) else "IPv4 | IPv6"


def port(value: int) -> str | None:
    """A TCP port."""
    return None if 1 <= value <= 65535 else "1..65535"


def port_or_none(value: int) -> str | None:
    """A TCP port or 0."""
    return None if 0 <= value <= 65535 else "0..65535"


def user(value: str) -> str | None:
    """A login name; never one that a command line could take for an option."""
    return None if _USER.fullmatch(value) else "USER"


def host_key(value: str) -> str | None:
    """A fingerprint as OpenSSH shows it, with or without the key's type before it."""
    return None if _HOST_KEY.fullmatch(value) else "[ssh-ed25519 ]SHA256:… (43)"


def jump(value: str) -> str | None:
    """``[user@]host[:port]``, several by commas."""
    return None if all(_is_hop(hop.strip()) for hop in value.split(",")) else "[USER@]HOST[:PORT],…"


def _is_hop(hop: str) -> bool:
    name, at, rest = hop.rpartition("@")
    match = re.fullmatch(r"(\[[^]]+\]|[^:\[\]]+)(?::(\d{1,5}))?", rest)
    if match is None or (at and user(name)):
        return False
    return host(match[1]) is None and (match[2] is None or port(int(match[2])) is None)


def directory(value: str) -> str | None:
    """Absolute, not the root, no ``..``, no control characters; ``~`` is for this computer only."""
    path = pure_path(value)
    home = value.startswith("~/") or value.startswith("~\\")
    plain = not re.search(r"[\x00-\x1f\x7f]", value) and ".." not in path.parts
    inside = home or len(path.parts) > 1
    return None if plain and inside and (home or path.is_absolute()) else "/PATH"


def database(value: str) -> str | None:
    """One that a release may start itself."""
    return one_of(*table("databases")["database"])(value)


def project(value: str) -> str | None:
    """A Compose project name (compose-spec, "name")."""
    return None if re.fullmatch(r"[a-z0-9][a-z0-9_-]*", value) else "[a-z0-9][a-z0-9_-]*"


def docker(value: str) -> str | None:
    """A context's name or the engine's address on this computer."""
    ok = re.fullmatch(r"(unix|npipe)://\S+|[A-Za-z0-9][A-Za-z0-9_.+-]*", value)
    return None if ok else "CONTEXT | unix://PATH | npipe://PATH"


def version(value: str) -> str | None:
    """``latest`` or a version; the label of an archive is accepted with such a source (``problems``)."""
    return None if value == "latest" or Version.try_parse(value) else "latest | 1.2.3"


def repairs(value: tuple[str, ...]) -> str | None:
    """Ids of repairs that exist."""
    return None if set(value) <= set(IDS) else f"[{', '.join(IDS)}]"


def web_address(value: str) -> str | None:
    """``http://HOST[:PORT]`` or https, without a login (that would be a secret), maybe with a path of
    RFC 3986's unreserved characters."""
    good = base_url(value) is None and _WEB_PATH.fullmatch(urlsplit(value).path)
    return None if good else "http://HOST:PORT"


def store(value: str) -> str | None:
    """A store's name; whether the release knows it is seen when the release is there."""
    return None if re.fullmatch(r"[a-z0-9][a-z0-9_-]*", value) else "[a-z0-9_-]+"


def email(value: str) -> str | None:
    """Something that can be a mail address."""
    return None if len(value) <= 254 and _EMAIL.fullmatch(value) else "NAME@DOMAIN"


def account_name(value: str) -> str | None:
    """Dify's limit: 30 characters (``api/controllers/console/setup.py``)."""
    fits = len(value.strip()) >= 1 and len(value) <= 30 and value.isprintable()
    return None if fits else "1..30"


def account_password(value: str) -> str | None:
    """Dify's rule: at least 8 characters with a letter and a digit (``api/libs/password.py``)."""
    return (
        None
        if re.search(r"[A-Za-z]", value) and re.search(r"\d", value) and len(value) >= 8
        else "≥8, a-z, 0-9"
    )


def dify_secret(value: str, entry: Mapping[str, Any]) -> str | None:
    """A person's own value for a secret of ``resources/secrets.toml``.

    Only characters that survive URLs, unquoted DSNs and command lines, where Dify puts them.
    """
    longest = int(entry.get("longest", 200))
    if entry["format"] == "base64url32":
        return None if re.fullmatch(r"[A-Za-z0-9_-]{43}", value) else "base64url, 32 bytes"
    fits = re.fullmatch(r"[A-Za-z0-9._~-]+", value) and len(value) <= longest
    return None if fits else f"A-Z a-z 0-9 . _ ~ -, ≤{longest}"


def local_path(value: str) -> str | None:
    """A file on this computer, absolute (a relative one would depend on where the program was started)."""
    try:
        path = Path(value).expanduser()
    except RuntimeError:  # ~NAME of no user
        return "/PATH"
    absolute = path.is_absolute() or PureWindowsPath(value).is_absolute()
    return None if absolute and "\x00" not in value else "/PATH"


def plain_path(value: str) -> str | None:
    """A file on a server that is named in a web server's configuration: only characters that mean nothing
    else there."""
    good = re.fullmatch(r"(/[A-Za-z0-9._@+=-]+)+", value) and ".." not in value.split("/")
    return None if good else "/PATH (A-Z a-z 0-9 . _ @ + = -)"


def url(value: str) -> str | None:
    """An https URL."""
    return None if value.startswith("https://") and base_url(value) is None else "https://HOST/PATH"


def one_of(*values: str) -> Check:
    """One of *values*."""
    return lambda value: None if value in values else " | ".join(values)


def optional(check: Check) -> Check:
    """*check*, but an empty text is fine."""
    return lambda value: check(value) if value else None
