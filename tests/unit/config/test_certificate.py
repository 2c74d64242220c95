"""People's own certificates."""

from __future__ import annotations

import datetime as dt
import ipaddress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from installer.config import load_certificate, render
from installer.errors import Code, InstallError
from installer.secrets import Secret
from installer.settings import Answers, Ports, Secrets, Target, Tls
from tests.compose_cli import compose_config, compose_version
from tests.releases import every_release, model_of, tree_of

NOW = dt.datetime.now(dt.UTC)
KEY, OTHER_KEY = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


def issue(key: ec.EllipticCurvePrivateKey, name: str, days: int = 30) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = [
        x509.DNSName(name),
        x509.DNSName(f"*.{name}"),
        x509.IPAddress(ipaddress.ip_address("203.0.113.5")),
    ]
    start = NOW - dt.timedelta(days=60)
    builder = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    )
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(NOW + dt.timedelta(days=days))
    return builder.add_extension(x509.SubjectAlternativeName(names), critical=False).sign(
        key, hashes.SHA256()
    )


SITE, CA = issue(KEY, "dify.example.com"), issue(OTHER_KEY, "ca.example.com")


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(c.public_bytes(Encoding.PEM) for c in certificates)


def key_pem(passphrase: str = "", form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    how = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return KEY.private_bytes(Encoding.PEM, form, how)


def written(folder: Path, chain: bytes, key: bytes) -> Tls:
    (folder / "c.pem").write_bytes(chain)
    (folder / "k.pem").write_bytes(key)
    return Tls(mode="own", certificate=str(folder / "c.pem"), key=str(folder / "k.pem"))


def reason(tls: Tls, secrets: Secrets | None = None) -> str:
    with pytest.raises(InstallError) as caught:
        load_certificate(tls, secrets or Secrets())
    assert caught.value.code == Code.CERTIFICATE_UNREADABLE
    return caught.value.params["reason"]


def test_pem_chain_is_put_in_order(tmp_path: Path) -> None:
    certificate = load_certificate(written(tmp_path, pem(CA, SITE), key_pem()), Secrets())
    assert certificate.chain == pem(SITE, CA)
    assert certificate.key.reveal().startswith("-----BEGIN PRIVATE KEY-----")
    assert certificate.covers("dify.example.com") and certificate.covers("203.0.113.5")
    assert certificate.covers("a.dify.example.com") and not certificate.covers("a.b.dify.example.com")
    assert not certificate.covers("example.com")
    assert certificate.covers("DIFY.example.com.") and not certificate.covers("2001:db8::1")
    assert certificate.not_after > NOW


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_encrypted_key(tmp_path: Path, form: PrivateFormat) -> None:
    tls = written(tmp_path, pem(SITE), key_pem("phrase", form))
    assert load_certificate(tls, Secrets(tls_passphrase=Secret("phrase"))).chain == pem(SITE)
    assert reason(tls) == "passphrase"
    assert reason(tls, Secrets(tls_passphrase=Secret("wrong"))) in ("passphrase", "format")


def test_pfx(tmp_path: Path) -> None:
    how = BestAvailableEncryption(b"phrase")
    (tmp_path / "c.pfx").write_bytes(pkcs12.serialize_key_and_certificates(b"x", KEY, SITE, [CA], how))
    tls = Tls(mode="own", certificate=str(tmp_path / "c.pfx"))
    assert load_certificate(tls, Secrets(tls_passphrase=Secret("phrase"))).chain == pem(SITE, CA)
    assert reason(tls) == "passphrase"


def test_refused(tmp_path: Path) -> None:
    assert reason(Tls(mode="own", certificate=str(tmp_path / "none"), key="/none")) == "missing"
    assert reason(written(tmp_path, b"no certificate", key_pem())) == "format"
    assert reason(written(tmp_path, pem(SITE), b"no key")) == "format"
    assert reason(written(tmp_path, pem(CA), key_pem())) == "mismatch"
    assert reason(written(tmp_path, pem(issue(KEY, "old.example.com", days=-1)), key_pem())) == "expired"


def test_unsupported_algorithm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise UnsupportedAlgorithm("Curve 1.3.132.0.10 is not supported")

    monkeypatch.setattr(serialization, "load_pem_private_key", refuse)
    assert reason(written(tmp_path, pem(SITE), key_pem())) == "algorithm"


@pytest.mark.parametrize("address", ["other.example.com", "203.0.113.6"])
def test_for_another_address(tmp_path: Path, address: str) -> None:
    answers = Answers(target=Target(host=address, user="u"), tls=written(tmp_path, pem(SITE), key_pem()))
    with pytest.raises(InstallError) as caught:
        render(answers, Secrets(), tree_of("99.0.0"), model_of("99.0.0"))
    assert caught.value.code == Code.CERTIFICATE_UNREADABLE
    assert caught.value.params["reason"] == "address" and caught.value.params["address"] == address
    assert caught.value.params["names"] == "dify.example.com, *.dify.example.com, 203.0.113.5"


@every_release
def test_rendered(version: str, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    tls = written(tmp_path, pem(SITE), key_pem())
    answers = Answers(target=Target(host="dify.example.com", user="u"), tls=tls, ports=Ports(https=8443))
    configuration = render(answers, Secrets(), tree_of(version), model_of(version))
    files = {f.path: f for f in configuration.files}
    assert files["nginx/ssl/dify.crt"].data == pem(SITE)
    assert (files["nginx/ssl/dify.crt"].mode, files["nginx/ssl/dify.key"].mode) == (0o600, 0o600)
    assert configuration.env["NGINX_HTTPS_ENABLED"] == "true"
    assert configuration.base_url == configuration.env["CONSOLE_API_URL"] == "https://dify.example.com:8443"
    assert [p.host_port for p in configuration.ports if p.purpose == "https"] == [8443]
    assert any(key.reveal().startswith("-----BEGIN PRIVATE") for key in configuration.secrets)
    template = files["nginx/https-redirect.conf.template"].data.decode()
    assert "return 301 https://$host:8443$request_uri;" in template and "ssl_certificate" in template
    if compose_version():
        contents = {f.path: f.data for f in (*tree_of(version).files, *configuration.files)}
        nginx = compose_config(tmp_path / "tree", contents)["services"]["nginx"]
        mounts = {v["target"]: v["source"] for v in nginx["volumes"]}
        assert mounts["/etc/nginx/https.conf.template"].endswith("nginx/https-redirect.conf.template")
        assert nginx["environment"]["scheme"] == "$scheme"


def test_without_redirect(tmp_path: Path) -> None:
    tls = written(tmp_path, pem(SITE), key_pem())
    tls = Tls(mode="own", certificate=tls.certificate, key=tls.key, redirect=False)
    answers = Answers(target=Target(host="dify.example.com", user="u"), tls=tls, ports=Ports(https=443))
    configuration = render(answers, Secrets(), tree_of("99.0.0"), model_of("99.0.0"))
    assert not [f for f in configuration.files if "redirect" in f.path]
    assert "https.conf.template" not in configuration.override_text
