"""Which server key belongs to which host: our own known_hosts file, then the user's.

The file format is OpenSSH's (man page sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): names by commas, with
``*``/``?`` patterns and ``!`` exceptions, or hashed (``|1|salt|HMAC-SHA1``), then type and base64 key.
paramiko's own reader knows neither patterns nor markers, so lines are read here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from installer.core.errors import Code, InstallError
from installer.core.file_lock import alone_in

SSH_PORT = 22
#: Key type → file on the server whose fingerprint a person compares (sshd_config(5), HostKey).
_KEY_FILES = {"ssh-ed25519": "ed25519", "ssh-rsa": "rsa"}


@dataclass(frozen=True)
class HostKey:
    """A server's public key: *type* as in ``ssh-ed25519``, *blob* its wire form."""

    type: str
    blob: bytes

    @classmethod
    def parse(cls, text: str) -> HostKey:
        """From ``type base64``. Raises ``ValueError``."""
        kind, _, encoded = text.strip().partition(" ")
        try:
            return cls(kind, base64.b64decode(encoded.split(" ")[0], validate=True))
        except binascii.Error as exc:
            raise ValueError(text) from exc

    @property
    def text(self) -> str:
        """``type base64``, as in known_hosts."""
        return f"{self.type} {base64.b64encode(self.blob).decode()}"

    @property
    def fingerprint(self) -> str:
        """``SHA256:…`` as OpenSSH prints it."""
        digest = hashlib.sha256(self.blob).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    @property
    def show_command(self) -> str:
        """What to type on the server to see this key's fingerprint there."""
        name = _KEY_FILES.get(self.type, "ecdsa" if self.type.startswith("ecdsa") else "ed25519")
        return f"ssh-keygen -lf /etc/ssh/ssh_host_{name}_key.pub"


@dataclass(frozen=True)
class Expectation:
    """What is known about a host's key before talking to it.

    *types*: the key types to ask for first. *pinned*: fingerprint given by the person,
    with or without its key type. *known*: keys on
    file; *revoked*: keys that must never be accepted; *authorities*: those whose host certificates count
    where no key is on file.
    """

    types: tuple[str, ...] = ()
    pinned: str = ""
    known: tuple[HostKey, ...] = ()
    revoked: tuple[HostKey, ...] = ()
    authorities: tuple[HostKey, ...] = ()

    @property
    def any_type(self) -> bool:
        """Whether the pinned fingerprint came without its key type, as providers show it."""
        return bool(self.pinned) and " " not in self.pinned

    def check(self, key: HostKey, host: str, port: int) -> None:
        """Return if *key* is the expected one, else raise unknown or changed.

        *key* may be a certificate; if no trusted authority signed it, the key inside is judged as usual.
        """
        from installer.hosts.ssh.host_certificate import SUFFIX, plain_key, vouched_for

        if key.type.endswith(SUFFIX):
            authorities = tuple(a for a in self.authorities if a not in self.revoked)
            certificate, key = key, plain_key(key)
            if key not in self.revoked and vouched_for(certificate, authorities, host):
                return
        params = {
            "host": host,
            "port": str(port),
            "type": key.type,
            "fingerprint": key.fingerprint,
            "command": key.show_command,
            "key": key.text,
        }
        if key in self.revoked:
            raise InstallError(Code.SSH_HOST_KEY_CHANGED, {**params, "expected": "@revoked"})
        if self.pinned:
            if self.pinned not in (key.fingerprint, f"{key.type} {key.fingerprint}"):
                raise InstallError(Code.SSH_HOST_KEY_CHANGED, {**params, "expected": self.pinned})
            return
        if not self.known:
            raise InstallError(Code.SSH_HOST_KEY_UNKNOWN, params)
        if key not in self.known:
            same = [k for k in self.known if k.type == key.type] or list(self.known)
            expected = f"{same[0].type} {same[0].fingerprint}"
            raise InstallError(Code.SSH_HOST_KEY_CHANGED, {**params, "expected": expected})


