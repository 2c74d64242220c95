"""Reads a person's own certificate and key (PEM, or PFX with both) and checks that they belong together."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from installer.errors import Code, InstallError
from installer.secrets import Secret
from installer.settings import Secrets, Tls

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate as CertificateX509

_LIMIT = 1 << 20


@dataclass(frozen=True)
class Certificate:
    """*chain*: PEM, the site's own first. *key*: unencrypted PEM, as nginx needs it. Times are UTC."""

    chain: bytes
    key: Secret
    names: tuple[str, ...]
    not_after: datetime

    def covers(self, address: str) -> bool:
        """Whether *address* (name or IP) is one that the certificate is for; ``*.x`` counts one label."""
        name = _as_in_certificates(address)
        wild = "*." + name.partition(".")[2]
        return name in self.names or (name.count(".") > 1 and wild in self.names)

    def check_covers(self, address: str, *, path: str) -> None:
        """Browsers refuse a site whose *address* the certificate (read from *path*) is not for, also an IP.

        Raises ``InstallError(CERTIFICATE_UNREADABLE)`` with the reason ``address``.
        """
        if not self.covers(address):
            params = {"path": path, "reason": "address", "address": address, "names": ", ".join(self.names)}
            raise InstallError(Code.CERTIFICATE_UNREADABLE, params, detail=f"address: {address}")


def load_certificate(tls: Tls, secrets: Secrets, *, now: datetime | None = None) -> Certificate:
    """Raises ``InstallError(CERTIFICATE_UNREADABLE)`` with params path and reason: ``missing``,
    ``format``, ``algorithm``, ``passphrase``, ``mismatch`` or ``expired``."""
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return _load(tls, secrets, now or datetime.now(UTC))
    except UnsupportedAlgorithm as exc:  # an unusual curve or cipher; it is no ValueError
        raise _error(tls.certificate, "algorithm") from exc
    except (ValueError, TypeError) as exc:
        reason = "passphrase" if "password" in str(exc).lower() else "format"
        raise _error(tls.certificate, reason) from exc


def _load(tls: Tls, secrets: Secrets, now: datetime) -> Certificate:
    data = _read(tls.certificate)
    passphrase = secrets.tls_passphrase.reveal().encode() if secrets.tls_passphrase else None
    if tls.key:
        chain, key = _from_pem(data, _read(tls.key), passphrase)
    else:
        chain, key = _from_pfx(data, passphrase)
    site = next((c for c in chain if c.public_key() == key.public_key()), None)
    if site is None:
        raise _error(tls.certificate, "mismatch")
    if site.not_valid_after_utc <= now:
        raise _error(tls.certificate, "expired")
    return _result(site, chain, key)


def _as_in_certificates(address: str) -> str:
    """*address* as a certificate writes it: IPs in their short form, other names in ASCII."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address.rstrip(".").encode("idna").decode().lower()


def _error(path: str, reason: str) -> InstallError:
    return InstallError(Code.CERTIFICATE_UNREADABLE, {"path": path, "reason": reason}, detail=reason)


def _read(path: str) -> bytes:
    try:
        with Path(path).expanduser().open("rb") as file:
            return file.read(_LIMIT)
    except OSError as exc:
        raise _error(path, "missing") from exc


def _from_pem(
    certificate: bytes, key: bytes, passphrase: bytes | None
) -> tuple[list[CertificateX509], PrivateKeyTypes]:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    encrypted = b"ENCRYPTED" in key
    return x509.load_pem_x509_certificates(certificate), load_pem_private_key(
        key, passphrase if encrypted else None
    )


def _from_pfx(data: bytes, passphrase: bytes | None) -> tuple[list[CertificateX509], PrivateKeyTypes]:
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

    key, certificate, others = load_key_and_certificates(data, passphrase)
    if key is None or certificate is None:
        raise ValueError("no key or no certificate")
    return [certificate, *others], key


def _result(site: CertificateX509, chain: list[CertificateX509], key: PrivateKeyTypes) -> Certificate:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    ordered = [site, *(c for c in chain if c != site)]
    pem = b"".join(c.public_bytes(Encoding.PEM) for c in ordered)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Certificate(pem, Secret(private.decode()), _names(site), site.not_valid_after_utc)


def _names(site: CertificateX509) -> tuple[str, ...]:
    from cryptography import x509

    try:
        names = site.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    dns = names.get_values_for_type(x509.DNSName)
    return tuple(n.lower() for n in [*dns, *(str(ip) for ip in names.get_values_for_type(x509.IPAddress))])
