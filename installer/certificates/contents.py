"""What is in a file given as certificate or key: recognised by its bytes, never by its name.

Understood: PEM, also with text around the blocks, with CR LF, a byte order mark or UTF-16 (Windows' editors),
several blocks in one file; DER; PKCS #7; PKCS #12; base64 without the lines around it.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates

from installer.certificates.model import refused
from installer.certificates.reading import damages

if TYPE_CHECKING:
    from cryptography.x509 import Certificate as CertificateX509

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 #]+)-----(.*?)-----END \1-----", re.DOTALL)
_CERTIFICATES = frozenset({"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"})
_PKCS7 = frozenset({"PKCS7", "CMS", "PKCS #7 SIGNED DATA"})
#: Labels of blocks that are neither certificate nor key → what they are.
_OTHERS = {
    "CERTIFICATE REQUEST": "request",
    "NEW CERTIFICATE REQUEST": "request",
    "PUBLIC KEY": "public_key",
    "RSA PUBLIC KEY": "public_key",
    "OPENSSH PRIVATE KEY": "ssh",
}
#: How texts begin that are no PEM → what they are.
_TEXTS = (
    (re.compile(r"(<!doctype html|<html|<head|<\?xml[^>]*>\s*<(!doctype )?html)", re.IGNORECASE), "html"),
    (re.compile(r"PuTTY-User-Key-File-"), "putty"),
    (re.compile(r"(ssh-(rsa|dss|ed25519)|ecdsa-sha2-|sk-ssh-)"), "ssh"),
    (re.compile(r"---- BEGIN SSH2 PUBLIC KEY"), "ssh"),
)
_KEYSTORES = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")  # Java's JKS and JCEKS
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEQUENCE = 0x30
_PKCS12_VERSION = b"\x02\x01\x03"  # RFC 7292, 4: version v3
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # RFC 2315, 9: 1.2.840.113549.1.7.2


@dataclass(frozen=True)
class Contents:
    """What was found in the file *path*.

    *certificates* in the file's order; *keys*: private keys as PEM or DER, not opened yet; *pfx*: the whole
    file, if it is PKCS #12; *others*: what else was seen (``request``, ``public_key``, ``ssh``, ``putty``,
    ``html``, ``keystore``).
    """

    path: str
    certificates: tuple[CertificateX509, ...] = ()
    keys: tuple[bytes, ...] = ()
    pfx: bytes = b""
    others: frozenset[str] = frozenset()


def contents_of(data: bytes, path: str) -> Contents:
    """What the bytes of the file *path* are. Raises ``InstallError(CERTIFICATE_UNREADABLE)``: ``empty``, or
    ``damaged`` where something is known by its beginning and is not whole."""
    if not data.strip(b" \t\r\n\x00"):
        raise refused(path, "empty")
    text = _text(data)
    if "-----BEGIN " in text:
        return _from_pem(text, path)
    if data[0] == _SEQUENCE and not data.isascii():
        return _from_der(data, path)
    if data.startswith(_KEYSTORES):
        return Contents(path, others=frozenset({"keystore"}))
    if found := next((kind for pattern, kind in _TEXTS if pattern.match(text.lstrip())), ""):
        return Contents(path, others=frozenset({found}))
    bare = _bare_base64(text)
    return _from_der(bare, path) if bare else Contents(path)


def _text(data: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "latin-1")
    return data.decode(encoding, "replace")


def _bare_base64(text: str) -> bytes:
    """What *text* stands for if it is nothing but the base64 of DER, else nothing."""
    packed = "".join(text.split())
    if not packed.startswith("MI"):  # a SEQUENCE of 256 bytes or more
        return b""
    try:
        return base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return b""


# ------------------------------------------------------------------------- PEM


def _from_pem(text: str, path: str) -> Contents:
    blocks = [(label.strip(), body) for label, body in _BLOCK.findall(text)]
    if len(blocks) < text.count("-----BEGIN "):
        raise refused(path, "damaged")  # a block without its end
    certificates: list[CertificateX509] = []
    keys: list[bytes] = []
    others: set[str] = set()
    for label, body in blocks:
        if label in _CERTIFICATES:
            certificates.append(_certificate(_decoded(body, path), path))
        elif label in _PKCS7:
            certificates.extend(_pkcs7(_decoded(body, path), path))
        elif label in _OTHERS:
            others.add(_OTHERS[label])
        elif label.endswith("PRIVATE KEY"):
            keys.append(_key_block(label, body))
    return Contents(path, tuple(certificates), tuple(keys), b"", frozenset(others))


def _decoded(body: str, path: str) -> bytes:
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise refused(path, "damaged") from exc


def _key_block(label: str, body: str) -> bytes:
    """As parsers want it: lines without indentation, no CR."""
    lines = "\n".join(line.strip() for line in body.strip().splitlines())
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n".encode("latin-1", "replace")


# ------------------------------------------------------------------------- DER


def _from_der(data: bytes, path: str) -> Contents:
    start, length = _sequence(data)
    if length > len(data):
        raise refused(path, "damaged")  # cut off
    inner = data[start:]
    if inner.startswith(_PKCS12_VERSION):
        return Contents(path, pfx=data)
    if inner.startswith(_SIGNED_DATA):
        return Contents(path, tuple(_pkcs7(data, path)))
    return next(_parsed(data, path), Contents(path))


def _sequence(data: bytes) -> tuple[int, int]:
    """Where the contents of the DER sequence *data* begin, and where it ends; the end of an indefinite one
    (BER) is not known: 0."""
    if len(data) < 2 or data[1] < 0x80:
        return 2, 2 + (data[1] if len(data) > 1 else 0)
    size = data[1] & 0x7F
    return 2 + size, (2 + size + int.from_bytes(data[2 : 2 + size], "big")) if size else 0


def _parsed(data: bytes, path: str) -> Iterator[Contents]:
    """The first that *data* can be read as."""
    makers: tuple[Callable[[], Contents], ...] = (
        lambda: Contents(path, (x509.load_der_x509_certificate(data),)),
        lambda: _seen(path, "request", x509.load_der_x509_csr(data)),
        lambda: _seen(path, "public_key", load_der_public_key(data)),
        lambda: _private(path, data),
    )
    for make in makers:
        try:
            yield make()
        except damages(UnsupportedAlgorithm):
            continue


def _seen(path: str, kind: str, _read: object) -> Contents:
    return Contents(path, others=frozenset({kind}))


def _private(path: str, data: bytes) -> Contents:
    with suppress(TypeError):  # encrypted
        load_der_private_key(data, None)
    return Contents(path, keys=(data,))


def _certificate(data: bytes, path: str) -> CertificateX509:
    try:
        # OpenSSL's "trusted" form appends what it is trusted for
        return x509.load_der_x509_certificate(data[: _sequence(data)[1]])
    except damages() as exc:
        raise refused(path, "damaged") from exc


def _pkcs7(data: bytes, path: str) -> list[CertificateX509]:
    try:
        return load_der_pkcs7_certificates(data)
    except damages(UnsupportedAlgorithm) as exc:
        raise refused(path, "damaged") from exc
