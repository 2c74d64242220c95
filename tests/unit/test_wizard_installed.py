"""Answers that are read back from an installation."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from installer.facts.certificates import Certificates, Issued
from installer.facts.model import Facts, Record
from installer.secrets import Secret
from installer.settings import Answers, Ports, Site, Target, Tls
from installer.settings.noted import NOTED, note_of
from installer.settings.optional import Capacity, Database, Proxy, Registry
from installer.wizard.installed import as_installed

ANSWERS = Answers(target=Target(kind="ssh", host="203.0.113.5", user="root"))
RENEWAL = {"renewal": {"lineage": "dify.example.jp", "scheduler": "systemd", "unit": "u"}}


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
    there = facts("https://dify.example.jp", env(on=True), **RENEWAL)
    issued = Issued("dify.example.jp", ("dify.example.jp",), 0.0, 1.0, server)
    found = as_installed(ANSWERS, replace(there, certificates=Certificates((issued,))))
    assert found.tls == Tls(mode="letsencrypt", acme_server=named)
    assert (found.ports, found.site) == (Ports(https=443), Site("dify.example.jp"))


def test_the_address_that_the_authority_writes_to_stays() -> None:
    there = facts("https://dify.example.jp", env(on=True) + "CERTBOT_EMAIL=admin@example.jp\n", **RENEWAL)
    assert as_installed(ANSWERS, there).tls.email == "admin@example.jp"


def test_self_signed_and_own() -> None:
    there = facts("https://dify.example.jp:8443", env("[::1]:80", "[::1]:8443", on=True))
    own = as_installed(ANSWERS, there)
    assert (own.tls.mode, own.ports.https, own.site.bind) == ("own", 8443, "::1")
    signed = as_installed(ANSWERS, replace(there, self_signed=Secret("PEM")))
    assert signed.tls.mode == "self-signed"


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
    assert as_installed(answers, facts("https://dify.example.jp", env(on=True), **RENEWAL)) == answers


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


def test_what_nothing_else_tells_is_noted_and_comes_back() -> None:
    given = replace(
        ANSWERS,
        tls=Tls(mode="proxy", redirect=False, hsts=True, proxy_install=True),
        ports=Ports(plugin_debugging=5004),
        proxy=Proxy("http://10.0.0.1:3128", user="dify", exceptions=("a.internal",)),
        registry=Registry("mirror.example.jp"),
        capacity=Capacity("small"),
    )
    there = facts("https://203.0.113.5", env("127.0.0.1:80"), answers=note_of(given))
    found = as_installed(ANSWERS, there)
    assert replace(found, site=given.site) == given
    asked = replace(ANSWERS, proxy=Proxy("http://10.0.0.2:3128"))
    assert as_installed(asked, there).proxy == asked.proxy


@pytest.mark.parametrize(
    "note",
    [
        None,
        "text",
        {"tls": "text", "proxy": ["http"]},
        {"tls": {"redirect": 0, "hsts": "true"}, "ports": {"plugin_debugging": True}},
        {"proxy": {"http": None, "exceptions": ["a", 1]}, "registry": {"mirror": 5}, "target": {"host": "x"}},
    ],
)
def test_a_note_that_is_none_says_nothing(note: object) -> None:
    there = facts("http://203.0.113.5", env("8080"), answers=note)
    assert as_installed(ANSWERS, there) == replace(ANSWERS, ports=Ports(http=8080))


def test_answers_as_they_are_by_default_need_no_note() -> None:
    assert note_of(ANSWERS) == {}
    assert not {"host", "password"} & {name for names in NOTED.values() for name in names}
