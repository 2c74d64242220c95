"""Reading a private key file, whatever its format: OpenSSH, PEM, PKCS#8, PuTTY; ed25519, ECDSA, RSA."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.ssh import putty_key
from installer.hosts.ssh.public_key import is_public, private_sibling

if TYPE_CHECKING:
    from paramiko import PKey


def load_key(path: str, passphrase: Secret | None) -> PKey:
    """The key in *path* (with its ``-cert.pub`` if there is one).

    Raises ``InstallError``: SSH_KEY_UNREADABLE, SSH_KEY_IS_PUBLIC (params private: the file to take, maybe
    empty), SSH_PASSPHRASE_NEEDED, SSH_PASSPHRASE_WRONG.
    """
    file = Path(path).expanduser()
    try:
        data = file.read_bytes()
        certificate = Path(f"{file}-cert.pub")
        with_certificate = certificate.is_file()
    except OSError as exc:
        raise InstallError(Code.SSH_KEY_UNREADABLE, {"path": path}, detail=str(exc)) from exc
    if is_public(data):
        raise InstallError(Code.SSH_KEY_IS_PUBLIC, {"path": path, "private": private_sibling(path)})
    load = _load_putty if data.lstrip().startswith(putty_key.MARK) else _load
    key = _as_paramiko(load(data, passphrase, path), path)
    if with_certificate:
        _add_certificate(key, certificate)
    return key


def _add_certificate(key: PKey, certificate: Path) -> None:
    try:
        key.load_certificate(str(certificate))
    except (OSError, ValueError, paramiko.SSHException) as exc:
        raise InstallError(Code.SSH_KEY_UNREADABLE, {"path": str(certificate)}, detail=str(exc)) from exc


def _load(data: bytes, passphrase: Secret | None, path: str) -> Any:
    """The key object of ``cryptography``; its error texts tell a missing from a wrong passphrase."""
    openssh = b"BEGIN OPENSSH PRIVATE KEY" in data
    load = serialization.load_ssh_private_key if openssh else serialization.load_pem_private_key
    given = passphrase.reveal().encode() if passphrase else None
    params = {"path": path}
    try:
        return load(data, given)
    except TypeError as exc:
        # "Password was not given but private key is encrypted", or the other way round
        if given is None:
            raise InstallError(Code.SSH_PASSPHRASE_NEEDED, params) from exc
        return _load(data, None, path)
    except (ValueError, UnsupportedAlgorithm) as exc:
        if given is None or not _encrypted(data, openssh=openssh):
            raise InstallError(Code.SSH_KEY_UNREADABLE, params, detail=str(exc)) from exc
        raise InstallError(Code.SSH_PASSPHRASE_WRONG, params) from exc


def _load_putty(data: bytes, passphrase: Secret | None, path: str) -> Any:
    """The same for PuTTY's format."""
    params = {"path": path}
    try:
        return putty_key.PuttyKey.parse(data.lstrip()).open(passphrase)
    except putty_key.NeedsPassphrase as exc:
        raise InstallError(Code.SSH_PASSPHRASE_NEEDED, params) from exc
    except putty_key.WrongPassphrase as exc:
        raise InstallError(Code.SSH_PASSPHRASE_WRONG, params) from exc
    except ValueError as exc:
        raise InstallError(Code.SSH_KEY_UNREADABLE, params, detail=str(exc)) from exc


def _encrypted(data: bytes, *, openssh: bool) -> bool:
    """Whether the key would ask for a passphrase."""
    load = serialization.load_ssh_private_key if openssh else serialization.load_pem_private_key
    try:
        load(data, None)
    except TypeError:
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return False


def _as_paramiko(loaded: Any, path: str) -> PKey:
    """paramiko reads no PKCS#8, so every key goes through OpenSSH's form in memory."""
    classes: list[tuple[Any, type[PKey]]] = [
        (ed25519.Ed25519PrivateKey, paramiko.Ed25519Key),
        (ec.EllipticCurvePrivateKey, paramiko.ECDSAKey),
        (rsa.RSAPrivateKey, paramiko.RSAKey),
    ]
    for kind, key_class in classes:
        if isinstance(loaded, kind):
            text = loaded.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.OpenSSH,
                serialization.NoEncryption(),
            ).decode()
            return key_class.from_private_key(io.StringIO(text))
    raise InstallError(Code.SSH_KEY_UNREADABLE, {"path": path}, detail=type(loaded).__name__)
