"""Private keys and PFX files: opening them with a passphrase, and what kind a key is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

from installer.certificates.model import refused
from installer.certificates.reading import damages

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
    from cryptography.x509 import Certificate as CertificateX509

#: Curves with which browsers make connections (RFC 8422 names more).
CURVES = ("secp256r1", "secp384r1", "secp521r1")
#: Bits of an RSA key below which nginx's OpenSSL refuses it (SSL_CTX_set_security_level(3), level 2) and no
#: public CA issues (CA/Browser Forum Baseline Requirements, 6.1.5).
RSA_BITS = 2048


def open_key(data: bytes, path: str, passphrase: bytes | None) -> PrivateKeyTypes:
    """The private key in *data* (PEM or DER) of the file *path*. A passphrase for a key that has none is not
    used.

    Raises ``InstallError(CERTIFICATE_UNREADABLE)``: ``passphrase_missing``, ``passphrase_wrong``,
    ``algorithm``, ``damaged``.
    """
    pem = data.startswith(b"-----")
    load = serialization.load_pem_private_key if pem else serialization.load_der_private_key
    encrypted = b"ENCRYPTED" in data if pem else _is_encrypted(data)
    if encrypted and not passphrase:
        raise refused(path, "passphrase_missing")
    try:
        return load(data, passphrase if encrypted else None)
    except UnsupportedAlgorithm as exc:  # an unusual curve or cipher; it is no ValueError
        raise refused(path, "algorithm") from exc
    except (ValueError, TypeError) as exc:
        if "cipher" in str(exc):
            raise refused(path, "algorithm") from exc
        raise refused(path, "passphrase_wrong" if encrypted else "damaged") from exc


def _is_encrypted(der: bytes) -> bool:
    try:
        load_der_private_key(der, None)
    except TypeError:
        return True
    except (ValueError, UnsupportedAlgorithm):
        pass
    return False


def open_pfx(
    data: bytes, path: str, passphrase: bytes | None
) -> tuple[PrivateKeyTypes | None, tuple[CertificateX509, ...]]:
    """The key, if there is one, and all certificates of the PFX file *path*.

    Raises ``InstallError(CERTIFICATE_UNREADABLE)``: ``pfx_passphrase_missing``, ``pfx_passphrase_wrong``,
    ``algorithm``, ``damaged``.
    """
    # "no passphrase" and "an empty one" are two things in PKCS #12; a passphrase may be given for nothing
    for attempt in dict.fromkeys((passphrase or None, None, b"")):
        try:
            key, certificate, others = load_key_and_certificates(data, attempt)
        except UnsupportedAlgorithm as exc:
            raise refused(path, "algorithm") from exc
        except damages(TypeError) as exc:
            if "password" not in str(exc).lower():
                raise refused(path, "damaged") from exc
            continue
        return key, (*((certificate,) if certificate else ()), *others)
    raise refused(path, "pfx_passphrase_wrong" if passphrase else "pfx_passphrase_missing")


def kind_of(key: PublicKeyTypes) -> str:
    """``RSA 2048``, ``EC secp256r1``, else the name of the method."""
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}"
    return type(key).__name__.removesuffix("PublicKey")
