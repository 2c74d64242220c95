"""The certificate that a configuration places, a person's own or one that is made for the site."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from installer.answers import Answers, Ports, Secrets, Site, Target, Tls
from installer.config import Configuration, render
from installer.config.in_use import InUse
from installer.core.errors import Code, InstallError
from installer.core.resources import table
from tests.certificates import SITE_NAME, key_pem, pem, site
from tests.compose_cli import compose_config, compose_version
from tests.real_releases import every_release
from tests.releases import model_of, tree_of

OWN = site(None)
SELF_SIGNED = Answers(
    target=Target(host=SITE_NAME, user="u"), tls=Tls(mode="self-signed"), ports=Ports(https=8443)
)


def written(folder: Path) -> Tls:
    (folder / "c.pem").write_bytes(pem(OWN))
    (folder / "k.pem").write_bytes(key_pem(OWN.key))
    return Tls(mode="own", certificate=str(folder / "c.pem"), key=str(folder / "k.pem"))


def configure(
    version: str, answers: Answers, existing: str | None = None, self_signed: str = ""
) -> Configuration:
    return render(
        answers, Secrets(), tree_of(version), model_of(version), InUse(existing, self_signed=self_signed)
    )


def pair(configuration: Configuration) -> str:
    """Certificate and key as the target has them."""
    files = {f.path: f.data.decode() for f in configuration.files}
    return files["nginx/ssl/self-signed.crt"] + files["nginx/ssl/self-signed.key"]


@pytest.mark.parametrize("address", ["other.example.com", "203.0.113.6"])
def test_for_another_address(tmp_path: Path, address: str) -> None:
    answers = Answers(target=Target(host=address, user="u"), tls=written(tmp_path))
    with pytest.raises(InstallError) as caught:
        configure("99.0.0", answers)
    assert caught.value.code == Code.CERTIFICATE_UNREADABLE
    assert caught.value.params["reason"] == "address" and caught.value.params["address"] == address
    assert caught.value.params["names"] == "dify.example.com, *.dify.example.com, 203.0.113.5"


@every_release
def test_ones_own(version: str, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    answers = Answers(target=Target(host=SITE_NAME, user="u"), tls=written(tmp_path), ports=Ports(https=8443))
    configuration = configure(version, answers)
    files = {f.path: f for f in configuration.files}
    assert files["nginx/ssl/dify.crt"].data == pem(OWN)
    assert (files["nginx/ssl/dify.crt"].mode, files["nginx/ssl/dify.key"].mode) == (0o600, 0o600)
    assert configuration.env["NGINX_HTTPS_ENABLED"] == "true"
    assert configuration.env["NGINX_SSL_CERT_FILENAME"] == "dify.crt"
    assert configuration.base_url == configuration.env["CONSOLE_API_URL"] == "https://dify.example.com:8443"
    assert [p.host_port for p in configuration.ports if p.purpose == "https"] == [8443]
    assert any(key.reveal().startswith("-----BEGIN PRIVATE") for key in configuration.secrets)
    assert configuration.certificate is not None and configuration.certificate.names[0] == SITE_NAME
    if compose_version():
        contents = {f.path: f.data for f in (*tree_of(version).files, *configuration.files)}
        nginx = compose_config(tmp_path / "tree", contents)["services"]["nginx"]
        mounts = {v["target"]: v["source"] for v in nginx["volumes"]}
        assert mounts["/etc/nginx/https.conf.template"].endswith("nginx/https-redirect.conf.template")
        assert nginx["environment"]["scheme"] == "$scheme"


@every_release
def test_one_that_is_made(version: str) -> None:
    configuration = configure(version, SELF_SIGNED)
    files = {f.path: f for f in configuration.files}
    assert not any("dify.crt" in path or "dify.key" in path for path in files)
    certificate, key = files["nginx/ssl/self-signed.crt"], files["nginx/ssl/self-signed.key"]
    assert (certificate.mode, key.mode) == (0o600, 0o600)
    assert configuration.env["NGINX_HTTPS_ENABLED"] == "true"
    assert configuration.env["NGINX_SSL_CERT_FILENAME"] == "self-signed.crt"
    assert configuration.env["NGINX_SSL_CERT_KEY_FILENAME"] == "self-signed.key"
    names = x509.load_pem_x509_certificate(certificate.data).extensions
    assert SITE_NAME in str(names.get_extension_for_class(x509.SubjectAlternativeName))
    assert configuration.certificate is not None and configuration.certificate.self_signed
    assert any(secret.reveal() == key.data.decode() for secret in configuration.secrets)


@every_release
def test_what_was_made_stays(version: str) -> None:
    first = configure(version, SELF_SIGNED)
    second = configure(version, SELF_SIGNED, first.env_text.reveal(), pair(first))
    assert second.env_text == first.env_text
    assert second.files == first.files and second.changes == ()
    moved = replace(SELF_SIGNED, site=Site(address="new.example.com"))
    assert pair(configure(version, moved, first.env_text.reveal(), pair(first))) != pair(first)


def test_without_https_nothing_is_placed() -> None:
    for mode in ("off", "proxy"):
        configuration = configure("99.0.0", replace(SELF_SIGNED, tls=Tls(mode=mode), ports=Ports()))
        assert configuration.certificate is None
        assert not [f.path for f in configuration.files if f.path.startswith("nginx/ssl")]


@every_release
@pytest.mark.parametrize(
    ("mode", "scheme"),
    [("off", "http"), *((mode, "https") for mode in ("own", "self-signed", "letsencrypt", "proxy"))],
)
def test_addresses_follow_the_mode(version: str, mode: str, scheme: str, tmp_path: Path) -> None:
    """Also those that make cookies Secure (CONSOLE_API_URL and CONSOLE_WEB_URL): one of them alone with http
    would let nobody log in."""
    tls = written(tmp_path) if mode == "own" else Tls(mode=mode)
    ports = Ports(https=443 if scheme == "https" and mode != "proxy" else 0)
    answers = Answers(target=Target(host=SITE_NAME, user="u"), tls=tls, ports=ports)
    configuration = configure(version, answers)
    env, base = configuration.env, f"{scheme}://{SITE_NAME}"
    assert configuration.base_url == base
    for entry in table("urls")["url"]:
        if entry["key"] in env and "{base}" in entry["value"]:
            assert env[entry["key"]].startswith(base), entry["key"]
    assert env["CONSOLE_API_URL"] == env["CONSOLE_WEB_URL"] == base
    if model_of(version).knows("NEXT_PUBLIC_SOCKET_URL"):
        assert env["NEXT_PUBLIC_SOCKET_URL"].startswith("wss://" if scheme == "https" else "ws://")
    if model_of(version).knows("INTERNAL_FILES_URL"):
        assert env["INTERNAL_FILES_URL"] == "http://api:5001"  # containers trust no certificate of ours


def test_a_change_of_mode_takes_all_addresses_along(tmp_path: Path) -> None:
    version = "99.0.0"
    before = configure(version, replace(SELF_SIGNED, tls=Tls(), ports=Ports()))
    after = configure(version, SELF_SIGNED, before.env_text.reveal())
    changed = {change.key for change in after.changes}
    assert {"CONSOLE_API_URL", "CONSOLE_WEB_URL", "NGINX_HTTPS_ENABLED"} <= changed
    assert not any(value.startswith(f"http://{SITE_NAME}") for value in after.env.values())
    back = configure(version, replace(SELF_SIGNED, tls=Tls(), ports=Ports()), after.env_text.reveal())
    assert not any("https://dify.example.com" in value for value in back.env.values())
