"""People's own certificates: every form they come in, and what is said of them."""

from __future__ import annotations

import base64
import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)

from installer.answers import Secrets, Tls
from installer.answers.tls_modes.own import load_certificate
from installer.certificates import roots
from installer.certificates.model import Certificate
from installer.core.errors import InstallError
from installer.core.secrets import MASK, Redactor, Secret
from tests.certificates import (
    NOW,
    SITE_NAME,
    Issued,
    block,
    ec_key,
    issue,
    key_pem,
    pem,
    site,
    with_weak_signature,
)

ROOT = issue("Example Root", ca=True, since=400, days=4000)
MIDDLE = issue("Example Intermediate", ROOT, ca=True, since=400, days=2000)
SITE = site(MIDDLE)
STRANGER = issue("Another Root", ca=True)
WHOLE, SENT, KEY = pem(SITE, MIDDLE, ROOT), pem(SITE, MIDDLE), key_pem(SITE.key)
RSA_SITE = site(MIDDLE, key=rsa.generate_private_key(65537, 2048))


def load(folder: Path, certificate: bytes, key: bytes = b"", passphrase: str = "") -> Certificate:
    (folder / "site.crt").write_bytes(certificate)
    if key:
        (folder / "site.key").write_bytes(key)
    tls = Tls(mode="own", certificate=str(folder / "site.crt"), key=str(folder / "site.key") if key else "")
    secret = Secret(passphrase) if passphrase else None
    return load_certificate(tls, Secrets(tls_passphrase=secret), now=NOW)


def der(*issued: Issued) -> list[bytes]:
    return [one.certificate.public_bytes(Encoding.DER) for one in issued]


def p7b(encoding: Encoding) -> bytes:
    return pkcs7.serialize_certificates([c.certificate for c in (ROOT, MIDDLE, SITE)], encoding)


def with_words(text: bytes) -> bytes:
    """As ``openssl pkcs12`` and authorities' mails have it."""
    return b"Bag Attributes\n    friendlyName: site\nsubject=CN = x\n" + text + b"\nBest regards, your CA\n"


def indented(text: bytes) -> bytes:
    return b"".join(b"    " + line + b"\n" for line in text.splitlines())


def trusted() -> bytes:
    """OpenSSL's form, which appends what it is trusted for (``x509 -addtrust``)."""
    uses = bytes.fromhex("300c300a06082b06010505070301")
    return block("TRUSTED CERTIFICATE", der(SITE)[0] + uses) + pem(MIDDLE, ROOT)


CHAINS: dict[str, bytes] = {
    "in order": WHOLE,
    "root first": pem(ROOT, MIDDLE, SITE),
    "site in the middle": pem(MIDDLE, SITE, ROOT),
    "several times, and others": pem(SITE, MIDDLE, SITE, STRANGER, ROOT, MIDDLE, ROOT),
    "CR LF": WHOLE.replace(b"\n", b"\r\n"),
    "CR": WHOLE.replace(b"\n", b"\r"),
    "byte order mark": b"\xef\xbb\xbf" + WHOLE,
    "UTF-16": WHOLE.decode().encode("utf-16"),
    "text around": with_words(WHOLE),
    "indented": indented(WHOLE),
    "on one line each": WHOLE.replace(b"\n", b"").replace(b"----------", b"-----\n-----"),
    "no line end at the end": WHOLE.rstrip(),
    "older label": WHOLE.replace(b" CERTIFICATE--", b" X509 CERTIFICATE--"),
    "OpenSSL's trusted form": trusted(),
    "P7B": p7b(Encoding.PEM),
    "P7B, DER": p7b(Encoding.DER),
    "P7B, base64 alone": base64.encodebytes(p7b(Encoding.DER)),
    "with its key": WHOLE + KEY,
}


@pytest.mark.parametrize("form", CHAINS)
def test_the_chain_in_every_form(form: str, tmp_path: Path) -> None:
    certificate = load(tmp_path, CHAINS[form], KEY)
    assert certificate.chain == SENT
    assert certificate.key.reveal() == KEY.decode()


def test_a_single_certificate_in_der(tmp_path: Path) -> None:
    alone = site(None)
    certificate = load(tmp_path, der(alone)[0], key_pem(alone.key))
    assert certificate.chain == pem(alone) and certificate.info.self_signed
    assert load(tmp_path, base64.encodebytes(der(alone)[0]), key_pem(alone.key)).chain == pem(alone)


def test_the_intermediate_may_be_in_the_key_file(tmp_path: Path) -> None:
    """Where the authority sends two files and nobody wants to edit the first."""
    assert load(tmp_path, pem(SITE), KEY + pem(MIDDLE, ROOT)).chain == SENT


