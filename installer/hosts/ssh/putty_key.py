"""PuTTY's own private key files (``.ppk``), format versions 2 and 3, encrypted or not.

Format: PuTTY manual, appendix C, "PPK file format". A file names its key type, its encryption, a comment, the
public and the private half in base64, and a MAC over all of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf import argon2

from installer.core.secrets import Secret

MARK = b"PuTTY-User-Key-File-"
_CIPHERS = {"none": False, "aes256-cbc": True}
#: PuTTY's own default is 8 MiB; a file that asks for more than this would stop the computer
_MOST_MEMORY = 1 << 20  # KiB
_MOST_PASSES = 100_000
#: Memory times passes, in KiB: some seconds of work. PuTTY's own default takes a tenth of a second.
_MOST_WORK = 1 << 24
_MOST_LANES = 256
_DERIVED = 80  # bytes: AES key, its IV, MAC key


class NeedsPassphrase(Exception):
    """The file is encrypted and no passphrase was given."""


class WrongPassphrase(Exception):
    """The MAC of an encrypted file does not fit: another passphrase was used (or the file is damaged)."""


@dataclass(frozen=True)
class PuttyKey:
    """A file's parts; *private* is encrypted if *encryption* says so."""

    version: int
    kind: str
    headers: Mapping[str, bytes]
    public: bytes
    private: bytes

    @property
    def encrypted(self) -> bool:
        """Whether it asks for a passphrase."""
        return _CIPHERS[self.headers["Encryption"].decode()]

    @classmethod
    def parse(cls, data: bytes) -> PuttyKey:
        """Raises ``ValueError`` for a file that is no such file, damaged, or of another version."""
        headers: dict[str, bytes] = {}
        bodies: dict[str, bytes] = {}
        lines = iter(data.splitlines())
        for line in lines:
            name, colon, value = line.partition(b": ")
            if not colon:
                raise ValueError("no header where one belongs")
            key = name.decode("ascii")
            if key.endswith("-Lines"):
                bodies[key] = _body(lines, int(value))
            else:
                headers[key] = value
        first = next(iter(headers), "")
        version = int(first.removeprefix(MARK.decode()) or 0) if first.startswith(MARK.decode()) else 0
        try:
            if version not in {2, 3} or headers["Encryption"].decode() not in _CIPHERS:
                raise ValueError(f"version or encryption is not supported: {first}")
            kind = headers[first].decode("ascii")
            return cls(version, kind, headers, bodies["Public-Lines"], bodies["Private-Lines"])
        except KeyError as exc:
            raise ValueError(f"{exc} is missing") from exc

    def open(self, passphrase: Secret | None) -> Any:
        """The private key as an object of ``cryptography``.

        Raises ``NeedsPassphrase``, ``WrongPassphrase``, ``ValueError`` (damaged, or a kind of key that is
        not supported).
        """
        if self.encrypted and not passphrase:
            raise NeedsPassphrase
        words = passphrase.reveal().encode() if passphrase and self.encrypted else b""
        cipher_key, iv, mac_key = self._derive(words)
        private = _decrypt(self.private, cipher_key, iv) if self.encrypted else self.private
        if not hmac.compare_digest(self._mac(private, mac_key), _hex(self.headers, "Private-MAC")):
            if self.encrypted:
                raise WrongPassphrase
            raise ValueError("the MAC does not fit")
        return _key(self.kind, _Reader(self.public), _Reader(private))

    def _derive(self, words: bytes) -> tuple[bytes, bytes, bytes]:
        if self.version == 3:
            derived = self._argon2(words) if self.encrypted else b""
            return derived[:32], derived[32:48], derived[48:]
        # SHA-1 is the format's, not a choice
        key = b"".join(hashlib.sha1(struct.pack(">I", n) + words).digest() for n in (0, 1))  # noqa: S324
        return key[:32], bytes(16), hashlib.sha1(b"putty-private-key-file-mac-key" + words).digest()  # noqa: S324

    def _argon2(self, words: bytes) -> bytes:
        flavours: dict[bytes, Any] = {
            b"Argon2id": argon2.Argon2id,
            b"Argon2i": argon2.Argon2i,
            b"Argon2d": argon2.Argon2d,
        }
        memory, passes, lanes = (
            int(self.headers.get(f"Argon2-{name}", b"0")) for name in ("Memory", "Passes", "Parallelism")
        )
        flavour = flavours.get(self.headers.get("Key-Derivation", b""))
        usable = 0 < memory <= _MOST_MEMORY and 0 < passes <= _MOST_PASSES and 0 < lanes <= _MOST_LANES
        if flavour is None or not usable or memory * passes > _MOST_WORK:
            raise ValueError("unusable key derivation")
        salt = _hex(self.headers, "Argon2-Salt")
        kdf = flavour(salt=salt, length=_DERIVED, iterations=passes, lanes=lanes, memory_cost=memory)
        return bytes(kdf.derive(words))

    def _mac(self, private: bytes, key: bytes) -> bytes:
        parts = [self.kind.encode(), self.headers["Encryption"], self.headers.get("Comment", b"")]
        text = b"".join(struct.pack(">I", len(p)) + p for p in (*parts, self.public, private))
        return hmac.new(key, text, "sha1" if self.version == 2 else "sha256").digest()


def _body(lines: Iterator[bytes], count: int) -> bytes:
    if not 0 <= count <= 1000:
        raise ValueError("an impossible number of lines")
    text = b"".join(next(lines, b"") for _ in range(count))
    return base64.b64decode(text, validate=True)


def _hex(headers: Mapping[str, bytes], name: str) -> bytes:
    return bytes.fromhex(headers.get(name, b"").decode("ascii"))


def _decrypt(data: bytes, key: bytes, iv: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


class _Reader:
    """SSH's wire format (RFC 4251, 5)."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def text(self) -> bytes:
        if len(self._data) < 4:
            raise ValueError("too short")
        end = 4 + int(struct.unpack(">I", self._data[:4])[0])
        if end > len(self._data):
            raise ValueError("too short")
        part, self._data = self._data[4:end], self._data[end:]
        return part

    def number(self) -> int:
        return int.from_bytes(self.text(), "big")


def _key(kind: str, public: _Reader, private: _Reader) -> Any:
    if public.text() != kind.encode():
        raise ValueError("the halves are of different kinds")
    if kind == "ssh-ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(private.text())
    if kind == "ssh-rsa":
        e, n = public.number(), public.number()
        d, p, q, iqmp = (private.number() for _ in range(4))
        if min(p, q) < 2:
            raise ValueError("no prime numbers")
        numbers = rsa.RSAPublicNumbers(e, n)
        return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), iqmp, numbers).private_key()
    curves: dict[str, ec.EllipticCurve] = {
        "ecdsa-sha2-nistp256": ec.SECP256R1(),
        "ecdsa-sha2-nistp384": ec.SECP384R1(),
        "ecdsa-sha2-nistp521": ec.SECP521R1(),
    }
    if kind not in curves:
        raise ValueError(f"{kind} is not supported")
    return ec.derive_private_key(private.number(), curves[kind])
