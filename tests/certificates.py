"""Certificates and keys made for tests: a small authority with all that real ones have."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes as Signer
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
SITE_NAME = "dify.example.com"
AIA = "http://ca.example/intermediate.crt"
_USES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Signer


def usage(*names: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: name in names for name in _USES})


def named(name: str) -> x509.Name:
    """With *name* as common name; empty, as of those that come by ACME."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else [])


def general(names: Iterable[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


def issue(  # noqa: PLR0913  (each test names the one or two that it is about)
    name: str,
    by: Issued | None = None,
    *,
    key: Signer | None = None,
    ca: bool | None = False,
    names: Iterable[str] | None = None,
    since: int = 60,
    days: float = 90,
    purpose: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.SERVER_AUTH,
    uses: tuple[str, ...] | None = None,
    aia: str = "",
) -> Issued:
    """A certificate called *name*, signed *by* another one or by itself. *names*: what it is for (None: no
    such extension); valid *since* so many days ago, for *days* from now; *uses*: of the key, () for none
    that are named, None for the usual ones."""
    key = key or ec_key()
    public = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(by.certificate.subject if by else named(name))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - dt.timedelta(days=since))
        .not_valid_after(NOW + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    signer = by.key if by else key
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    builder = builder.add_extension(authority, critical=False)
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
    if purpose is not None and not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    if uses is None:
        uses = ("key_cert_sign", "crl_sign") if ca else ("digital_signature",)
    if uses:
        builder = builder.add_extension(usage(*uses), critical=True)
    if names is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName(general(names)), critical=False)
    if aia:
        place = x509.AccessDescription(
            AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(aia)
        )
        builder = builder.add_extension(x509.AuthorityInformationAccess([place]), critical=False)
    signed_with = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return Issued(builder.sign(signer, signed_with), key)


def site(by: Issued | None, **more: Any) -> Issued:
    """One for ``SITE_NAME``, its wildcard and an address."""
    names = (SITE_NAME, f"*.{SITE_NAME}", "203.0.113.5")
    return issue(SITE_NAME, by, **{"names": names, "aia": AIA if by else "", **more})


def with_weak_signature(issued: Issued, by: Issued, method: str) -> Issued:
    """*issued* signed anew *by* an RSA key with ``sha1`` or ``md5``: current libraries refuse to."""
    assert isinstance(by.key, rsa.RSAPrivateKey)
    digest = {"sha1": hashes.SHA1(), "md5": hashes.MD5()}[method]
    name = bytes.fromhex("06092a864886f70d0101" + {"sha1": "05", "md5": "04"}[method])
    current = bytes.fromhex("06092a864886f70d01010b")  # sha256WithRSAEncryption
    body = issued.certificate.tbs_certificate_bytes.replace(current, name)
    made = hashes.Hash(digest)
    made.update(body)
    prefix = {"sha1": "3021300906052b0e03021a05000414", "md5": "3020300c06082a864886f70d020505000410"}[method]
    numbers = by.key.private_numbers()
    size = by.key.key_size // 8
    told = bytes.fromhex(prefix) + made.finalize()
    padded = b"\x00\x01" + b"\xff" * (size - len(told) - 3) + b"\x00" + told
    signature = pow(int.from_bytes(padded, "big"), numbers.d, numbers.public_numbers.n).to_bytes(size, "big")
    whole = _der(0x30, body + _der(0x30, name + b"\x05\x00") + _der(0x03, b"\x00" + signature))
    return Issued(x509.load_der_x509_certificate(whole), issued.key)


def _der(tag: int, inner: bytes) -> bytes:
    if len(inner) < 0x80:
        return bytes((tag, len(inner))) + inner
    size = len(inner).to_bytes((len(inner).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + inner


def pem(*certificates: x509.Certificate | Issued) -> bytes:
    plain = (c.certificate if isinstance(c, Issued) else c for c in certificates)
    return b"".join(c.public_bytes(Encoding.PEM) for c in plain)


def key_pem(key: Signer, passphrase: str = "", form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    how = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, how)


def block(label: str, der: bytes) -> bytes:
    """*der* as PEM."""
    return f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n".encode()
