"""Certificates that an authority issued for the installation, and what renews them, as the probe found it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from installer.facts.lines import pairs

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
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
    lines = pairs(_PEM.sub("", body))
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
        server = pairs(_PEM.sub("", rest)).get("server", "")
        if one := read_issued(lineage.strip(), rest, server):
            found.append(one)
    return found


def read_issued(lineage: str, pem: str, server: str) -> Issued | None:
    """The first certificate in *pem*; None if there is none."""
    block = _PEM.search(pem)
    if block is None:
        return None
    from cryptography import x509  # late: the first window needs none of it

    try:
        site = x509.load_pem_x509_certificate(block[0].encode())
        found = site.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return None
    names = (*found.get_values_for_type(x509.DNSName), *found.get_values_for_type(x509.IPAddress))
    return Issued(
        lineage,
        tuple(str(name).lower() for name in names),
        site.not_valid_before_utc.timestamp(),
        site.not_valid_after_utc.timestamp(),
        server,
    )
