"""Puts a chain in order: the site's certificate, then each issuer, without the root and what is too much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from installer.certificates.fitness import check_strength, is_strong
from installer.certificates.model import refused
from installer.certificates.reading import called, day, extension, is_ca, issuer_address, title
from installer.certificates.roots import roots_named

if TYPE_CHECKING:
    from cryptography.x509 import Certificate as CertificateX509


@dataclass(frozen=True)
class Chain:
    """*links*: what a server sends. *roots*: public ones that issued one of them."""

    links: tuple[CertificateX509, ...]
    roots: tuple[CertificateX509, ...]


def in_order(site: CertificateX509, given: Iterable[CertificateX509], path: str, now: datetime) -> Chain:
    """The chain from *site* upwards, made of *given*.

    It is complete when one of its certificates was issued by a root: one that is *given*, as a company's own
    is, or one that is public. Roots are not sent: a client that trusts one has it. What comes after a root's
    certificate under the same name (an authority's older root vouches for its new one) is sent, too, as old
    devices need it.

    Raises ``InstallError(CERTIFICATE_UNREADABLE)``: ``incomplete``, ``chain_expired``, ``weak_key``,
    ``weak_signature``, ``algorithm``; ``damages()`` for a certificate that cannot be read.
    """
    pool = [c for c in dict.fromkeys(given) if c != site]
    links: list[CertificateX509] = [site]
    roots: list[CertificateX509] = []
    rooted = is_self_signed(site)
    while not is_self_signed(links[-1]):
        child = links[-1]
        if not rooted:
            check_strength(child, path)
        public = [root for root in roots_named(child.issuer) if issued(root, child)]
        found = [c for c in pool if c not in links and issued(c, child)]
        usable = [c for c in found if c.not_valid_after_utc > now]
        rooted = rooted or bool(public) or any(map(is_self_signed, usable))
        roots += public
        between = [c for c in usable if not is_self_signed(c) and (not rooted or is_strong(c))]
        if between:
            links.append(max(between, key=lambda c: c.not_valid_after_utc))
        elif rooted:
            break
        elif found:
            last = max(found, key=lambda c: c.not_valid_after_utc)
            raise refused(path, "chain_expired", subject=called(last), at=day(last.not_valid_after_utc))
        else:
            raise refused(path, "incomplete", issuer=title(child.issuer), aia=issuer_address(child))
    return Chain(tuple(links), tuple(roots))


def issued(issuer: CertificateX509, child: CertificateX509) -> bool:
    """Whether *issuer* signed *child*."""
    if issuer.subject != child.issuer or is_ca(issuer) is False:
        return False
    named = extension(child, x509.AuthorityKeyIdentifier)
    own = extension(issuer, x509.SubjectKeyIdentifier)
    if named and own and named.key_identifier not in (None, own.digest):
        return False
    try:
        child.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def is_self_signed(certificate: CertificateX509) -> bool:
    """Whether it vouches for itself; also where its signature is too old to be verified."""
    if certificate.subject != certificate.issuer:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, ValueError, TypeError):
        return True
    return True
