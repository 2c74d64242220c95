"""What people paste as an address: ``root@host``, ``host:2222``, ``ssh root@host -p 22``, ``ssh://root@host:22``."""

from __future__ import annotations

import shlex
from typing import Any
from urllib.parse import urlsplit

#: Options of ssh(1) that an answer takes the place of.
_OPTIONS = {"-p": "port", "-l": "user", "-i": "identity_file", "-J": "jump"}


def address_parts(text: str) -> dict[str, Any] | None:
    """The target's fields that *text* names; None if it is a host alone, or nothing that can be taken apart
    (what it is then is for the check of the field to say)."""
    text = text.strip()
    if text.startswith("ssh "):
        return _command(text)
    if not text.startswith("ssh://") and ("@" not in text and not _with_port(text)):
        return None
    return _place(text)


def _with_port(text: str) -> bool:
    """``host:port`` or ``[address]:port``, not an IPv6 address alone."""
    host, _, port = text.rpartition(":")
    return bool(host) and port.isascii() and port.isdigit() and (":" not in host or host.endswith("]"))


def _place(text: str) -> dict[str, Any] | None:
    if any(c.isspace() for c in text):
        return None
    try:
        parts = urlsplit(text if text.startswith("ssh://") else f"ssh://{text}")
        host, port, user = parts.hostname, parts.port, parts.username
    except ValueError:
        return None
    if not host or parts.password is not None or parts.path.strip("/") or parts.query or parts.fragment:
        return None
    found: dict[str, Any] = {"host": host}
    if user:
        found["user"] = user
    return found | ({"port": port} if port else {})


def _command(text: str) -> dict[str, Any] | None:
    try:
        words = shlex.split(text)[1:]
    except ValueError:
        return None
    found: dict[str, Any] = {}
    while words:
        word = words.pop(0)
        name, value = _OPTIONS.get(word[:2], ""), word[2:]
        if name:
            if not value and not words:
                return None
            found[name] = value or words.pop(0)
        elif word.startswith("-") or "host" in found:
            return None  # an option that nothing here stands for, or a command to run
        else:
            place = _place(word) if "@" in word or "://" in word else {"host": word}
            if place is None:
                return None
            found = {**place, **found}
    port = str(found.get("port", 22))
    if "host" not in found or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return None
    return found | ({"port": int(port)} if "port" in found else {})
