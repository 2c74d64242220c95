"""A self-signed certificate, where there is no other: encrypted, but browsers ask the person."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from installer.certificates.names import is_ip, written
from installer.certificates.own import public_bytes, put_together
from installer.certificates.reading import damages

if TYPE_CHECKING:
    from cryptography.x509 import GeneralName

    from installer.certificates.model import Certificate

#: Some browsers refuse certificates that are valid for longer (Apple: 398 days for those of public
#: authorities, 825 for all others; CA/Browser Forum Baseline Requirements 6.3.2).
DAYS = 397
#: One that ends sooner is replaced.
RENEW_DAYS = 30
#: Clocks that are somewhat behind, and time zones taken for one another.
_BEFORE = timedelta(days=1)
#: Uses of a key that a web server has not (RFC 8446, 4.4.2.2: it signs).
_NOT_FOR = (
    *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign"),
    *("crl_sign", "encipher_only", "decipher_only"),
)
_ORGANIZATION = "Self-signed by Dify Installer"
_LONGEST_CN = 64  # RFC 5280, appendix A: ub-common-name


def self_signed(address: str, in_use: str, now: datetime) -> Certificate:
    """The certificate for *address* (name or IP): the one *in_use* (PEM, certificate and key) as long as it
    serves, else a new one. What was made stays, so the same input gives the same bytes."""
    return _kept(address, in_use, now) or _made(address, now)


def _kept(address: str, in_use: str, now: datetime) -> Certificate | None:
    data = in_use.encode()
    try:
        site, *_ = x509.load_pem_x509_certificates(data)
        key = load_pem_private_key(data[data.index(b"-----BEGIN PRIVATE KEY") :], None)
        if public_bytes(site) != public_bytes(key):
            return None
        found = put_together((site,), key, "unknown", now)
    except damages(TypeError, UnsupportedAlgorithm):  # nothing there, or it was changed
        return None
    info = found.info
    lasts = info.not_before <= now and info.not_after - now > timedelta(days=RENEW_DAYS)
    return found if lasts and info.self_signed and info.covers(address) else None


def _made(address: str, now: datetime) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = written(address)
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANIZATION)]
    if len(name) <= _LONGEST_CN:
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, name))
    subject = x509.Name(attributes)
    alternative: GeneralName = (
        x509.IPAddress(ipaddress.ip_address(name)) if is_ip(name) else x509.DNSName(name)
    )
    own_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    start = now.replace(microsecond=0) - _BEFORE
    usage = dict.fromkeys(_NOT_FOR, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, **usage), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(own_id, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own_id), critical=False)
    )
    return put_together((builder.sign(key, hashes.SHA256()),), key, "unknown", now)
