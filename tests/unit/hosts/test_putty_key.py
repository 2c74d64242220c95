"""PuTTY's key files as ``puttygen`` itself writes them, against the same keys in OpenSSH's format."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as ser

from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.ssh.private_keys import load_key
from installer.hosts.ssh.public_key import public_blob
from installer.hosts.ssh.putty_key import PuttyKey

KINDS = ("ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa-2048")
PASSPHRASE = "päss phrase %\"'\\ 鍵"


@pytest.fixture(scope="module", autouse=True)
def _puttygen() -> None:
    if not shutil.which("puttygen"):
        if os.environ.get("CI"):
            pytest.fail("puttygen (package putty-tools) is missing")
        pytest.skip("no puttygen (package putty-tools): nothing about .ppk files is tested")


@pytest.fixture(scope="module")
def openssh_keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A key of each kind in OpenSSH's format."""
    folder = tmp_path_factory.mktemp("keys")
    for kind in KINDS:
        name, _, bits = kind.partition("-")
        more = ["-b", bits] if bits else []
        subprocess.run(
            ["ssh-keygen", "-q", "-t", name, *more, "-N", "", "-C", "a comment", "-f", folder / kind],
            check=True,
        )
    return {kind: folder / kind for kind in KINDS}


def _ppk(source: Path, target: Path, *options: str, passphrase: str = "") -> Path:
    """*source* converted by PuTTY."""
    words = target.with_suffix(".words")
    words.write_text(passphrase)
    subprocess.run(
        ["puttygen", source, "-O", "private", "-o", target, "--new-passphrase", words, *options], check=True
    )
    return target


def _private(path: Path) -> bytes:
    key = ser.load_ssh_private_key(path.read_bytes(), None)
    return key.private_bytes(ser.Encoding.DER, ser.PrivateFormat.PKCS8, ser.NoEncryption())


def _loaded(path: Path, passphrase: str = "") -> bytes:
    key = PuttyKey.parse(path.read_bytes()).open(Secret(passphrase) if passphrase else None)
    return bytes(key.private_bytes(ser.Encoding.DER, ser.PrivateFormat.PKCS8, ser.NoEncryption()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("version", ["2", "3"])
@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
def test_same_key(
    openssh_keys: dict[str, Path], tmp_path: Path, kind: str, version: str, passphrase: str
) -> None:
    """Bit by bit the key that PuTTY was given; paramiko takes it."""
    fast = ["--ppk-param", f"version={version},memory=64,passes=1"]
    path = _ppk(openssh_keys[kind], tmp_path / "key.ppk", *fast, passphrase=passphrase)
    assert path.read_bytes().startswith(f"PuTTY-User-Key-File-{version}".encode())
    assert _loaded(path, passphrase) == _private(openssh_keys[kind])
    key = load_key(str(path), Secret(passphrase) if passphrase else None)
    assert key.asbytes() == public_blob(str(openssh_keys[kind])) == public_blob(str(path))


@pytest.mark.parametrize("kdf", ["argon2id", "argon2i", "argon2d"])
def test_key_derivations(openssh_keys: dict[str, Path], tmp_path: Path, kdf: str) -> None:
    """All that PuTTY knows, with several lanes."""
    options = ["--ppk-param", f"kdf={kdf},memory=128,passes=3,parallelism=2"]
    path = _ppk(openssh_keys["ed25519"], tmp_path / "key.ppk", *options, passphrase="x y")
    assert re.search(f"Key-Derivation: {kdf}", path.read_text(), re.IGNORECASE)
    assert _loaded(path, "x y") == _private(openssh_keys["ed25519"])


def test_lines_end_as_on_windows(openssh_keys: dict[str, Path], tmp_path: Path) -> None:
    """Where most of these files come from."""
    path = _ppk(openssh_keys["ed25519"], tmp_path / "key.ppk")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert _loaded(path) == _private(openssh_keys["ed25519"])


@pytest.mark.parametrize("version", ["2", "3"])
def test_passphrase(openssh_keys: dict[str, Path], tmp_path: Path, version: str) -> None:
    """Needed, wrong, and given where none is needed."""
    fast = ["--ppk-param", f"version={version},memory=64,passes=1"]
    locked = str(_ppk(openssh_keys["rsa-2048"], tmp_path / "locked.ppk", *fast, passphrase="right"))
    for given, code in ((None, Code.SSH_PASSPHRASE_NEEDED), ("wrong", Code.SSH_PASSPHRASE_WRONG)):
        with pytest.raises(InstallError) as caught:
            load_key(locked, Secret(given) if given else None)
        assert caught.value.code is code and caught.value.params["path"] == locked
        assert "wrong" not in caught.value.detail
    plain = str(_ppk(openssh_keys["rsa-2048"], tmp_path / "plain.ppk", *fast))
    assert load_key(plain, Secret("needless")).asbytes() == public_blob(locked)


@pytest.mark.parametrize("version", ["2", "3"])
def test_damage(openssh_keys: dict[str, Path], tmp_path: Path, version: str) -> None:
    """Whatever is changed or cut off in an open file: it is called damaged, nothing else happens."""
    path = _ppk(openssh_keys["ed25519"], tmp_path / "key.ppk", "--ppk-param", f"version={version}")
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    broken = [whole[:cut] for cut in range(20, len(whole) - 2, 7)]
    broken += [b"".join([*lines[:n], *lines[n + 1 :]]) for n in range(1, len(lines))]
    broken += [whole.replace(b"a comment", b"A comment")]
    broken += [whole.replace(b"File-" + version.encode(), b"File-9"), whole.replace(b": none", b": rot13")]
    for data in broken:
        path.write_bytes(data)
        with pytest.raises(InstallError) as caught:
            load_key(str(path), None)
        assert caught.value.code is Code.SSH_KEY_UNREADABLE, data


def test_greedy_file(openssh_keys: dict[str, Path], tmp_path: Path) -> None:
    """A file that asks for a terabyte of memory is refused, not obeyed."""
    options = ["--ppk-param", "memory=64,passes=1"]
    path = _ppk(openssh_keys["ed25519"], tmp_path / "key.ppk", *options, passphrase="x")
    path.write_bytes(path.read_bytes().replace(b"Argon2-Memory: 64", b"Argon2-Memory: 1000000000"))
    with pytest.raises(InstallError) as caught:
        load_key(str(path), Secret("x"))
    assert caught.value.code is Code.SSH_KEY_UNREADABLE


def test_public_halves(openssh_keys: dict[str, Path], tmp_path: Path) -> None:
    """OpenSSH's, PuTTY's and PEM's are recognised, and the private half beside them is named."""
    key = openssh_keys["ed25519"]
    exported = tmp_path / "exported"
    subprocess.run(["puttygen", key, "-O", "public", "-o", exported], check=True)
    pem = tmp_path / "pem"
    loaded = ser.load_ssh_public_key(Path(f"{key}.pub").read_bytes())
    pem.write_bytes(loaded.public_bytes(ser.Encoding.PEM, ser.PublicFormat.SubjectPublicKeyInfo))
    sibling = _ppk(key, tmp_path / "mine.ppk")
    (tmp_path / "mine.pub").write_bytes(exported.read_bytes())
    for path, private in (
        (f"{key}.pub", str(key)),
        (str(exported), ""),
        (str(pem), ""),
        (str(tmp_path / "mine.pub"), str(sibling)),
    ):
        with pytest.raises(InstallError) as caught:
            load_key(path, None)
        assert caught.value.code is Code.SSH_KEY_IS_PUBLIC
        assert caught.value.params == {"path": path, "private": private}
    assert public_blob(str(exported)) == public_blob(str(key))
