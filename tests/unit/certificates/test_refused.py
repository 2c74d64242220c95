"""Broken certificates and keys: each is refused for its own reason, with its own words in every language."""

from __future__ import annotations

import base64
import os
import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installer.answers import Secrets, Tls
from installer.answers.tls_modes.own import load_certificate
from installer.certificates import keys
from installer.certificates.files import LIMIT
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.texts import LANGUAGES, Texts, table
from tests.certificates import AIA, NOW, block, ec_key, issue, key_pem, named, pem, site, with_weak_signature

ROOT = issue("Example Root", ca=True, since=400, days=4000)
MIDDLE = issue("Example Intermediate", ROOT, ca=True, since=400, days=2000)
SITE = site(MIDDLE)
RSA_ROOT = issue("Old Root", ca=True, key=rsa.generate_private_key(65537, 2048), days=4000)
#: Two that belong together; what is broken takes the place of one of them.
GOOD, KEY = pem(SITE, MIDDLE, ROOT), key_pem(SITE.key)


@dataclass(frozen=True)
class Broken:
    """What is put into the two files (None: there is no such file; key "-": none is named), and the *reason*.
    *about*: params that the error must have besides; *blames*: the file that it names."""

    name: str
    reason: str
    certificate: bytes | None = GOOD
    key: bytes | str | None = KEY
    passphrase: str = ""
    blames: str = "site.crt"
    about: tuple[tuple[str, str], ...] = ()
    prepare: Callable[[Path], None] | None = None


def folder_instead(folder: Path) -> None:
    (folder / "site.crt").mkdir()


def nothing_to_read(folder: Path) -> None:
    os.mkfifo(folder / "site.crt")


def pfx(passphrase: str = "", *, key: bool = True, certificate: bool = True) -> bytes:
    how = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    private = SITE.key if key else None
    assert isinstance(private, ec.EllipticCurvePrivateKey | None)
    own, others = (SITE.certificate, [MIDDLE.certificate, ROOT.certificate]) if certificate else (None, None)
    return pkcs12.serialize_key_and_certificates(b"site", private, own, others, how)


def request() -> bytes:
    made = x509.CertificateSigningRequestBuilder().subject_name(named("x")).sign(SITE.key, hashes.SHA256())
    return made.public_bytes(Encoding.PEM)


def public_key() -> bytes:
    return SITE.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def ssh_key() -> bytes:
    return SITE.key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def ssh_public() -> bytes:
    return SITE.key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)


def pair(**more: Any) -> tuple[bytes, bytes]:
    """A site's certificate with *more*, its chain, and its key."""
    made = site(MIDDLE, **more)
    return pem(made, MIDDLE, ROOT), key_pem(made.key)


def weak(method: str) -> bytes:
    return pem(with_weak_signature(site(RSA_ROOT, key=SITE.key), RSA_ROOT, method), RSA_ROOT)


def with_middle(**more: Any) -> bytes:
    """The site's certificate below an intermediate with *more*, and the root."""
    middle = issue("Other Intermediate", ROOT, ca=True, **more)
    return pem(site(middle, key=SITE.key), middle, ROOT)


PUTTY = b"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: x\n"
HTML = b"\n<!DOCTYPE html>\n<html><head><title>Download</title></head></html>\n"
RIGHT, OTHER = "Sesame, open", "Sesame, close"
PROTECTED = key_pem(SITE.key, RIGHT)
OLD_FORM = key_pem(SITE.key, RIGHT, PrivateFormat.TraditionalOpenSSL)
SMALL, TINY = rsa.generate_private_key(65537, 1024), rsa.generate_private_key(65537, 1024)
EDWARDS, KOBLITZ = ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256K1())
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
ISSUER = ("issuer", "Example Intermediate")
OTHER_MIDDLE = ("subject", "Other Intermediate")
NAMESAKE = issue("Example Intermediate", ROOT, ca=True)
ROGUE = issue("rogue.example.com", SITE, names=("rogue.example.com",))

