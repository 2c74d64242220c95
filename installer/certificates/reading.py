"""What a certificate says of itself, read so that foreign ones do no harm."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from cryptography.x509.oid import NameOID

from installer.core.formatting import moment

if TYPE_CHECKING:
    from cryptography.x509 import Certificate as CertificateX509
    from cryptography.x509 import ExtensionType, Name

    Kind = TypeVar("Kind", bound=ExtensionType)

_LONGEST = 120


def damages(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """What reading a damaged certificate raises, at once or when a part is first asked for; and *more*."""
    known = (x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
    return (ValueError, *known, *more)


def extension(certificate: CertificateX509, kind: type[Kind]) -> Kind | None:
    """That extension's value, None without it. Raises ``damages()``."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def names_of(certificate: CertificateX509) -> tuple[str, ...]:
    """Names and addresses that it is for (subjectAltName: browsers look nowhere else), in lower case."""
    alternative = extension(certificate, x509.SubjectAlternativeName)
    if alternative is None:
        return ()
    addresses = alternative.get_values_for_type(x509.IPAddress)
    dns = alternative.get_values_for_type(x509.DNSName)
    return (*(name.lower() for name in dns), *map(str, addresses))


def is_ca(certificate: CertificateX509) -> bool | None:
    """Whether it may issue others; None if it does not say (version 1)."""
    constraints = extension(certificate, x509.BasicConstraints)
    return None if constraints is None else constraints.ca


def issuer_address(certificate: CertificateX509) -> str:
    """Where it says that its issuer's certificate can be had (authorityInfoAccess), or an empty string."""
    for entry in extension(certificate, x509.AuthorityInformationAccess) or ():
        place = entry.access_location
        if entry.access_method == Access.CA_ISSUERS and isinstance(place, x509.UniformResourceIdentifier):
            url = place.value
            if url.startswith(("http://", "https://")) and url.isprintable() and " " not in url:
                return url
    return ""


def title(name: Name) -> str:
    """*name* for people: its common name, else organisation and unit, else all of it."""
    for kinds in (
        (NameOID.COMMON_NAME,),
        (NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME),
    ):
        if found := [str(a.value) for kind in kinds for a in name.get_attributes_for_oid(kind)]:
            return _plain(", ".join(found))
    return _plain(name.rfc4514_string())


def called(certificate: CertificateX509) -> str:
    """What people call *certificate*: its subject; authorities that speak ACME leave that empty, so else the
    first name that it is for."""
    return title(certificate.subject) or next(iter(names_of(certificate)), "")


def _plain(text: str) -> str:
    shown = "".join(char if char.isprintable() else " " for char in text)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def day(at: datetime) -> str:
    """*at* for people, by this computer's clock."""
    return moment(at.timestamp())