EC_KEY = SITE.key
KEYS: dict[str, tuple[Issued, bytes]] = {
    "PKCS #8": (SITE, KEY),
    "SEC 1": (SITE, key_pem(EC_KEY, form=PrivateFormat.TraditionalOpenSSL)),
    "PKCS #1": (RSA_SITE, key_pem(RSA_SITE.key, form=PrivateFormat.TraditionalOpenSSL)),
    "PKCS #8, encrypted": (SITE, key_pem(EC_KEY, "phrase")),
    "SEC 1, encrypted": (SITE, key_pem(EC_KEY, "phrase", PrivateFormat.TraditionalOpenSSL)),
    "PKCS #1, encrypted": (RSA_SITE, key_pem(RSA_SITE.key, "phrase", PrivateFormat.TraditionalOpenSSL)),
    "CR LF, encrypted": (
        SITE,
        key_pem(EC_KEY, "phrase", PrivateFormat.TraditionalOpenSSL).replace(b"\n", b"\r\n"),
    ),
    "indented, encrypted": (SITE, indented(key_pem(EC_KEY, "phrase", PrivateFormat.TraditionalOpenSSL))),
    "DER": (SITE, EC_KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
    "DER, encrypted": (
        SITE,
        EC_KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"phrase")),
    ),
    "behind its parameters": (SITE, block("EC PARAMETERS", bytes.fromhex("06082a8648ce3d030107")) + KEY),
    "one of several": (SITE, key_pem(ec_key()) + KEY),
}


@pytest.mark.parametrize("form", KEYS)
def test_the_key_in_every_form(form: str, tmp_path: Path) -> None:
    """A passphrase that a key does not need is no reason to refuse it."""
    of, data = KEYS[form]
    certificate = load(tmp_path, pem(of, MIDDLE, ROOT), data, "phrase")
    assert certificate.chain == pem(of, MIDDLE)
    assert certificate.key.reveal() == key_pem(of.key).decode()


def pfx(how: object, passphrase: bytes = b"phrase") -> bytes:
    assert isinstance(EC_KEY, ec.EllipticCurvePrivateKey)
    others = [ROOT.certificate, MIDDLE.certificate]
    encryption = how.build(passphrase) if hasattr(how, "build") else how
    return pkcs12.serialize_key_and_certificates(b"x", EC_KEY, SITE.certificate, others, encryption)  # type: ignore[arg-type]


def old_pfx() -> bytes:
    """As Windows made them for many years."""
    how = PrivateFormat.PKCS12.encryption_builder().hmac_hash(hashes.SHA1())
    return pfx(how.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC))


@pytest.mark.parametrize(
    "data",
    [pfx(BestAvailableEncryption(b"phrase")), old_pfx(), pfx(NoEncryption())],
    ids=["new", "3DES", "open"],
)
def test_a_pfx(data: bytes, tmp_path: Path) -> None:
    certificate = load(tmp_path, data, passphrase="phrase")
    assert certificate.chain == SENT and certificate.key.reveal() == KEY.decode()
    assert load(tmp_path, data, KEY, "phrase").chain == SENT  # its key is named once more
    assert load(tmp_path, pem(SITE), data, "phrase").chain == SENT  # as key file: it holds the chain, too


def test_an_open_pfx_needs_no_passphrase(tmp_path: Path) -> None:
    assert load(tmp_path, pfx(NoEncryption())).chain == SENT


@pytest.mark.skipif(shutil.which("openssl") is None, reason="cryptography does not write RC2")
def test_a_pfx_with_rc2(tmp_path: Path) -> None:
    for name, data in (("c.pem", WHOLE), ("k.pem", KEY)):
        (tmp_path / name).write_bytes(data)
    words = "openssl pkcs12 -export -legacy -in c.pem -inkey k.pem -passout pass:phrase"
    made = subprocess.run(words.split(), cwd=tmp_path, capture_output=True, check=False)
    if made.returncode:
        pytest.skip("this OpenSSL has no old methods")
    assert load(tmp_path, made.stdout, passphrase="phrase").chain == SENT


# ------------------------------------------------------------------------- which, and with what


def test_of_two_for_one_key_the_one_that_is_valid(tmp_path: Path) -> None:
    old, new = site(MIDDLE, key=EC_KEY, days=-1), site(MIDDLE, key=EC_KEY, days=30)
    later = site(MIDDLE, key=EC_KEY, since=-5, days=90)
    assert load(tmp_path, pem(old, new, later, MIDDLE, ROOT), KEY).chain == pem(new, MIDDLE)


def test_one_of_openssls_making_is_a_sites_although_it_says_authority(tmp_path: Path) -> None:
    """``openssl req -x509`` sets CA:TRUE."""
    own = issue(SITE_NAME, ca=True, names=(SITE_NAME,), uses=())
    certificate = load(tmp_path, pem(own), key_pem(own.key))
    assert certificate.chain == pem(own) and certificate.info.self_signed
    issued = issue(SITE_NAME, ROOT, ca=True, names=(SITE_NAME,), uses=())
    with pytest.raises(InstallError) as caught:
        load(tmp_path, pem(issued, ROOT), key_pem(issued.key))
    assert caught.value.params["reason"] == "ca"


def cross(by: Issued, **more: Any) -> Issued:
    """The root's key, vouched for by an older root."""
    return issue("Example Root", by, key=ROOT.key, ca=True, **more)


