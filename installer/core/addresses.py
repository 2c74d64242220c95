"""Host names, addresses and URLs as people type them."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from urllib.parse import urlsplit

_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")


def is_host(text: str) -> bool:
    """A DNS name (international ones too), an IPv4 or an IPv6 address, the latter with or without zone."""
    if is_address(text.partition("%")[0]):
        return True
    if re.fullmatch(r"[0-9.]+", text) or ":" in text or not all(map(_in_names, text)):
        return False
    try:
        name = text.rstrip(".").encode("idna").decode()
    except UnicodeError:
        return False
    return len(name) <= 253 and all(_LABEL.fullmatch(label) for label in name.split("."))


def _in_names(char: str) -> bool:
    """Whether *char* can be in a name, also an international one: the codec would take a Japanese comma for a
    letter. The katakana middle dot is allowed (RFC 5892, A.7)."""
    return char.isalnum() or char in "-_.。・" or unicodedata.category(char).startswith("M")


def is_address(text: str) -> bool:
    """An IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def bare_host(host: str) -> str:
    """*host* without the brackets around an IPv6 address."""
    bracketed = host.startswith("[") and host.endswith("]") and ":" in host
    return host[1:-1] if bracketed else host


def url_host(address: str) -> str:
    """*address* as it stands in a URL: IPv6 in brackets."""
    try:
        return f"[{address}]" if ipaddress.ip_address(address).version == 6 else address
    except ValueError:
        return address


def is_loopback(name: str | None) -> bool:
    """Whether *name* is this computer's own."""
    return name == "localhost" or (is_address(name or "") and ipaddress.ip_address(name or "").is_loopback)


def base_url(value: str) -> str | None:
    """http or https with a host and perhaps a path, without a login (that would be a secret)."""
    try:
        url = urlsplit(value)
        good = url.scheme in ("http", "https") and is_host(url.hostname or "") and url.username is None
        good = good and not re.search(r"[\s\x00-\x1f]", value)
        good = good and not url.query and not url.fragment and (url.port is None or url.port > 0)
    except ValueError:
        good = False
    return None if good else "https://HOST"
