"""Certificates that an authority issued for the installation, and what renews them, as the probe found it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from installer.facts.lines import pairs

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_NAME = re.compile(r"^name=(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Issued:
    """A certificate in the place of certbot. *lineage*: its folder's name there; *server*: the address of the
    ACME directory that it came from, empty where not known. Times are seconds since the epoch."""

    lineage: str
    names: tuple[str, ...]
    not_before: float
    not_after: float
    server: str = ""


@dataclass(frozen=True)
class Renewal:
    """What renews them by itself. *systemd*, *cron*: which scheduler is there; *active*: ours is set and
    armed; *checksum*: SHA-256 of our script. *status*: what the script wrote down at its last run."""

    systemd: bool = False
    cron: bool = False
    active: bool = False
    checksum: str = ""
    status: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Certificates:
    """*readable*: whether the folder could be looked into, or is not there; *authorities*: the file of
    authorities that the system trusts, empty where not found."""

    issued: tuple[Issued, ...] = ()
    readable: bool = True
    authorities: str = ""
    renewal: Renewal = field(default_factory=Renewal)


def certificates(body: str) -> Certificates:
    """The ``certificates`` section: lines, and the PEM blocks that belong to the ``name=`` before them."""
    lines = pairs(_without_pem(body))
    status = {k.removeprefix("status_"): v for k, v in lines.items() if k.startswith("status_")}
    renewal = Renewal(
        systemd=lines.get("systemd") == "yes",
        cron=lines.get("cron") == "yes",
        active=lines.get("timer") == "active" or lines.get("crontab") == "yes",
        checksum=lines.get("script", ""),
        status=status,
    )
    return Certificates(
        issued=tuple(_issued(body)),
        readable=lines.get("readable", "yes") == "yes",
        authorities=lines.get("authorities", ""),
        renewal=renewal,
    )


def _issued(body: str) -> list[Issued]:
    found = []
    parts = _NAME.split(body)[1:]
    for lineage, rest in zip(parts[::2], parts[1::2], strict=True):
        server = pairs(_without_pem(rest)).get("server", "")
        if one := read_issued(lineage.strip(), rest, server):
            found.append(one)
    return found


def read_issued(lineage: str, pem: str, server: str) -> Issued | None:
    """The first certificate in *pem*; None if there is none."""
    block = next(_blocks(pem), "")
    if not block:
        return None
    from cryptography import x509

    from installer.certificates.reading import damages, extension

    try:
        site = x509.load_pem_x509_certificate(block.encode())
        found = extension(site, x509.SubjectAlternativeName)
        if found is None:
            return None
        names = (*found.get_values_for_type(x509.DNSName), *found.get_values_for_type(x509.IPAddress))
        begin, end = site.not_valid_before_utc, site.not_valid_after_utc
    except damages():
        return None
    return Issued(lineage, tuple(str(n).lower() for n in names), begin.timestamp(), end.timestamp(), server)


def _blocks(text: str) -> Iterator[str]:
    """The PEM blocks of *text*."""
    return (text[begin:end] for begin, end in _places(text))


def _without_pem(text: str) -> str:
    edges = [0, *(edge for place in _places(text) for edge in place), len(text)]
    return "".join(text[start:stop] for start, stop in zip(edges[::2], edges[1::2], strict=True))


def _places(text: str) -> Iterator[tuple[int, int]]:
    """Where PEM blocks begin and end. Not by a pattern, which searches to the end of *text* for each
    beginning without an end."""
    end = 0
    while (begin := text.find(_BEGIN, end)) >= 0 and (found := text.find(_END, begin)) >= 0:
        end = found + len(_END)
        yield begin, end