class KnownHosts:
    """Our file at *path* and, read-only, the user's own (default ``~/.ssh/known_hosts``)."""

    def __init__(self, path: Path, *, user_file: Path | None = None) -> None:
        self.path = path
        self.user_file = user_file or Path.home() / ".ssh" / "known_hosts"

    def expectation(self, host: str, port: int, pinned: str = "") -> Expectation:
        """What to expect of *host*; *pinned* (``[type ]SHA256:…``) replaces what is on file, but for revoked
        keys. Raises ``InstallError(HOST_FILE_FAILED)`` if our file is there and cannot be read."""
        name = entry_name(host, port)
        try:
            own = _own_lines(self.path)
        except OSError as exc:  # also what was revoked would be forgotten
            raise InstallError(Code.HOST_FILE_FAILED, {"path": str(self.path)}, detail=str(exc)) from exc
        files = [list(_matching(lines, name)) for lines in (own, _lines(self.user_file))]
        revoked = tuple(key for found in files for marker, key in found if marker == "@revoked")
        if pinned:
            pinned = " ".join(pinned.split())
            kind, _, fingerprint = pinned.rpartition(" ")
            return Expectation(
                (kind,) if kind else (), " ".join((kind, fingerprint)).strip(), revoked=revoked
            )
        known = next((keys for found in files if (keys := _marked(found, ""))), ())
        if known:
            return Expectation(tuple(k.type for k in known), "", known, revoked)
        authorities = tuple(key for found in files for key in _marked(found, "@cert-authority"))
        return Expectation(revoked=revoked, authorities=authorities)

    def names_of(self, key: HostKey) -> tuple[str, ...]:
        """The names under which *key* is on file, as far as they can be read (hashed ones cannot)."""
        lines = (line.split() for path in (self.path, self.user_file) for line in _lines(path))
        same = (fields[0] for fields in lines if fields[1:3] == key.text.split())
        names = (name for found in same if not found.startswith(("|", "#", "@")) for name in found.split(","))
        return tuple(dict.fromkeys(names))

    def accept(self, host: str, port: int, key: HostKey | str) -> None:
        """Write *key* (or its ``type base64`` text) to our file in place of this host's former ones. Other
        lines stay to the byte, also those that another program adds at the same time.

        Raises ``InstallError(HOST_FILE_FAILED)``: a file that cannot be read is not replaced.
        """
        if isinstance(key, str):
            key = HostKey.parse(key)
        name = entry_name(host, port)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with alone_in(self.path.parent):
                lines = _own_lines(self.path)
                kept = [line for line in lines if not _marked(_matching([line], name), "")]
                new = f"{name} {key.text}\n"
                if len(kept) == len(lines):
                    self._append(new if not lines or lines[-1].endswith("\n") else f"\n{new}")
                else:
                    end = "" if not kept or kept[-1].endswith("\n") else "\n"
                    self._replace("".join([*kept, end, new]))
        except OSError as exc:
            raise InstallError(Code.HOST_FILE_FAILED, {"path": str(self.path)}, detail=str(exc)) from exc

    def _append(self, text: str) -> None:
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8", newline="\n") as file:
            file.write(text)

    def _replace(self, text: str) -> None:
        """Draft (0600) and rename."""
        handle, draft = tempfile.mkstemp(dir=self.path.parent, prefix=".known_hosts-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
                file.write(text)
            Path(draft).replace(self.path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise


def entry_name(host: str, port: int) -> str:
    """The name under which OpenSSH files a host: lower case, ``[host]:port`` off the default port."""
    host = host.lower()
    return host if port == SSH_PORT else f"[{host}]:{port}"


def _own_lines(path: Path) -> list[str]:
    """With their line ends, to the byte; none only where there is no file."""
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return []
    return text.splitlines(keepends=True)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _marked(found: Iterable[tuple[str, HostKey]], wanted: str) -> tuple[HostKey, ...]:
    return tuple(key for marker, key in found if marker == wanted)


def _matching(lines: Iterable[str], name: str) -> Iterator[tuple[str, HostKey]]:
    """(marker, key) of the lines that are about *name*; unreadable lines are left out."""
    for line in lines:
        fields = line.split()
        marker = fields.pop(0) if fields and fields[0].startswith("@") else ""
        if len(fields) < 3 or fields[0].startswith("#") or marker not in {"", "@revoked", "@cert-authority"}:
            continue
        if not _names(fields[0], name):
            continue
        try:
            yield marker, HostKey.parse(f"{fields[1]} {fields[2]}")
        except ValueError:
            continue


def _names(patterns: str, name: str) -> bool:
    """Whether the first field of a line means *name*."""
    if patterns.startswith("|1|"):
        return _hashed(patterns, name)
    hit = False
    for pattern in patterns.lower().split(","):
        if pattern.startswith("!"):
            if _glob(pattern[1:], name):
                return False
        else:
            hit = hit or _glob(pattern, name)
    return hit


def _glob(pattern: str, name: str) -> bool:
    """OpenSSH's ``match_pattern``: only ``*`` and ``?`` are special (fnmatch would read ``[host]:22``)."""
    parts = ("." if c == "?" else ".*" if c == "*" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), name) is not None


def _hashed(field: str, name: str) -> bool:
    try:
        salt, digest = (base64.b64decode(part) for part in field.split("|")[2:4])
    except (ValueError, binascii.Error):
        return False
    # HMAC-SHA1 is the file format's, not a choice
    return hmac.compare_digest(hmac.new(salt, name.encode(), "sha1").digest(), digest)
