"""What the optional answers must look like, as ``answers.checks`` has it for the others."""

from __future__ import annotations

import ipaddress
import re
from email.utils import parseaddr
from zoneinfo import available_timezones

from installer.answers.checks import email, host, one_of, port
from installer.answers.optional import AS_RELEASED, AUTOMATIC
from installer.core.addresses import is_host
from installer.core.resources import table

#: A part of a registry's name (github.com/distribution/reference, "domain-component").
_DOMAIN = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"


def preset(value: str) -> str | None:
    """How much Dify does at once: by the machine, as the release has it, or a preset's name."""
    return one_of(AUTOMATIC, AS_RELEASED, *(entry["name"] for entry in table("presets")["preset"]))(value)


def upload_size(value: int) -> str | None:
    """MB of a file; 0 = as it is. More than 10 GB no browser brings through a form."""
    return None if 0 <= value <= 10_240 else "0..10240"


def workers(value: int) -> str | None:
    """How many containers work in the background; 0: as many as there are."""
    most = max(max(entry.get("copies", (1,))) for entry in table("services")["service"].values())
    return None if 0 <= value <= most else f"0..{most}"


def timezone(value: str) -> str | None:
    """An IANA time zone. Windows has no list of them to compare with (docs.python.org/3/library/zoneinfo)."""
    known = available_timezones()
    named = value == "UTC" or re.fullmatch(r"[A-Za-z_]+(/[A-Za-z0-9_+-]+)+", value) is not None
    fits = named and (not known or value in known)
    return None if fits else "AREA/CITY"


def sender(value: str) -> str | None:
    """``name@domain`` or ``Name <name@domain>``."""
    _, address = parseaddr(value)
    whole = value == address or re.fullmatch(r"[^<>]+<" + re.escape(address) + ">", value)
    fits = value.isprintable() and address.isascii() and email(address) is None and whole
    return None if fits else "NAME@DOMAIN"


def mirror(value: str) -> str | None:
    """``host[:port][/path]`` as the first part of an image's name (distribution/reference)."""
    first, *path = value.split("/")
    match = re.fullmatch(rf"({_DOMAIN}(?:\.{_DOMAIN})*)(?::(\d{{1,5}}))?", first)
    good = match is not None and (match[2] is None or port(int(match[2])) is None)
    registry = ("." in first or ":" in first or first == "localhost") and not first.endswith("docker.io")
    plain = all(re.fullmatch(r"[a-z0-9]+((?:[._]|__|-+)[a-z0-9]+)*", part) for part in path)
    return None if good and registry and plain else "HOST[:PORT][/PATH]"


def hosts(value: tuple[str, ...]) -> str | None:
    """Names, with ``.`` or ``*.`` in front for all below them, addresses and networks."""
    return None if all(map(_is_exception, value)) else '["HOST", …]'


def _is_exception(name: str) -> bool:
    if "/" not in name:
        return host(name.removeprefix("*").removeprefix(".")) is None
    try:
        ipaddress.ip_network(name, strict=False)
    except ValueError:
        return False
    return True


def mail_server(value: str) -> str | None:
    """A name or an address, without port or brackets."""
    return None if is_host(value) else "NAME | IPv4 | IPv6"


def proxy_user(value: str) -> str | None:
    """A login name without control characters."""
    return None if value.isprintable() else "USER"
