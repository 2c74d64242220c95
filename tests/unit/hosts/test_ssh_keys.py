"""Private key files of every kind that people have."""

from __future__ import annotations

import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.ssh.private_keys import load_key

_KEYS: dict[str, Any] = {
    "ssh-ed25519": ed25519.Ed25519PrivateKey.generate(),
    "ecdsa-sha2-nistp256": ec.generate_private_key(ec.SECP256R1()),
    "ssh-rsa": rsa.generate_private_key(65537, 2048),
}
_FORMATS = [ser.PrivateFormat.OpenSSH, ser.PrivateFormat.PKCS8, ser.PrivateFormat.TraditionalOpenSSL]
#: the traditional format knows no Ed25519
_CASES = list(product(_KEYS, _FORMATS))
_CASES.remove(("ssh-ed25519", ser.PrivateFormat.TraditionalOpenSSL))


def _write(path: Path, key: Any, form: ser.PrivateFormat, passphrase: str = "") -> str:
    locked: ser.KeySerializationEncryption = ser.NoEncryption()
    if passphrase:
        locked = ser.BestAvailableEncryption(passphrase.encode())
    path.write_bytes(key.private_bytes(ser.Encoding.PEM, form, locked))
    return str(path)


@pytest.mark.parametrize(("kind", "form"), _CASES)
def test_formats(tmp_path: Path, kind: str, form: ser.PrivateFormat) -> None:
    """With and without a passphrase; missing and wrong ones; one too many does not matter."""
    plain = _write(tmp_path / "plain", _KEYS[kind], form)
    locked = _write(tmp_path / "locked", _KEYS[kind], form, "pass wörd")
    public = load_key(plain, None)
    assert public.get_name() == kind and public.can_sign()
    assert load_key(plain, Secret("unneeded")) == public
    assert load_key(locked, Secret("pass wörd")) == public
    for passphrase, code in (
        (None, Code.SSH_PASSPHRASE_NEEDED),
        (Secret(""), Code.SSH_PASSPHRASE_NEEDED),
        (Secret("wrong"), Code.SSH_PASSPHRASE_WRONG),
    ):
        with pytest.raises(InstallError) as caught:
            load_key(locked, passphrase)
        assert caught.value.code is code and caught.value.params == {"path": locked}
        assert "wrong" not in caught.value.detail


def test_unreadable(tmp_path: Path) -> None:
    """Missing, a folder, rubbish, a kind that no server takes any more."""
    paths = [tmp_path / "missing", tmp_path, tmp_path / "rubbish", tmp_path / "dsa"]
    paths[2].write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nrubbish\n-----END OPENSSH PRIVATE KEY-----\n")
    _write(paths[3], dsa.generate_private_key(1024), ser.PrivateFormat.PKCS8)
    for path in paths:
        for passphrase in (None, Secret("x")):
            with pytest.raises(InstallError) as caught:
                load_key(str(path), passphrase)
            assert caught.value.code is Code.SSH_KEY_UNREADABLE


def test_certificate_beside_the_key(tmp_path: Path) -> None:
    """Is loaded with it, as OpenSSH's client does."""
    try:
        for name in ("ca", "user"):
            _keygen("-t", "ed25519", "-N", "", "-f", str(tmp_path / name))
        _keygen("-s", str(tmp_path / "ca"), "-I", "id", "-n", "root", str(tmp_path / "user.pub"))
    except FileNotFoundError:
        pytest.skip("no ssh-keygen")
    key = load_key(str(tmp_path / "user"), None)
    assert key.public_blob is not None and "cert" in key.public_blob.key_type


def _keygen(*arguments: str) -> None:
    subprocess.run(["ssh-keygen", "-q", *arguments], check=True)
