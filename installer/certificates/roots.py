"""The roots of public authorities, as far as this program brings a list of them (certifi: Mozilla's)."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
from cryptography import x509
from cryptography.x509 import verification

from installer.certificates.names import is_ip
from installer.certificates.reading import names_of

if TYPE_CHECKING:
    from cryptography.x509 import Certificate as CertificateX509
    from cryptography.x509 import Name
    from cryptography.x509.verification import Subject

_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)


@cache
def _bundle() -> tuple[bytes, ...]:
    """All of them, DER."""
    return tuple(base64.b64decode(body) for body in _BLOCK.findall(Path(certifi.where()).read_bytes()))


def roots_named(name: Name) -> tuple[CertificateX509, ...]:
    """The public roots whose subject is *name*. The others are not parsed: some of them are old enough that
    parsing them gives a warning."""
    raw = name.public_bytes()
    found = (x509.load_der_x509_certificate(der) for der in _bundle() if der.count(raw) > 1)
    return tuple(root for root in found if root.subject == name)


def is_public(chain: Sequence[CertificateX509], roots: Sequence[CertificateX509], now: datetime) -> bool:
    """Whether *chain* (the site's own first) ends at one of *roots* by the rules of the web: names,
    purposes, times and signatures, as ``cryptography`` verifies them."""
    if not roots:
        return False
    policy = verification.PolicyBuilder().store(verification.Store([*roots])).time(now)
    try:
        policy.build_server_verifier(_subject(chain[0])).verify(chain[0], [*chain[1:]])
    except (verification.VerificationError, ValueError):
        return False
    return True


def _subject(site: CertificateX509) -> Subject:
    """One of the addresses that *site* is for: whether it is the right one is judged elsewhere."""
    name = names_of(site)[0]
    if is_ip(name):
        return x509.IPAddress(ip_address(name))
    return x509.DNSName(name.replace("*", "www", 1))
