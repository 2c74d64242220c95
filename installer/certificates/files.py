"""Reads the file or the two files that a person names, and says what is wrong with them as files."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from installer.certificates.contents import Contents, contents_of
from installer.certificates.keys import open_key, open_pfx
from installer.certificates.model import refused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate as CertificateX509

LIMIT = 1 << 20
#: What may be in a file instead, which is the reason then; in this order where there are several.
_INSTEAD = ("request", "public_key", "html", "ssh", "putty", "keystore")
#: Those that have a reason of their own in the place of a key.
_NO_KEY = {"request": "key_is_request", "public_key": "key_is_public"}


def read_pair(
    certificate: str, key: str, passphrase: bytes | None
) -> tuple[tuple[CertificateX509, ...], tuple[PrivateKeyTypes, ...]]:
    """All certificates and private keys of the two files; *key* is empty where the first one holds both.

    Raises ``InstallError(CERTIFICATE_UNREADABLE)`` with one of the reasons in ``resources/texts``.
    """
    first = contents_of(read(certificate), certificate)
    second = contents_of(read(key), key) if key else None
    if second is not None:
        _check_swapped(first, second)
    inside = open_pfx(first.pfx, certificate, passphrase) if first.pfx else None
    certificates = _certificates(first) if inside is None else inside[1]
    if not certificates:
        raise refused(certificate, "pfx_no_certificate")
    if second is not None:
        keys, more = _key_file(second, passphrase)
        return (*certificates, *more), keys
    if inside is None:
        return certificates, _private_keys(first, passphrase, "no_key")
    if inside[0] is None:
        raise refused(certificate, "pfx_no_key")
    return certificates, (inside[0],)


def read(path: str) -> bytes:
    """The bytes of a file. Raises ``InstallError(CERTIFICATE_UNREADABLE)``: ``missing``, ``folder``,
    ``unreadable``, ``too_big``."""
    try:
        place = Path(path).expanduser()
        about = place.stat()
        if stat.S_ISDIR(about.st_mode):
            raise refused(path, "folder")
        if not stat.S_ISREG(about.st_mode):
            raise refused(path, "unreadable")
        if about.st_size > LIMIT:
            raise refused(path, "too_big")
        with place.open("rb") as file:
            return file.read(LIMIT)
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise refused(path, "missing") from exc
    except (OSError, RuntimeError, ValueError) as exc:  # also ~ without a home, and a path that can be none
        raise refused(path, "unreadable") from exc


def _check_swapped(certificate: Contents, key: Contents) -> None:
    only_key = certificate.keys and not certificate.certificates
    if only_key and key.certificates and not key.keys:
        raise refused(certificate.path, "swapped")


def _certificates(found: Contents) -> tuple[CertificateX509, ...]:
    if found.certificates:
        return found.certificates
    if found.keys:
        raise refused(found.path, "key_as_certificate")
    raise refused(found.path, _instead(found) or "format")


def _key_file(
    found: Contents, passphrase: bytes | None
) -> tuple[tuple[PrivateKeyTypes, ...], tuple[CertificateX509, ...]]:
    """The keys of a separate key file, and the certificates that it holds besides."""
    if found.pfx:
        key, inside = open_pfx(found.pfx, found.path, passphrase)
        if key is None:
            raise refused(found.path, "pfx_no_key")
        return (key,), inside
    instead = _instead(found)
    reason = _NO_KEY.get(instead, instead) or ("key_is_certificate" if found.certificates else "format")
    return _private_keys(found, passphrase, reason), found.certificates


def _private_keys(found: Contents, passphrase: bytes | None, reason: str) -> tuple[PrivateKeyTypes, ...]:
    """All of them; *reason*: why there is none."""
    if not found.keys:
        raise refused(found.path, reason)
    return tuple(open_key(key, found.path, passphrase) for key in found.keys)


def _instead(found: Contents) -> str:
    """What stands there instead of what was expected, empty if not known."""
    return next((kind for kind in _INSTEAD if kind in found.others), "")
