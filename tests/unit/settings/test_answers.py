"""The answers file: reading, refusing, writing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.answers import (
    Answers,
    Site,
    Target,
    Tls,
    answer_problems,
    dump_answers,
    load_answers,
    parse_answers,
    project_name,
)
from installer.core.errors import Code, InstallError

SERVER = '[target]\nhost = "203.0.113.5"\nuser = "difyadmin"\n'
BEHIND = SERVER + '[tls]\nmode = "proxy"\n'
ACME = '[tls]\nmode = "letsencrypt"\n'
PUBLIC = '[site]\naddress = "dify.example.jp"\n'
LOCAL = '[target]\nkind = "local"\n'
OWN = '[tls]\nmode = "own"\ncertificate = "/c"\n'
KEY = "SHA256:" + "A" * 43


def fails(text: str) -> InstallError:
    with pytest.raises(InstallError) as caught:
        parse_answers(text)
    return caught.value


def test_smallest_server_has_the_defaults() -> None:
    answers = parse_answers(SERVER)
    assert answers.directory == "/opt/dify"
    assert answers.docker_folder == "/opt/dify/docker"
    assert answers.state_folder == "/opt/dify/.dify-installer"
    assert answers.project == "dify"
    assert answers.site_address == "203.0.113.5"
    assert answers.base_url == "http://203.0.113.5"
    assert (answers.ports.http, answers.ports.https, answers.ports.plugin_debugging) == (80, 0, 5003)
    assert answers.release.version == "latest" and not answers.release.is_archive


def test_a_fingerprint_needs_no_key_type() -> None:
    """Providers show the fingerprint alone."""
    assert parse_answers(f'{SERVER}\nhost_key = "{KEY}"').target.host_key == KEY


def test_a_label_needs_an_archive() -> None:
    with pytest.raises(InstallError):
        parse_answers(f'{SERVER}[release]\nversion = "main-20260815"\n')
    given = parse_answers(f'{SERVER}[release]\nversion = "main-20260815"\nsource = "/home/me/dify.zip"\n')
    assert given.release.version == "main-20260815"


def test_everything_can_be_given(tmp_path: Path) -> None:
    text = f"""
