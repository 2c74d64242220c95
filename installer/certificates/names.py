"""Names and addresses as certificates write them."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable

_DOTS = re.compile("[.\u3002\uff0e\uff61]")  # IDEOGRAPHIC FULL STOP and its likes, RFC 3490, 3.1


def written(address: str) -> str:
    """*address* (name or IP, IPv6 without brackets) as a certificate writes it: IPs in their short form
    without a zone, other names in ASCII and lower case."""
    try:
        return str(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return ".".join(map(_label, _DOTS.split(address.rstrip("."))))


def is_ip(address: str) -> bool:
    """Whether *address* is an IP address, with or without zone."""
    try:
        ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return True


def covers(names: Iterable[str], address: str) -> bool:
    """Whether *address* is among the *names* of a certificate; ``*.x`` counts one label (RFC 6125, 6.4.3)."""
    name, known = written(address), frozenset(names)
    wild = "*." + name.partition(".")[2]
    return name in known or (not is_ip(name) and name.count(".") > 1 and wild in known)


def _label(label: str) -> str:
    """As browsers do it (UTS #46, nontransitional): Python's own codec writes ``straße`` as ``strasse``."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).lower())
    return plain if plain.isascii() else "xn--" + plain.encode("punycode").decode()
