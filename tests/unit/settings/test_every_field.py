"""Every field of the answers file has its check, and a message where it fails: in a file, in the window."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

import pytest

from installer.answers import Answers, Target, answer_problems, parse_answers
from installer.answers.answers_file import SECTIONS
from installer.answers.model import Tls
from installer.answers.optional import Mail, Proxy
from installer.answers.problems import CHECKS, toml_text
from installer.core.errors import InstallError
from installer.texts import LANGUAGES, Texts
from installer.views.wizard import LoginState, PageId, WizardState, field_problems
from installer.views.wizard.missing import _page_of

HERE = Answers(target=Target(host="203.0.113.5", user="me"))
KEY = "ssh-ed25519 SHA256:" + "A" * 43
#: Field → values that are fine, values that are not.
FIELDS: Mapping[str, tuple[list[Any], list[Any]]] = {
    "target.kind": (["ssh"], ["", "cloud"]),
    "target.host": (["dify.example.jp", "10.0.0.1", "2001:db8::1"], ["a b", "1.2.3", "http://x"]),
    "target.port": ([1, 65535], [0, 65536]),
    "target.user": (["root", "my.name"], ["a b", "-o", "a@b"]),
    "target.identity_file": (["/home/me/id"], ["id", "~nobody-here/id"]),
    "target.host_key": ([KEY], ["SHA256:x", "ssh-dss SHA256:" + "A" * 43]),
    "target.jump": (["me@gate:2222"], ["me@", "gate:0", "a,,b"]),
    "target.directory": (["/srv/dify"], ["/", "dify", "/a/../b"]),
    "target.project": (["dify-2"], ["Dify", "-a", "a b"]),
    "target.docker": ([], ["tcp://x", "a b"]),
    "release.version": (["latest", "1.16.1"], ["", "newest"]),
    "release.source": (
        ["https://git.example.jp", "/a/dify.zip"],
        ["ftp://x", "https://a:b@x", "/a/dify.exe"],
    ),
    "repairs.allow": ([("swap.add",)], [("format.disk",)]),
    "repairs.mirror": (["http://mirror:5000"], ["mirror", "http://a:b@x"]),
    "repairs.proxy": (["http://proxy:3128"], ["proxy:3128", "socks5://x"]),
    "site.address": (["dify.example.jp", "::1"], ["http://x", "a_b c"]),
    "site.bind": (["127.0.0.1", "::"], ["", "eth0"]),
    "ports.http": ([8080], [0, 65536]),
    "ports.https": ([0, 8443], [-1, 65536]),
    "ports.plugin_debugging": ([5100], [0, 99999]),
    "tls.mode": (["off", "self-signed"], ["", "on"]),
    "tls.certificate": ([], ["a.pem"]),
    "tls.key": ([], ["a.key"]),
    "tls.proxy_certificate": (
        ["/etc/ssl/a_b/x.crt"],
        ["x.crt", "/a b", '/a"b', "/a;b", "/a/../b", "/a$b", "/a\n"],
    ),
    "tls.proxy_key": (["/etc/ssl/x.key"], ["x.key", "/a;b", "~/x.key"]),
    "tls.email": ([], ["me", "@example.jp"]),
    "tls.acme_server": ([], ["http://acme", "acme"]),
    "stores.vector": (["qdrant", "no-such"], ["", "A B"]),
    "database.kind": (["postgresql", "mysql"], ["", "sqlite"]),
    "redis.mode": (["sentinel"], ["", "cluster"]),
    "storage.kind": (["s3", "no-such"], ["A B"]),
    "admin.email": ([], ["me", "me@example"]),
    "admin.name": ([], [" ", "x" * 31]),
    "capacity.workers": ([0, 1, 16], [-1, 17]),
    "capacity.preset": (["auto", "release", "8gb"], ["", "9gb"]),
    "uploads.document": ([0, 10240], [-1, 10241]),
    "uploads.image": ([20], [-1, 10241]),
    "uploads.audio": ([20], [-1, 10241]),
    "uploads.video": ([20], [-1, 10241]),
    "locale.timezone": (["Asia/Tokyo", "UTC"], ["Tokyo Time", "Asia/Atlantis", "localtime"]),
    "mail.kind": (["smtp", "resend", "sendgrid"], ["post"]),
    "mail.api": ([], ["api.resend.com", "http://a:b@x"]),
    "mail.sender": (
        ["a@example.jp", "Dify 日本 <a@example.jp>"],
        ["a@b", "Dify", "x, y <a@example.jp>", "A <a@example.jp", "日本@例え.jp"],
    ),
    "mail.server": (["smtp.example.jp"], ["smtp example", "smtp://x", "smtp.example.jp:587", "[::1]"]),
    "mail.port": ([25, 587], [0, 65536]),
    "mail.security": (["tls", "starttls", "none"], ["", "ssl"]),
    "mail.user": (["me@example.jp"], ["a\tb"]),
    "proxy.http": (
        ["http://proxy:3128"],
        [
            "proxy:3128",
            "http://me:pw@proxy",
            "socks5://proxy",
            "http://a b:1",
            "http://h$x:1",
            "http://h\n:1",
        ],
    ),
    "proxy.https": (["http://proxy:3128"], ["proxy"]),
    "proxy.user": (["me"], ["a\nb"]),
    "proxy.exceptions": (
        [(".example.jp", "10.0.0.1"), ("*.example.jp", "10.0.0.0/8")],
        [("*",), ("a b",), ("a.example、b.example",), ("a.example:80",), ("10.0.0.0/99",)],
    ),
    "registry.mirror": (
        ["mirror.example.jp", "mirror:5000/hub", "localhost:5000"],
        [
            *("https://mirror", "mirror", "mirror.example.jp/A", "mirror:0", "my_mirror:5000", "例え.jp"),
            *("mirror.example.jp.", "mirror.example.jp/a..b", "index.docker.io"),
        ],
    ),
    "registry.through": (["target", "this-computer"], ["", "elsewhere"]),
}
#: What a field needs beside it so that it counts.
WITH: Mapping[str, Any] = {
    "tls": Tls(mode="proxy", proxy_certificate="/etc/ssl/x.crt", proxy_key="/etc/ssl/x.key"),
    "mail": Mail("smtp", "a@example.jp", "smtp.example.jp"),
    "proxy": Proxy("http://proxy:3128"),
}


def every_field() -> Iterator[str]:
    for name, kind in SECTIONS.items():
        yield from (f"{name}.{f.name}" for f in fields(kind))


def with_value(key: str, value: Any) -> Answers:
    section, name = key.split(".")
    part = WITH.get(section, getattr(HERE, section))
    return replace(HERE, **{section: replace(part, **{name: value})})


def problems_of(key: str, value: Any) -> list[InstallError]:
    return [p for p in answer_problems(with_value(key, value)) if p.params.get("key", "").startswith(key)]


def cases(which: int) -> list[Any]:
    return [pytest.param(k, v, id=f"{k}={v!r}") for k, pair in FIELDS.items() for v in pair[which]]


def test_no_field_is_forgotten() -> None:
    switches = {k for k in every_field() if isinstance(_default(k), bool)}
    # tests/unit/settings/test_external.py
    without = {k for k in every_field() if k not in CHECKS and not k.endswith(".settings")} - switches
    assert without == set()
    assert {*CHECKS} == {*FIELDS}


def _default(key: str) -> object:
    section, name = key.split(".")
    return getattr(getattr(Answers(), section), name)


@pytest.mark.parametrize(("key", "value"), cases(0))
def test_fine(key: str, value: Any) -> None:
    assert problems_of(key, value) == []


@pytest.mark.parametrize(("key", "value"), cases(1))
def test_refused_with_a_message(key: str, value: Any) -> None:
    if key == "locale.timezone" and sys.platform == "win32" and "/" in value:
        pytest.skip("Windows has no list of time zones")
    problems = problems_of(key, value)
    assert problems
    for language in LANGUAGES:
        texts = Texts(language)
        said = texts.explain(problems[0].code, dict(problems[0].params))
        assert key in f"{said}" and "{" not in f"{said}"


#: Answers that count with others only.
NOT_COUNTING = (
    *("target.docker", "tls.certificate", "tls.key", "ports.https", "mail.kind"),
    *("tls.email", "tls.acme_server", "mail.api"),
)


@pytest.mark.parametrize(
    ("mode", "key", "value"),
    [
        ("own", "tls.certificate", "a.pem"),
        ("letsencrypt", "tls.email", "me"),
        ("letsencrypt", "tls.acme_server", "http://acme"),
    ],
)
def test_what_counts_with_a_way_of_encrypting_is_said_with_it(mode: str, key: str, value: str) -> None:
    answers = with_value(key, value)
    state = WizardState(answers=replace(answers, tls=replace(answers.tls, mode=mode)))
    assert key in field_problems(state, PageId.SETTINGS)


def test_an_address_for_mail_counts_with_the_service_that_has_one() -> None:
    answers = with_value("mail.api", "api.resend.com")
    by_resend = replace(answers, mail=replace(answers.mail, kind="resend"))
    assert "mail.api" in field_problems(WizardState(answers=by_resend), PageId.SETTINGS)
    assert "mail.api" not in field_problems(WizardState(answers=answers), PageId.SETTINGS)


@pytest.mark.parametrize(("key", "value"), cases(1))
def test_the_window_says_it_too(key: str, value: Any) -> None:
    """Beside the field, in the window's words. What the window offers as a choice cannot be wrong there."""
    state = WizardState(answers=with_value(key, value), login=LoginState(method="key"), page=PageId.SETTINGS)
    page = _page_of(state, key)
    found = field_problems(state, page) if page else {}
    if key not in found:  # a part that does not count with these answers
        assert key in NOT_COUNTING
        return
    for language in LANGUAGES:
        text = Texts(language).ui(f"missing.{found[key].key}", **found[key].params)
        assert text and "{" not in text


@pytest.mark.parametrize("key", [k for k in FIELDS if k not in ("target.kind",)])
def test_a_wrong_type_is_refused(key: str) -> None:
    section, name = key.split(".")
    wrong = toml_text(True) if not isinstance(_default(key), bool) else toml_text("yes")
    body = f"{name} = {wrong}\n"
    head = "[target]\n" if section == "target" else f"[{section}]\n"
    with pytest.raises(InstallError) as caught:
        parse_answers(head + body)
    assert caught.value.params["key"] == key
