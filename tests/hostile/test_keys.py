"""Files of keys and certificates, known hosts, ssh_config, and what a server shows of its key."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import example, given
from hypothesis import strategies as st

from installer.answers.address import address_parts
from installer.certificates.contents import contents_of
from installer.certificates.keys import open_key, open_pfx
from installer.certificates.names import covers
from installer.certificates.own import described, read_own
from installer.certificates.self_signed import self_signed
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.facts.certificates import read_issued
from installer.hosts.ssh.config import configured_hosts
from installer.hosts.ssh.host_certificate import SUFFIX, blob_type
from installer.hosts.ssh.host_keys import HostKey, KnownHosts
from installer.hosts.ssh.private_keys import load_key
from installer.hosts.ssh.public_key import is_public, public_blob
from installer.hosts.ssh.putty_key import NeedsPassphrase, PuttyKey, WrongPassphrase
from tests import certificates as made
from tests.hostile.parsers import FEW, Reader

NOW = made.NOW


@cache
def ssh_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def as_text(data: bytes) -> str:
    return data.decode("latin-1")


def as_bytes(text: str) -> bytes:
    return text.encode("latin-1", "replace")


@cache
def examples() -> dict[str, tuple[str, ...]]:
    """Valid files of each kind, each byte as one character."""
    key, root = ssh_key(), made.issue("root", ca=True)
    site = made.site(root)
    openssh = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    blob = base64.b64decode(line.split()[1])
    secret = key.private_bytes_raw()
    private = base64.b64encode(len(secret).to_bytes(4, "big") + secret)
    putty = (
        b"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: %s\nComment: a\nPublic-Lines: 1\n"
        + base64.b64encode(blob)
        + b"\nKey-Derivation: Argon2id\nArgon2-Memory: 8\nArgon2-Passes: 1\nArgon2-Parallelism: 1\n"
        b"Argon2-Salt: 00112233445566778899aabbccddeeff\nPrivate-Lines: 1\n"
        + private
        + b"\nPrivate-MAC: 00\n"
    )
    words = {
        "ssh": (
            openssh,
            ec_pem(BestAvailableEncryption(b"x")),
            line,
            b"---- BEGIN SSH2 PUBLIC KEY ----\nComment: a\n"
            + line.split()[1]
            + b"\n---- END SSH2 PUBLIC KEY ----\n",
            putty.replace(b"%s", b"none"),
            putty.replace(b"%s", b"aes256-cbc"),
        ),
        "x509": (
            site.certificate.public_bytes(Encoding.PEM),
            site.certificate.public_bytes(Encoding.DER),
            ec_pem(NoEncryption()),
            made.ec_key().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
            site.certificate.public_bytes(Encoding.PEM).decode().encode("utf-16"),
        ),
        "known hosts": (
            b"host,*.example.com,[h]:2222 " + line + b" comment\n",
            b"@revoked * "
            + line
            + b"\n|1|AAAAAAAAAAAAAAAAAAAAAAAAAAA=|AAAAAAAAAAAAAAAAAAAAAAAAAAA= "
            + line
            + b"\n",
        ),
    }
    return {name: tuple(map(as_text, filter(None, files))) for name, files in words.items()}


def ec_pem(how: NoEncryption | BestAvailableEncryption) -> bytes:
    return made.ec_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


def on_disk(folder: Path, name: str, read: Callable[[Path], object]) -> Callable[[str], object]:
    """*read* of a file with the text's bytes."""
    path = folder / name

    def of(text: str) -> object:
        path.write_bytes(as_bytes(text))
        return read(path)

    return of


def known_hosts(path: Path) -> object:
    known = KnownHosts(path, user_file=path)
    expected = known.expectation("host", 22)
    key = HostKey("ssh-ed25519", b"\0\0\0\x0bssh-ed25519" + bytes(40))
    expected.check(key, "host", 22)
    return expected, known.names_of(key)


def host_key(text: str) -> object:
    key = HostKey.parse(text)
    found = key.fingerprint, key.text, key.show_command, blob_type(key.blob)
    from installer.hosts.ssh.host_keys import Expectation

    Expectation(authorities=(key,)).check(HostKey("ssh-ed25519" + SUFFIX, key.blob), "host", 22)
    return found


def putty(text: str) -> object:
    key = PuttyKey.parse(as_bytes(text))
    return key.open(Secret("x"))


def certificate(text: str) -> object:
    data = as_bytes(text)
    info = described(data, NOW)
    read_issued("a", text, "b")
    found = contents_of(data, "/a")
    for key in found.keys:
        open_key(key, "/a", b"x")
    if found.pfx:
        open_pfx(found.pfx, "/a", b"x")
    return info and (info.as_json(), info.covers("a.example.com")), found


def ssh_config(path: Path) -> object:
    return configured_hosts(path)


CONFIG = (
    "Host a b\n  HostName 10.0.0.1\n  Port 22\n  User u\n  ProxyJump x,y@[::1]:22\n"
    "  IdentityFile ~/.ssh/k\nMatch exec id\n"
)


