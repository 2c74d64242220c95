"""Public halves of keys: recognised where a private key was meant, and read to find the key in an agent."""

from __future__ import annotations

import base64
import binascii
import struct
from pathlib import Path

from installer.hosts.ssh.putty_key import MARK, PuttyKey

_PEM_MARKS = (
    b"-----BEGIN PUBLIC KEY-----",
    b"-----BEGIN RSA PUBLIC KEY-----",
    b"-----BEGIN EC PUBLIC KEY-----",
    b"-----BEGIN CERTIFICATE-----",
)
_SSH2_MARK = b"---- BEGIN SSH2 PUBLIC KEY ----"
_OPENSSH_KINDS = (b"ssh-", b"ecdsa-sha2-", b"sk-ssh-", b"sk-ecdsa-")
_PRIVATE_MARK = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_MAGIC = b"openssh-key-v1\0"


def is_public(data: bytes) -> bool:
    """Whether *data* is only a public half: OpenSSH's line, PuTTY's export (RFC 4716), PEM."""
    text = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    return text.startswith((*_PEM_MARKS, _SSH2_MARK)) or _line_blob(text) is not None


def private_sibling(path: str) -> str:
    """The file beside *path* that is likely its private half; empty if there is none."""
    file = Path(path).expanduser()
    stems = [file.with_suffix("")] if file.suffix else []
    for candidate in (*stems, file.with_suffix(".ppk"), file.with_suffix(".pem"), file.with_suffix(".key")):
        if candidate != file and candidate.is_file():
            return str(candidate)
    return ""


def public_blob(path: str) -> bytes | None:
    """The wire form of the public half that belongs to the key file *path*, from whatever holds it in the
    clear: the file itself (also a locked one), or ``path.pub``. None if nothing does."""
    file = Path(path).expanduser()
    for candidate in (file, Path(f"{file}.pub")):
        try:
            data = candidate.read_bytes().lstrip(b"\xef\xbb\xbf \t\r\n")
            blob = _line_blob(data) or _ssh2_blob(data) or _container_blob(data) or _putty_blob(data)
        except (OSError, ValueError, struct.error):
            continue
        if blob:
            return blob
    return None


def _line_blob(data: bytes) -> bytes | None:
    fields = data.split(b"\n", 1)[0].split()
    if len(fields) < 2 or not fields[0].startswith(_OPENSSH_KINDS):
        return None
    try:
        return base64.b64decode(fields[1], validate=True)
    except binascii.Error:
        return None


def _ssh2_blob(data: bytes) -> bytes | None:
    if not data.startswith(_SSH2_MARK):
        return None
    lines = data.splitlines()[1:]
    body = [line for line in lines if b":" not in line and not line.startswith(b"----")]
    return base64.b64decode(b"".join(body))


def _container_blob(data: bytes) -> bytes | None:
    """The public half that an OpenSSH private key file carries unencrypted (OpenSSH, PROTOCOL.key)."""
    if not data.startswith(_PRIVATE_MARK):
        return None
    raw = base64.b64decode(b"".join(data.splitlines()[1:-1]))
    if not raw.startswith(_MAGIC):
        return None
    position = len(_MAGIC)
    for _ in ("cipher", "kdf", "its options"):
        (length,) = struct.unpack_from(">I", raw, position)
        position += 4 + length
    (length,) = struct.unpack_from(">I", raw, position + 4)  # behind the number of keys
    return raw[position + 8 : position + 8 + length]


def _putty_blob(data: bytes) -> bytes | None:
    return PuttyKey.parse(data).public if data.startswith(MARK) else None
