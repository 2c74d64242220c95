"""Whether a certificate can be a site's: what it is for, when, and how strong it is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from installer.certificates.keys import CURVES, RSA_BITS, kind_of
from installer.certificates.model import refused
from installer.certificates.reading import called, day, extension, is_ca, names_of
from installer.core.errors import InstallError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate as CertificateX509

#: Hashes that browsers and nginx's OpenSSL refuse in signatures → what people call them.
_WEAK = {"md5": "MD5", "sha1": "SHA-1"}


def check_site(certificate: CertificateX509, path: str, now: datetime, *, self_signed: bool) -> None:
    """Raises ``InstallError(CERTIFICATE_UNREADABLE)`` where *certificate* cannot be a site's: ``ca``,
    ``no_names``, ``purpose``, ``not_yet``, ``expired``, ``key_kind``, ``weak_key``, ``weak_signature``,
    ``algorithm``; ``damages()`` where it cannot be read."""
    subject, names = called(certificate), names_of(certificate)
    # `openssl req -x509` calls each certificate that it makes an authority's: one with names is a site's
    if is_ca(certificate) and not (self_signed and names):
        raise refused(path, "ca", subject=subject)
    if not names:
        raise refused(path, "no_names", subject=subject)
    if not _for_servers(certificate):
        raise refused(path, "purpose", subject=subject)
    if certificate.not_valid_before_utc > now:
        raise refused(path, "not_yet", at=day(certificate.not_valid_before_utc))
    if certificate.not_valid_after_utc <= now:
        raise refused(path, "expired", at=day(certificate.not_valid_after_utc))
    kind = kind_of(certificate.public_key())
    method, _, size = kind.partition(" ")
    if method != "RSA" and not (method == "EC" and size in CURVES):
        raise refused(path, "key_kind", kind=kind)
    check_strength(certificate, path)


def check_strength(certificate: CertificateX509, path: str) -> None:
    """Raises ``InstallError(CERTIFICATE_UNREADABLE)``: ``weak_key``, ``weak_signature``, ``algorithm``."""
    if found := _weakness(certificate, path):
        raise found


def is_strong(certificate: CertificateX509) -> bool:
    """Whether ``check_strength`` lets it pass."""
    return _weakness(certificate, "") is None


def _weakness(certificate: CertificateX509, path: str) -> InstallError | None:
    subject = called(certificate)
    try:
        kind = kind_of(certificate.public_key())
        hashed = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return refused(path, "algorithm", subject=subject)
    if kind.startswith("RSA ") and int(kind.partition(" ")[2]) < RSA_BITS:
        return refused(path, "weak_key", kind=kind, subject=subject)
    if hashed is not None and hashed.name in _WEAK:
        return refused(path, "weak_signature", kind=_WEAK[hashed.name], subject=subject)
    return None


def _for_servers(certificate: CertificateX509) -> bool:
    """By what it says it is for; one that does not say is for everything."""
    purposes = extension(certificate, x509.ExtendedKeyUsage)
    usage = extension(certificate, x509.KeyUsage)
    named = purposes is None or Purpose.SERVER_AUTH in purposes or Purpose.ANY_EXTENDED_KEY_USAGE in purposes
    return named and (usage is None or usage.digital_signature)