def readers(folder: Path) -> dict[str, Reader]:
    """By name; files are made in *folder*."""
    ssh, x509, hosts = (examples()[name] for name in ("ssh", "x509", "known hosts"))
    found = (
        Reader("key file", on_disk(folder, "k", lambda p: load_key(str(p), Secret("x"))), ssh),
        Reader("public key", on_disk(folder, "k", lambda p: public_blob(str(p))), ssh),
        Reader("is public", lambda t: is_public(as_bytes(t)), ssh),
        Reader("putty", putty, ssh[-2:], (ValueError, NeedsPassphrase, WrongPassphrase)),
        Reader("certificate", certificate, x509),
        Reader("own", on_disk(folder, "c", lambda p: read_own(str(p), str(p), b"x", NOW)), x509),
        Reader("in use", lambda t: self_signed("a.example.com", t, NOW) if t.isascii() else "", x509[:1]),
        Reader("known hosts", on_disk(folder, "h", known_hosts), hosts),
        Reader("host key", host_key, tuple(h.split(" ", 1)[1] for h in hosts), (ValueError,)),
        Reader("ssh_config", on_disk(folder, "config", ssh_config), (CONFIG,)),
        Reader("names", lambda t: covers(t.split(), t[:80]), ("*.example.com example.com ::1",)),
        Reader("address", address_parts, ("ssh -p 22 user@host", "ssh://u@[::1]:22/x", "user@host:22")),
    )
    return {reader.name: reader for reader in found}


NAMES = (
    *("key file", "public key", "is public", "putty", "certificate", "own", "in use", "known hosts"),
    *("host key", "ssh_config", "names", "address"),
)


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(data=st.data())
def test_keys(tmp_path: Path, name: str, data: st.DataObject) -> None:
    readers(tmp_path)[name].check(data)


#: Making a key takes more than reading any text; in a person's own ssh_config paramiko looks through all of
#: it for each name.
@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("in use", "ssh_config")])
def test_long_keys(tmp_path: Path, name: str) -> None:
    readers(tmp_path)[name].check_long()


def wire(*parts: bytes) -> bytes:
    """SSH's wire format (RFC 4251, 5)."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def unlocked(kind: bytes, public: bytes, private: bytes) -> bytes:
    """A PuTTY key file without a passphrase, whose MAC fits."""
    mac = hmac.new(b"", wire(kind, b"none", b"a", public, private), "sha256").hexdigest()
    halves = (base64.b64encode(half).decode() for half in (public, private))
    text = (
        "PuTTY-User-Key-File-3: %s\nEncryption: none\nComment: a\nPublic-Lines: 1\n%s\nPrivate-Lines: 1\n%s\n"
    )
    return (text % (kind.decode(), *halves) + f"Private-MAC: {mac}\n").encode()


WIRE = st.lists(st.binary(max_size=3) | st.sampled_from([b"\x01", b"", b"\xff" * 80]), min_size=1, max_size=4)
KINDS = st.sampled_from([b"ssh-rsa", b"ssh-ed25519", b"ecdsa-sha2-nistp256", b"ssh-dss"])


@FEW
@given(kind=KINDS, public=WIRE, private=WIRE)
@example(kind=b"ssh-rsa", public=[b"\x03", b"\x0f"], private=[b"\x03", b"\x01", b"\x05", b"\x01"])
def test_putty_keys_that_fit_together(
    tmp_path_factory: pytest.TempPathFactory, kind: bytes, public: list[bytes], private: list[bytes]
) -> None:
    path = tmp_path_factory.getbasetemp() / "putty-key"
    path.write_bytes(unlocked(kind, wire(kind, *public), wire(*private)))
    with suppress(InstallError):
        load_key(str(path), None)


NUMBERS = st.sampled_from(["0", "1", "-1", "8", "257", "100000", "9" * 30, "x", ""])


@FEW
@given(memory=NUMBERS, passes=NUMBERS, lanes=NUMBERS)
@example(memory="8", passes="1", lanes="9" * 30)
@example(memory="8", passes="1", lanes="-1")
@example(memory="1048576", passes="100000", lanes="1")
def test_how_a_putty_key_is_locked(memory: str, passes: str, lanes: str) -> None:
    """No file makes this computer work for hours."""
    text = (
        "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: aes256-cbc\nPublic-Lines: 1\nAAAA\n"
        f"Key-Derivation: Argon2id\nArgon2-Memory: {memory}\nArgon2-Passes: {passes}\n"
        f"Argon2-Parallelism: {lanes}\nArgon2-Salt: 00112233445566778899aabbccddeeff\n"
        "Private-Lines: 1\nAAAA\nPrivate-MAC: 00\n"
    )
    if (memory, passes) != ("8", "100000"):  # ten thousand times PuTTY's own, and still some seconds
        with suppress(ValueError, WrongPassphrase):
            PuttyKey.parse(text.encode()).open(Secret("x"))


@pytest.mark.parametrize(
    "text", [b"", b"a", b"\xff\xfe", b"ssh-ed25519-cert-v01@openssh.com !!!! x", b"ssh-rsa AAAA"]
)
def test_a_certificate_beside_a_key(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "k"
    path.write_bytes(as_bytes(examples()["ssh"][0]))
    (tmp_path / "k-cert.pub").write_bytes(text)
    with pytest.raises(InstallError) as caught:
        load_key(str(path), None)
    assert caught.value.code is Code.SSH_KEY_UNREADABLE and caught.value.params["path"].endswith("-cert.pub")