TABLE = [
    # the file
    Broken("no certificate file", "missing", certificate=None),
    Broken("no key file", "missing", key=None, blames="site.key"),
    Broken("a folder", "folder", certificate=None, prepare=folder_instead),
    Broken("empty", "empty", certificate=b""),
    Broken("only blank lines", "empty", key=b"\r\n \r\n", blames="site.key"),
    Broken("too big", "too_big", certificate=GOOD + b"\n" * LIMIT),
    # something else
    Broken("some text", "format", certificate=b"my certificate\n"),
    Broken("some text as key", "format", key=b"secret\n", blames="site.key"),
    Broken("some bytes", "format", certificate=b"\x89PNG\r\n\x1a\n" + bytes(range(256))),
    Broken("a web page", "html", certificate=HTML),
    Broken("a web page as key", "html", key=HTML, blames="site.key"),
    Broken("a Java keystore", "keystore", certificate=b"\xfe\xed\xfe\xed\x00\x00\x00\x02" + bytes(40)),
    Broken("cut off", "damaged", certificate=GOOD[:-40]),
    Broken("lost its middle", "damaged", certificate=GOOD.replace(GOOD.splitlines()[4] + b"\n", b"", 1)),
    Broken("signs that are none of base64", "damaged", certificate=GOOD.replace(b"MII", b"M!I", 1)),
    Broken("DER cut off", "damaged", certificate=SITE.certificate.public_bytes(Encoding.DER)[:-9]),
    Broken("a key cut off", "damaged", key=KEY[:-40], blames="site.key"),
    Broken("a key with other bytes", "damaged", key=block("PRIVATE KEY", bytes(70)), blames="site.key"),
    Broken("P7B with other bytes", "damaged", certificate=block("PKCS7", bytes(70))),
    # the wrong one
    Broken("a request", "request", certificate=request()),
    Broken("a public key", "public_key", certificate=public_key()),
    Broken("the key as certificate", "key_as_certificate", certificate=KEY),
    Broken("swapped", "swapped", certificate=KEY, key=GOOD),
    Broken("an SSH key", "ssh", key=ssh_key(), blames="site.key"),
    Broken("a public SSH key", "ssh", certificate=ssh_public()),
    Broken("a PuTTY key", "putty", key=PUTTY, blames="site.key"),
    Broken("no key named", "no_key", key="-"),
    Broken("a certificate as key", "key_is_certificate", key=GOOD, blames="site.key"),
    Broken("a request as key", "key_is_request", key=request(), blames="site.key"),
    Broken("a public key as key", "key_is_public", key=public_key(), blames="site.key"),
    # protected
    Broken("no passphrase", "passphrase_missing", key=PROTECTED, blames="site.key"),
    Broken("wrong passphrase", "passphrase_wrong", key=PROTECTED, passphrase=OTHER, blames="site.key"),
    Broken("the same, old form", "passphrase_wrong", key=OLD_FORM, passphrase=OTHER, blames="site.key"),
    Broken("PFX without its passphrase", "pfx_passphrase_missing", pfx(RIGHT), "-"),
    Broken("PFX, wrong passphrase", "pfx_passphrase_wrong", pfx(RIGHT), "-", passphrase=OTHER),
    Broken("PFX without key", "pfx_no_key", pfx(key=False), "-"),
    Broken("PFX without certificate", "pfx_no_certificate", pfx(certificate=False), "-"),
    Broken("PFX as key, without key", "pfx_no_key", key=pfx(key=False), blames="site.key"),
    Broken("PFX cut off", "damaged", pfx(RIGHT)[:-30], "-", passphrase=RIGHT),
    # do not belong together
    Broken("another key", "mismatch", key=key_pem(ec_key()), about=(("subject", "dify.example.com"),)),
    # not for a site
    Broken("an authority's", "ca", certificate=pem(MIDDLE, ROOT), key=key_pem(MIDDLE.key)),
    Broken("a root", "ca", certificate=pem(ROOT), key=key_pem(ROOT.key)),
    Broken("no names", "no_names", *pair(names=None)),
    Broken("for people who log in", "purpose", *pair(purpose=CLIENT)),
    Broken("not for signatures", "purpose", *pair(uses=("key_agreement",))),
    Broken("not yet", "not_yet", *pair(since=-2, days=30)),
    Broken("expired", "expired", *pair(days=-1)),
    # weak
    Broken("RSA 1024", "weak_key", *pair(key=SMALL), about=(("kind", "RSA 1024"),)),
    Broken("intermediate with RSA 1024", "weak_key", with_middle(key=TINY), about=(OTHER_MIDDLE,)),
    Broken("SHA-1", "weak_signature", weak("sha1"), about=(("kind", "SHA-1"),)),
    Broken("MD5", "weak_signature", weak("md5"), about=(("kind", "MD5"),)),
    Broken("Ed25519", "key_kind", *pair(key=EDWARDS), about=(("kind", "Ed25519"),)),
    Broken("secp256k1", "key_kind", *pair(key=KOBLITZ), about=(("kind", "EC secp256k1"),)),
    # the chain
    Broken("no intermediate", "incomplete", pem(SITE), about=(ISSUER, ("aia", AIA))),
    Broken("the root alone", "incomplete", pem(SITE, ROOT), about=(ISSUER,)),
    Broken("no root, and none that is public", "incomplete", pem(SITE, MIDDLE), about=(("aia", ""),)),
    Broken("another of that name", "incomplete", pem(SITE, NAMESAKE, ROOT), about=(ISSUER,)),
    Broken("issued by a site", "incomplete", pem(ROGUE, SITE, MIDDLE, ROOT), key_pem(ROGUE.key)),
    Broken("expired intermediate", "chain_expired", with_middle(since=900, days=-3), about=(OTHER_MIDDLE,)),
]
if hasattr(os, "mkfifo"):
    TABLE.append(Broken("no plain file", "unreadable", certificate=None, prepare=nothing_to_read))