[target]
kind = "ssh"
host = "2001:db8::5"
port = 2222
user = "admin"
identity_file = "/home/me/.ssh/id_ed25519"
host_key = "ssh-ed25519 {KEY}"
jump = "me@gate.example.com:22,[2001:db8::1]"
directory = "/srv/My Dify"
project = "dify-two"
[release]
version = "1.10.1-fix.1"
source = "/home/me/dify.tar.gz"
[site]
address = "dify.example.com"
bind = "127.0.0.1"
[ports]
http = 8080
https = 8443
plugin_debugging = 5100
plugin_debugging_public = true
[tls]
mode = "own"
certificate = "/etc/cert.pem"
key = "/etc/key.pem"
redirect = false
[stores]
vector = "qdrant"
[admin]
email = "me@example.com"
name = "Me"
[env]
LOG_LEVEL = "DEBUG"
"""
    file = tmp_path / "answers.toml"
    file.write_text(text, encoding="utf-8")
    answers = load_answers(file)
    assert answers.base_url == "https://dify.example.com:8443"
    assert answers.env == {"LOG_LEVEL": "DEBUG"}
    assert answers.project == "dify-two"
    assert parse_answers(dump_answers(answers)) == answers


@pytest.mark.parametrize(
    ("text", "code", "params"),
    [
        ("x = [", Code.ANSWERS_UNREADABLE, {}),
        (
            '[target]\nhots = "a"',
            Code.ANSWERS_UNKNOWN_KEY,
            {"key": "target.hots", "suggestion": "target.host"},
        ),
        ("[targets]", Code.ANSWERS_UNKNOWN_KEY, {"key": "targets", "suggestion": "target"}),
        ("qqqqqq = 1", Code.ANSWERS_UNKNOWN_KEY, {"key": "qqqqqq", "suggestion": ""}),
        ("target = 1", Code.ANSWERS_BAD_VALUE, {"key": "target", "value": "1", "expected": "[target]"}),
        (
            '[database]\nkind = "oracle"',
            Code.ANSWERS_BAD_VALUE,
            {"key": "database.kind", "value": "oracle", "expected": "postgresql | mysql"},
        ),
        (SERVER + ACME, Code.TLS_ADDRESS_NOT_PUBLIC, {"address": "203.0.113.5"}),
        (SERVER + ACME + '[site]\naddress = "dify.local"', Code.TLS_ADDRESS_NOT_PUBLIC, {}),
        (SERVER + ACME + '[site]\naddress = "dify"', Code.TLS_ADDRESS_NOT_PUBLIC, {}),
        (SERVER + ACME + '[site]\naddress = "10.1.2.3"', Code.TLS_ADDRESS_NOT_PUBLIC, {}),
        (SERVER + ACME + PUBLIC + "[ports]\nhttp = 8080", Code.TLS_PORT_NEEDED, {"port": "8080"}),
        (SERVER + ACME + PUBLIC + 'bind = "127.0.0.1"', Code.TLS_PORT_NEEDED, {"bind": "127.0.0.1"}),
        (SERVER + ACME + 'key = "/k"\n' + PUBLIC, Code.ANSWERS_BAD_VALUE, {"key": "tls.key"}),
        (SERVER + '[stores.settings]\nhost = "x"', Code.ANSWERS_BAD_VALUE, {"key": "stores.settings"}),
        (
            SERVER + "port = 0",
            Code.ANSWERS_BAD_VALUE,
            {"key": "target.port", "value": "0", "expected": "1..65535"},
        ),
        (SERVER + "port = true", Code.ANSWERS_BAD_VALUE, {"key": "target.port", "expected": "NUMBER"}),
        (SERVER + "[ports]\nhttp = 443\nhttps = 443", Code.ANSWERS_BAD_VALUE, {"key": "ports.https"}),
        (SERVER + "[env]\nA = 1", Code.ANSWERS_BAD_VALUE, {"key": "env.A", "value": "1"}),
        (SERVER + '[env]\n"A B" = ""', Code.ANSWERS_BAD_VALUE, {"key": "env", "value": "A B"}),
        (SERVER + '[env]\nA = "x\\ny"', Code.ANSWERS_BAD_VALUE, {"key": "env.A"}),
        (SERVER + '[env]\nEXPOSE_NGINX_PORT = "1"', Code.ANSWERS_OWNED_KEY, {"owner": "ports.http"}),
        (SERVER + '[env]\nVECTOR_STORE = ""', Code.ANSWERS_OWNED_KEY, {"owner": "stores.vector"}),
        (SERVER + '[env]\nCONSOLE_API_URL = "x"', Code.ANSWERS_OWNED_KEY, {"owner": "site.address"}),
        (SERVER + '[env]\nDB_PASSWORD = "x"', Code.ANSWERS_OWNED_KEY, {"owner": "secrets [env]"}),
        (SERVER + '[env]\nSMTP_PASSWORD = "x"', Code.ANSWERS_OWNED_KEY, {"owner": "secrets [env]"}),
        (LOCAL + 'host = "x"', Code.ANSWERS_BAD_VALUE, {"key": "target.host"}),
        (SERVER + 'docker = "x"', Code.ANSWERS_BAD_VALUE, {"key": "target.docker"}),
        (SERVER + 'directory = "~/dify"', Code.ANSWERS_BAD_VALUE, {"key": "target.directory"}),
        ("", Code.ANSWERS_BAD_VALUE, {"key": "target.host"}),
        ('[target]\nhost = "a"', Code.ANSWERS_BAD_VALUE, {"key": "target.user"}),
        (SERVER + '[tls]\nmode = "own"', Code.ANSWERS_BAD_VALUE, {"key": "tls.certificate"}),
        (
            SERVER + '[tls]\nmode = "own"\ncertificate = "/c"\n[ports]\nhttps = 0',
            Code.ANSWERS_BAD_VALUE,
            {"key": "ports.https"},
        ),
        (SERVER + '[admin]\nemail = "a@b.c"', Code.ANSWERS_BAD_VALUE, {"key": "admin.name"}),
        (
            SERVER + f'[admin]\nemail = "a@b.c"\nname = "{"x" * 31}"',
            Code.ANSWERS_BAD_VALUE,
            {"key": "admin.name"},
        ),
        (
            SERVER + '[release]\nsource = "https://me:pw@host"',
            Code.ANSWERS_BAD_VALUE,
            {"key": "release.source"},
        ),
        (SERVER + '[repairs]\nallow = ["swap.ad"]', Code.ANSWERS_BAD_VALUE, {"key": "repairs.allow"}),
        (SERVER + '[repairs]\nproxy = "http://me:pw@host"', Code.ANSWERS_BAD_VALUE, {"key": "repairs.proxy"}),
        (SERVER + '[repairs]\nmirror = "host"', Code.ANSWERS_BAD_VALUE, {"key": "repairs.mirror"}),
        (SERVER + '[tls]\nemail = "a@b.c"', Code.ANSWERS_BAD_VALUE, {"key": "tls.email"}),
        (SERVER + '[tls]\nacme_server = "https://a.b"', Code.ANSWERS_BAD_VALUE, {"key": "tls.acme_server"}),
        (
            SERVER + "[tls]\nhsts = true",
            Code.ANSWERS_BAD_VALUE,
            {"key": "tls.hsts", "expected": 'false (tls.mode = "off")'},
        ),
        (
            SERVER + '[tls]\nmode = "self-signed"\nhsts = true',
            Code.ANSWERS_BAD_VALUE,
            {"key": "tls.hsts", "expected": 'false (tls.mode = "self-signed")'},
        ),
        (
            SERVER + OWN + "hsts = true\n[ports]\nhttps = 8443",
            Code.ANSWERS_BAD_VALUE,
            {"key": "tls.hsts", "expected": "false (ports.https = 8443)"},
        ),
        (
            SERVER + OWN + 'hsts = true\n[site]\naddress = "203.0.113.5"',
            Code.ANSWERS_BAD_VALUE,
            {"key": "tls.hsts", "expected": 'false (site.address = "203.0.113.5")'},
        ),
        (
            LOCAL + OWN + "hsts = true",
            Code.ANSWERS_BAD_VALUE,
            {"key": "tls.hsts", "expected": 'false (site.address = "localhost")'},
        ),
        (
            SERVER + '[tls]\nmode = "self-signed"\nkey = "/k"',
            Code.ANSWERS_BAD_VALUE,
            {"key": "tls.key", "expected": '"" (tls.mode = "self-signed")'},
        ),
        (
            SERVER + '[tls]\nmode = "self-signed"\n[ports]\nhttps = 0',
            Code.ANSWERS_BAD_VALUE,
            {"key": "ports.https"},
        ),
        (SERVER + '[tls]\ncertificate = "/c"', Code.ANSWERS_BAD_VALUE, {"key": "tls.certificate"}),
        (SERVER + '[tls]\nkey = "/k"', Code.ANSWERS_BAD_VALUE, {"key": "tls.key"}),
        (BEHIND + 'proxy_key = "/k"', Code.ANSWERS_BAD_VALUE, {"key": "tls.proxy_certificate"}),
        (BEHIND + 'proxy_certificate = "/c"', Code.ANSWERS_BAD_VALUE, {"key": "tls.proxy_key"}),
        (BEHIND + 'certificate = "/c"', Code.ANSWERS_BAD_VALUE, {"key": "tls.certificate"}),
        (BEHIND + "[ports]\nhttps = 443", Code.ANSWERS_BAD_VALUE, {"key": "ports.https"}),
        (BEHIND + '[site]\nbind = "fe80::1%eth0"', Code.ANSWERS_BAD_VALUE, {"key": "site.bind"}),
        (SERVER + "[tls]\nproxy_install = true", Code.ANSWERS_BAD_VALUE, {"key": "tls.proxy_install"}),
        (SERVER + '[tls]\nproxy_key = "/k"', Code.ANSWERS_BAD_VALUE, {"key": "tls.proxy_key"}),
        (SERVER + '[release]\nsource = "http://["', Code.ANSWERS_BAD_VALUE, {"key": "release.source"}),
        (SERVER + '[repairs]\nallow = "x"', Code.ANSWERS_BAD_VALUE, {"key": "repairs.allow"}),
    ],
)
def test_refused(text: str, code: Code, params: dict[str, str]) -> None:
    error = fails(text)
    assert error.code == code
    assert params.items() <= error.params.items()


def test_https_of_ours() -> None:
    named = SERVER + '[site]\naddress = "dify.example.com"\n'
    assert parse_answers(named + OWN + "hsts = true").tls.hsts
    made = parse_answers(SERVER + '[tls]\nmode = "self-signed"')
    assert (made.ports.https, made.tls.on, made.tls.redirect) == (443, True, True)
    assert made.base_url == "https://203.0.113.5"
    assert parse_answers(dump_answers(made)) == made


@pytest.mark.parametrize(
    ("key", "bad"),
    [
        ("host", ["a b", "-x", "a..b", "256.1.1.1", "1.2.3", "fe80::zz", "x" * 64, "a/b", "[a.b]"]),
        ("host_key", ["ssh-ed25519", KEY[:-1], "ssh-dss " + KEY, "ssh-ed25519 SHA256:abc"]),
        ("user", ["-oProxyCommand", "a b", "a@b"]),
        ("jump", ["a b", "x@", "host:99999", "a,,b", "-x@host"]),
        ("directory", ["/", "opt", "/a/../b", "/a\\nb"]),
        ("project", ["Dify", "-x", "a.b"]),
    ],
)
def test_bad_target_values(key: str, bad: list[str]) -> None:
    base = {"host": "h", "user": "u"}
    for value in bad:
        rest = "".join(f'{k} = "{v}"\n' for k, v in base.items() if k != key)
        error = fails(f'[target]\n{rest}{key} = "{value}"')
        assert (error.code, error.params["key"]) == (Code.ANSWERS_BAD_VALUE, f"target.{key}"), value


@pytest.mark.parametrize(
    "host", ["example.com", "münchen.example", "::1", "2001:db8::1", "fe80::1%eth0", "my_box"]
)
def test_good_hosts(host: str) -> None:
    assert parse_answers(f'[target]\nhost = "{host}"\nuser = "u"').target.host == host


def test_brackets_around_ipv6_are_not_part_of_the_address() -> None:
    answers = parse_answers('[target]\nhost = "[2001:db8::1]"\nuser = "u"')
    assert answers.target.host == "2001:db8::1"
    assert answers.base_url == "http://[2001:db8::1]"


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_text(SERVER, encoding="utf-8-sig")
    assert load_answers(file) == parse_answers(SERVER)


@pytest.mark.parametrize(
    ("directory", "project"),
    [
        ("/opt/dify", "dify"),
        ("/srv/My Dify.2", "mydify2"),
        ("/a/_x-", "x-"),
        ("/a/日本", "dify"),
        (r"C:\Dify Two", "difytwo"),
    ],
)
def test_project_name(directory: str, project: str) -> None:
    assert project_name(directory) == project


@pytest.mark.parametrize(
    ("site", "http", "url"),
    [
        ("", 80, "http://localhost"),
        ("::1", 8080, "http://[::1]:8080"),
        ("[::1]", 80, "http://[::1]"),
        ("a.b", 8, "http://a.b:8"),
    ],
)
def test_base_url(site: str, http: int, url: str) -> None:
    answers = parse_answers(f'{LOCAL}[site]\naddress = "{site}"\n[ports]\nhttp = {http}')
    assert answers.base_url == url


def test_https_is_published_with_tls_and_hidden_in_the_url() -> None:
    answers = parse_answers(SERVER + '[tls]\nmode = "own"\ncertificate = "/c.pem"\n')
    assert answers.ports.https == 443
    assert answers.base_url == "https://203.0.113.5"


def test_behind_a_web_server_only_the_machine_itself_reaches_dify() -> None:
    answers = parse_answers(BEHIND + "[ports]\nhttp = 8080")
    assert (answers.site.bind, answers.ports.https) == ("127.0.0.1", 0)
    assert answers.base_url == "https://203.0.113.5" and parse_answers(dump_answers(answers)) == answers
    elsewhere = parse_answers(BEHIND + '[site]\nbind = "0.0.0.0"')
    assert elsewhere.site.bind == "0.0.0.0"


def test_windows_folders() -> None:
    answers = Answers(target=Target(kind="local", directory=r"D:\Dify"))
    assert answers.docker_folder == r"D:\Dify\docker"
    assert answer_problems(answers) == ()


def test_local_default_is_in_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert parse_answers(LOCAL).directory == str(Path.home() / "Dify")
    assert parse_answers(LOCAL + 'directory = "~/x"').directory == str(Path.home() / "x")


def test_all_problems_are_told() -> None:
    bad = Answers(target=Target(host="a b", user=""), site=Site(bind="x"), tls=Tls(mode="own"))
    keys = [p.params["key"] for p in answer_problems(bad)]
    assert keys == ["target.host", "site.bind", "target.user", "ports.https", "tls.certificate"]


def test_unreadable_file(tmp_path: Path) -> None:
    with pytest.raises(InstallError) as caught:
        load_answers(tmp_path / "none.toml")
    assert caught.value.code == Code.ANSWERS_UNREADABLE


@given(
    st.dictionaries(
        st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}X", fullmatch=True),
        st.text(st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"])),
    )
)
def test_env_round_trips(env: dict[str, str]) -> None:
    answers = Answers(target=Target(kind="local", directory="/x"), env=env)
    assert parse_answers(dump_answers(answers)) == answers