OLD_RSA = issue("Oldest Root", ca=True, key=rsa.generate_private_key(65537, 2048), days=4000)


@pytest.mark.parametrize(
    ("more", "sent"),
    [
        (lambda: (ROOT, cross(STRANGER)), 3),
        (lambda: (ROOT, cross(STRANGER), STRANGER), 3),
        (lambda: (cross(STRANGER), STRANGER), 3),
        (lambda: (ROOT, cross(STRANGER, since=90, days=-1)), 2),
        (lambda: (ROOT, with_weak_signature(cross(OLD_RSA), OLD_RSA, "sha1")), 2),
    ],
    ids=["and the root", "and both roots", "and its own root", "expired", "weak"],
)
def test_a_root_that_an_older_one_vouches_for(
    more: Callable[[], tuple[Issued, ...]], sent: int, tmp_path: Path
) -> None:
    info = load(tmp_path, pem(SITE, MIDDLE, *more()), KEY).info
    last = "Example Root" if sent == 3 else "Example Intermediate"
    assert len(info.chain) == sent and info.chain[-1].subject == last


# ------------------------------------------------------------------------- what is said of it


def test_what_is_said(tmp_path: Path) -> None:
    info = load(tmp_path, WHOLE, KEY).info
    assert info.names == (SITE_NAME, f"*.{SITE_NAME}", "203.0.113.5")
    assert (info.subject, info.issuer) == (SITE_NAME, "Example Intermediate")
    assert info.not_before == NOW - dt.timedelta(days=60) and info.not_after == NOW + dt.timedelta(days=90)
    assert info.days_left == 90 and not info.self_signed and info.trust == "unknown"
    assert info.key == "EC secp256r1"
    assert [(c.subject, c.issuer) for c in info.chain] == [
        (SITE_NAME, "Example Intermediate"),
        ("Example Intermediate", "Example Root"),
    ]
    plain = SITE.certificate.fingerprint(hashes.SHA256()).hex().upper()
    assert info.fingerprint.replace(":", "") == plain and info.fingerprint.count(":") == 31
    shown = json.loads(json.dumps(info.as_json()))
    assert shown["days_left"] == 90 and shown["trust"] == "unknown" and len(shown["chain"]) == 2
    assert dt.datetime.fromisoformat(shown["not_after"]) == info.not_after
    assert load(tmp_path, pem(RSA_SITE, MIDDLE, ROOT), key_pem(RSA_SITE.key)).info.key == "RSA 2048"


def test_the_key_is_never_shown(tmp_path: Path) -> None:
    certificate = load(tmp_path, WHOLE, KEY)
    shown = f"{certificate} {certificate.info} {json.dumps(certificate.info.as_json())}"
    lines = KEY.decode().splitlines()[1:-1]
    assert not any(line in shown for line in lines)
    redact = Redactor(certificate.secrets)
    assert redact(KEY.decode()) == MASK
    assert not any(line in redact(f"nginx: {line}") for line in lines if len(line) >= 16)


@pytest.fixture
def public_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """``ROOT`` is one that browsers know."""
    others = der(STRANGER, issue("Example Root", ca=True))
    monkeypatch.setattr(roots, "_bundle", lambda: (*others, *der(ROOT)))


@pytest.mark.usefixtures("public_root")
def test_a_public_root_need_not_be_in_the_file(tmp_path: Path) -> None:
    certificate = load(tmp_path, pem(MIDDLE, SITE), KEY)
    assert certificate.chain == SENT and certificate.info.trust == "public"
    assert load(tmp_path, WHOLE, KEY).info.trust == "public"
    for name in ("*.example.com", "203.0.113.5"):
        one = site(MIDDLE, names=(name,))
        assert load(tmp_path, pem(one, MIDDLE), key_pem(one.key)).info.trust == "public"


@pytest.mark.usefixtures("public_root")
def test_public_only_if_all_rules_of_the_web_are_kept(tmp_path: Path) -> None:
    """Nothing is claimed of one that leads to a public root and that browsers may refuse all the same."""
    bad = issue("underscore", MIDDLE, names=("no_name.example.com",))
    assert load(tmp_path, pem(bad, MIDDLE), key_pem(bad.key)).info.trust == "unknown"
    company = issue("Company Root", ca=True)
    own = site(company)
    assert load(tmp_path, pem(own, company), key_pem(own.key)).info.trust == "unknown"


@pytest.mark.usefixtures("public_root")
def test_a_missing_intermediate_is_told_although_the_root_is_public(tmp_path: Path) -> None:
    with pytest.raises(InstallError) as caught:
        load(tmp_path, pem(SITE), KEY)
    assert caught.value.params["issuer"] == "Example Intermediate"


def test_the_bundled_roots_can_be_found() -> None:
    bundle = roots._bundle()
    wanted = x509.load_der_x509_certificate(next(one for one in bundle if b"ISRG Root X1" in one))
    assert roots.roots_named(wanted.subject) == (wanted,) and len(bundle) > 50
    assert roots.roots_named(ROOT.certificate.subject) == ()