def refusal(folder: Path, broken: Broken) -> InstallError:
    if broken.prepare:
        broken.prepare(folder)
    if broken.certificate is not None:
        (folder / "site.crt").write_bytes(broken.certificate)
    if isinstance(broken.key, bytes):
        (folder / "site.key").write_bytes(broken.key)
    named_key = "" if broken.key == "-" else str(folder / "site.key")
    tls = Tls(mode="own", certificate=str(folder / "site.crt"), key=named_key)
    secret = Secret(broken.passphrase) if broken.passphrase else None
    with pytest.raises(InstallError) as caught:
        load_certificate(tls, Secrets(tls_passphrase=secret), now=NOW)
    return caught.value


@pytest.mark.parametrize("broken", TABLE, ids=lambda broken: broken.name)
def test_refused_for_its_own_reason(broken: Broken, tmp_path: Path) -> None:
    error = refusal(tmp_path, broken)
    assert (error.code, error.params["reason"]) == (Code.CERTIFICATE_UNREADABLE, broken.reason)
    assert error.params["path"] == str(tmp_path / broken.blames)
    assert {key: error.params[key] for key, _ in broken.about} == dict(broken.about)
    for secret in (broken.passphrase, "PRIVATE KEY"):
        assert not secret or secret not in f"{error} {error.params}"
    for language in LANGUAGES:
        for screen in (False, True):
            said = Texts(language).explain(error.code, error.params, screen=screen)
            assert said.why and said.do and "?" not in said.why + said.do, (language, screen)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("screen", [False, True])
def test_no_two_reasons_have_the_same_words(language: str, screen: bool) -> None:
    reasons = sorted({broken.reason for broken in TABLE} | {"algorithm", "address", "unreadable"})
    params = [{"path": "/c", "reason": reason, "subject": "s", "kind": "k", "at": "a"} for reason in reasons]
    said = [Texts(language).explain(Code.CERTIFICATE_UNREADABLE, one, screen=screen) for one in params]
    assert len({one.why for one in said}) == len({one.do for one in said}) == len(reasons) > 35


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) > 50 and len({broken.name for broken in TABLE}) == len(TABLE)


