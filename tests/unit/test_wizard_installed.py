"""Answers that are read back from an installation."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from installer.answers import Answers, Ports, Release, Site, Target, Tls
from installer.answers.optional import Capacity, Database, Proxy, Registry
from installer.core.secrets import Secret
from installer.facts.certificates import Certificates, Issued
from installer.facts.model import Facts, Record
from installer.state.persisted_answers import FIELDS, KEY, noted, recalled, recorded_source, with_source
from installer.views.wizard.installed import as_installed

ANSWERS = Answers(target=Target(kind="ssh", host="203.0.113.5", user="root"))
AUTHORITY = "CERTBOT_DOMAIN=dify.example.jp\nNGINX_SSL_CERT_FILENAME=fullchain.pem\n"


def facts(url: str, env: str, **record: object) -> Facts:
    found = Record.parse(json.dumps({"version": "1.16.1", "project": "dify", "url": url, **record}))
    return Facts(env=Secret(env), record=found)


def env(http: str = "80", https: str = "443", *, on: bool = False, store: str = "weaviate") -> str:
    lines = (f"EXPOSE_NGINX_PORT={http}", f"EXPOSE_NGINX_SSL_PORT={https}", f"VECTOR_STORE={store}")
    return "\n".join([*lines, f"NGINX_HTTPS_ENABLED={str(on).lower()}", ""])


def test_without_https() -> None:
    found = as_installed(ANSWERS, facts("http://203.0.113.5", env("8080")))
    assert (found.site, found.ports, found.tls) == (Site(), Ports(http=8080), Tls())


def test_behind_a_web_server() -> None:
    found = as_installed(ANSWERS, facts("https://dify.example.jp", env("127.0.0.1:8080")))
    assert found.site == Site("dify.example.jp", "127.0.0.1")
    assert (found.ports, found.tls) == (Ports(http=8080), Tls(mode="proxy"))


@pytest.mark.parametrize(
    ("server", "named"),
    [
        ("https://acme-v02.api.letsencrypt.org/directory", ""),
        ("", ""),
        ("https://ca.example.jp/acme", "https://ca.example.jp/acme"),
    ],
)
def test_by_an_authority(server: str, named: str) -> None:
    there = facts("https://dify.example.jp", env(on=True) + AUTHORITY)
    issued = Issued("dify.example.jp", ("dify.example.jp",), 0.0, 1.0, server)
    found = as_installed(ANSWERS, replace(there, certificates=Certificates((issued,))))
    assert found.tls == Tls(mode="letsencrypt", acme_server=named)
    assert (found.ports, found.site) == (Ports(https=443), Site("dify.example.jp"))


def test_self_signed_and_own() -> None:
    there = facts("https://dify.example.jp:8443", env("[::1]:80", "[::1]:8443", on=True))
    own = as_installed(ANSWERS, there)
    assert (own.tls.mode, own.ports.https, own.site.bind) == ("own", 8443, "::1")
    text = env(on=True) + "NGINX_SSL_CERT_FILENAME=self-signed.crt\n"
    assert as_installed(ANSWERS, replace(there, env=Secret(text))).tls.mode == "self-signed"
    # one that was made before, and is not in use
    assert as_installed(ANSWERS, replace(there, self_signed=Secret("PEM"))).tls.mode == "own"


def test_its_stores() -> None:
    found = as_installed(ANSWERS, facts("http://x", env(store="qdrant"), database="mysql"))
    assert (found.stores.vector, found.database) == ("qdrant", Database("mysql"))


@pytest.mark.parametrize(
    "answers",
    [
        replace(ANSWERS, site=Site("other.example.jp")),
        replace(ANSWERS, ports=Ports(http=8081)),
        replace(ANSWERS, tls=Tls(mode="self-signed")),
    ],
)
def test_answers_that_say_something_stay(answers: Answers) -> None:
    assert as_installed(answers, facts("https://dify.example.jp", env(on=True) + AUTHORITY)) == answers


@pytest.mark.parametrize(
    "there",
    [
        Facts(),
        Facts(env=Secret(env(on=True))),
        facts("https://dify.example.jp", "A='unended\nB"),
    ],
)
def test_what_cannot_be_read_is_not_guessed(there: Facts) -> None:
    assert as_installed(ANSWERS, there) == ANSWERS


def test_a_port_that_is_none_is_the_usual_one() -> None:
    found = as_installed(ANSWERS, facts("http://203.0.113.5", env("${PORT}")))
    assert found.ports == Ports()


# ------------------------------------------------------------------- what the record keeps

KEPT = replace(
    ANSWERS,
    site=Site("dify.example.jp", "127.0.0.1"),
    ports=Ports(http=8080, plugin_debugging=5004, plugin_debugging_public=True),
    tls=Tls(
        mode="proxy",
        redirect=False,
        hsts=True,
        proxy_install=True,
        proxy_certificate="/etc/ssl/chain.pem",
        proxy_key="/etc/ssl/key.pem",
    ),
    capacity=Capacity("8gb"),
    proxy=Proxy("http://proxy.example.jp:3128", user="me", exceptions=("git.example.jp",)),
    registry=Registry("mirror.example.jp", "this-computer"),
    release=replace(ANSWERS.release, source="https://releases.example.jp"),
)


def test_nothing_is_switched_off_because_nobody_said_it_again() -> None:
    there = facts("https://dify.example.jp", env("127.0.0.1:8080"), **{KEY: noted(KEPT)})
    assert as_installed(ANSWERS, there) == replace(KEPT, release=ANSWERS.release)


def test_an_authority_that_has_not_issued_yet_is_still_asked_for() -> None:
    asked = replace(ANSWERS, tls=Tls(mode="letsencrypt", email="a@example.jp", acme_server="https://ca.x/d"))
    there = facts("http://dify.example.jp", env(), **{KEY: noted(asked)})
    found = as_installed(ANSWERS, there)
    assert found.tls == asked.tls and found.ports == Ports(https=443)


def test_files_of_a_person_s_own_stay_with_them() -> None:
    own = replace(ANSWERS, tls=Tls(mode="own", certificate="/home/me/c.pem", key="/home/me/k.pem"))
    assert "/home" not in json.dumps(noted(own))
    there = facts("https://dify.example.jp", env(on=True), **{KEY: noted(own)})
    assert as_installed(ANSWERS, there).tls == Tls(mode="own")


def test_a_mirror_of_releases_that_somebody_names_stays() -> None:
    there = facts("https://dify.example.jp", env("127.0.0.1:8080"), **{KEY: noted(KEPT)})
    named = replace(ANSWERS, release=replace(ANSWERS.release, source="https://other.example.jp"))
    assert as_installed(named, there).release == named.release
    archive = replace(ANSWERS, release=replace(ANSWERS.release, source="/home/me/dify.tar.gz"))
    assert "/home" not in json.dumps(noted(archive))
    assert as_installed(archive, there).release == archive.release


@pytest.mark.parametrize(
    "source",
    [
        *("http://169.254.169.254", "http://mirror.example.jp", "/etc/x.tar.gz", "C:\\x.zip"),
        *("\\\\evil.example\\share\\dify.zip", "file:///etc/x.tar.gz", "https://user@x.jp", "https://["),
        *("https://x.jp/a b", "https://x.jp/\n", "https://x.jp?y", "", 7, None, ["https://x.jp"]),
    ],
)
def test_what_is_no_source_is_none_whoever_knows_it(source: object) -> None:
    record = {KEY: {"release": {"source": source}}}
    assert recorded_source(record) == ""
    assert with_source(ANSWERS, record, lambda _: True) == ANSWERS


def test_a_source_counts_if_this_computer_has_used_it() -> None:
    """The record is a file on the server: it does not choose what is asked for here."""
    record = {KEY: noted(KEPT)}
    assert with_source(ANSWERS, record, lambda _: False) == ANSWERS
    known = with_source(ANSWERS, record, KEPT.release.source.__eq__)
    assert known.release == KEPT.release
    named = replace(ANSWERS, release=Release(source="https://other.example.jp"))
    assert with_source(named, record, lambda _: True) == named
    here = {KEY: noted(replace(KEPT, release=Release(source="http://127.0.0.1:8500")))}
    assert with_source(ANSWERS, here, lambda _: True).release.source == "http://127.0.0.1:8500"


def test_no_record_names_a_file_of_this_computer() -> None:
    said = {"settings": {"REDIS_HOST": "r", "REDIS_SSL_CA_CERTS": "/home/me/.ssh/id_ed25519"}}
    found = recalled(ANSWERS, {KEY: {"redis": {"external": True, **said}}})
    assert found is not None and dict(found.redis.settings) == {"REDIS_HOST": "r"}
    tls = {"mode": "own", "certificate": "/home/me/c.pem", "key": "/home/me/.ssh/id_ed25519"}
    found = recalled(ANSWERS, {KEY: {"tls": tls}})
    assert found is not None and found.tls == Tls(mode="own")


@pytest.mark.parametrize(
    ("url", "lines"),
    [
        ("http://[", env()),
        ("javascript:alert(1)", env()),
        ("http://x y/", env("99999", "70000")),
        ("http://a;b.jp", env("a'b:80")),
        (7, env("1" * 5000)),
        ("https://d.jp", env("\u0663:80", store="a b")),
    ],
)
def test_odd_addresses_and_ports_are_not_believed(url: object, lines: str) -> None:
    found = as_installed(ANSWERS, facts(url, lines, database="x; rm -rf"))  # type: ignore[arg-type]
    assert found.site.address in ("", "d.jp") and found.site.bind == Site().bind
    assert found.ports.http in (80, Ports().http) and found.ports.https in (0, 443)
    assert found.database == ANSWERS.database and found.stores.vector in ("weaviate", ANSWERS.stores.vector)


@pytest.mark.parametrize("section", [name for name in FIELDS if name != "release"])
def test_what_was_written_by_hand_is_not_believed(section: str) -> None:
    kept: dict[str, object] = {**noted(KEPT), section: {name: {"x": 1} for name in FIELDS[section]}}
    found = as_installed(ANSWERS, facts("https://dify.example.jp", env("127.0.0.1:8080"), **{KEY: kept}))
    assert getattr(found, section) == replace(
        getattr(ANSWERS, section), **({"http": 8080} if section == "ports" else {})
    )
    assert as_installed(ANSWERS, facts("http://x", env(), **{KEY: {**kept, section: "?"}})).site == Site("x")