def test_a_file_that_nobody_may_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_rights(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "site.crt").write_bytes(GOOD)
    monkeypatch.setattr(Path, "open", no_rights)
    assert refusal(tmp_path, Broken("", "", certificate=None, key="-")).params["reason"] == "unreadable"


@pytest.mark.parametrize(
    "failure", [UnsupportedAlgorithm("Curve 1.3.132.0.10"), ValueError("Key encrypted with unknown cipher.")]
)
def test_a_key_that_no_library_knows(
    failure: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise failure

    monkeypatch.setattr(serialization, "load_pem_private_key", refuse)
    assert refusal_of_good(tmp_path, GOOD).params["reason"] == "algorithm"


def test_a_pfx_that_no_library_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise UnsupportedAlgorithm("RC2")

    monkeypatch.setattr(keys, "load_key_and_certificates", refuse)
    error = refusal(
        tmp_path, Broken("RC2", "algorithm", certificate=pfx("right"), key="-", passphrase="right")
    )
    assert error.params["reason"] == "algorithm"


def test_a_certificate_with_a_curve_that_no_library_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> str:
        raise UnsupportedAlgorithm("Curve 1.3.132.0.10")

    monkeypatch.setattr("installer.certificates.fitness.kind_of", refuse)
    assert refusal_of_good(tmp_path, GOOD).params["reason"] == "algorithm"
    assert keys.kind_of(SITE.key.public_key()) == "EC secp256r1"


def test_extensions_that_cannot_be_read(tmp_path: Path) -> None:
    """Twice the same one: a certificate's parts are read only when they are asked for."""
    der = SITE.certificate.public_bytes(Encoding.DER)
    basic, usage = bytes.fromhex("0603551d13"), bytes.fromhex("0603551d0f")
    twice = der.replace(basic, usage, 1)
    assert twice != der
    error = refusal_of_good(tmp_path, block("CERTIFICATE", twice))
    assert error.params["reason"] == "damaged"


FORMS = {
    "pem": (GOOD, KEY),
    "der": (SITE.certificate.public_bytes(Encoding.DER), KEY),
    "pfx": (pfx(), b""),
    "key": (GOOD, SITE.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
}


@pytest.mark.parametrize("form", FORMS)
@given(seed=st.randoms(use_true_random=False), cut=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_bytes_are_there_is_a_reason(
    form: str, seed: random.Random, cut: bool, tmp_path: Path
) -> None:
    """Some bytes are others, or the end is missing: it is read all the same, or refused for a reason."""
    files = [bytearray(data) for data in FORMS[form]]
    data = files[1] if form == "key" else files[0]
    for _ in range(seed.randint(1, 4)):
        data[seed.randrange(len(data))] = seed.randrange(256)
    if cut:
        del data[seed.randrange(len(data)) :]
    (tmp_path / "site.crt").write_bytes(files[0])
    (tmp_path / "site.key").write_bytes(files[1])
    key = str(tmp_path / "site.key") if files[1] or form == "key" else ""
    tls = Tls(mode="own", certificate=str(tmp_path / "site.crt"), key=key)
    found = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a library says of odd ones
        try:
            load_certificate(tls, Secrets(), now=NOW)
        except InstallError as error:
            found = error.params["reason"]
    assert found is None or found in table("en", "errors")["certificate.unreadable"]["why"]


def refusal_of_good(folder: Path, certificate: bytes) -> InstallError:
    return refusal(folder, Broken("", "", certificate=certificate))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_rights(tmp_path: Path) -> None:
    (tmp_path / "site.crt").write_bytes(GOOD)
    (tmp_path / "site.crt").chmod(0)
    assert refusal(tmp_path, Broken("", "", certificate=None)).params["reason"] == "unreadable"


def test_bare_base64_of_something_else_is_no_certificate(tmp_path: Path) -> None:
    text = base64.b64encode(b"\x30\x82\x01\x00" + bytes(256))
    assert refusal_of_good(tmp_path, text).params["reason"] == "format"
