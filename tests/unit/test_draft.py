"""Answers that are not finished yet."""

from __future__ import annotations

import dataclasses
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installer.answers import Admin, Answers, Ports, Release, Repairs, Site, Stores, Target, Tls
from installer.answers.answers_file import SECTIONS
from installer.appdata.draft import NAME, Draft, clear_draft, load_draft, save_draft, usable
from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError

WHOLE = Answers(
    target=Target(host="203.0.113.5", port=2222, user="me", directory='/srv/My "Dify"', jump="a@b:22"),
    release=Release("1.10.1", "https://mirror.example.com"),
    site=Site("dify.example.com", "127.0.0.1"),
    ports=Ports(8080, 8443, 5100, plugin_debugging_public=True),
    tls=Tls("own", "/etc/cert.pem", "/etc/key.pem", redirect=False),
    stores=Stores("qdrant"),
    admin=Admin("me@example.com", "日本 \\ 'x'"),
    env={"LOG_LEVEL": "DEBUG"},
)


def kept(tmp_path: Path, answers: Answers) -> Answers:
    save_draft(Home(tmp_path), Draft(answers, "where", "key", 1.5))
    draft = load_draft(Home(tmp_path))
    assert draft and (draft.page, draft.login, draft.saved_at) == ("where", "key", 1.5)
    return draft.answers


def test_a_draft_comes_back_whole(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert load_draft(home) is None
    draft = Draft(WHOLE, "settings", "agent", 1_700_000_000.25)
    save_draft(home, draft)
    assert load_draft(home) == draft
    assert [p.name for p in home.folder.iterdir()] == [NAME]
    if sys.platform != "win32":
        assert stat.S_IMODE((home.folder / NAME).stat().st_mode) == 0o600
    clear_draft(home)
    clear_draft(home)
    assert load_draft(home) is None


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        ("target", "host", "not a host"),
        ("target", "port", 0),
        ("target", "user", "a b"),
        ("target", "kind", "cloud"),
        ("target", "directory", "opt"),
        ("target", "identity_file", "~no-such-account/key"),
        ("target", "identity_file", "/keys/\udcff"),
        ("target", "host_key", "ssh-ed25519 SHA"),
        ("release", "version", "1."),
        ("site", "address", "http://x"),
        ("ports", "http", 99999),
        ("tls", "mode", "on"),
        ("repairs", "allow", ("docker.instal",)),
        ("stores", "vector", "!"),
        ("stores", "settings", {"host": "x"}),
        ("admin", "email", "me@"),
    ],
)
def test_half_a_value_costs_only_itself(tmp_path: Path, section: str, field: str, value: object) -> None:
    typed = dataclasses.replace(getattr(WHOLE, section), **{field: value})
    answers = dataclasses.replace(WHOLE, **{section: typed})
    default = getattr(getattr(Answers(), section), field)
    good = dataclasses.replace(getattr(WHOLE, section), **{field: default})
    assert kept(tmp_path, answers) == dataclasses.replace(WHOLE, **{section: good})


def test_what_is_only_missing_or_contradicts_stays(tmp_path: Path) -> None:
    answers = Answers(
        target=Target(host="", user="me"), ports=Ports(http=80, https=80), admin=Admin(email="me@example.com")
    )
    assert kept(tmp_path, answers) == answers


def test_a_bad_field_in_the_file(tmp_path: Path) -> None:
    save_draft(Home(tmp_path), Draft(WHOLE, "where", "key", 1.5))
    file = tmp_path / NAME
    text = file.read_text(encoding="utf-8")
    text = text.replace("port = 2222", 'port = "22x"\nunknown = 1').replace('"DEBUG"', '"DEBUG"\nN = 1')
    text = text.replace('login = "key"', 'login = "face"').replace("saved_at = 1.5", 'saved_at = "x"')
    text = text.replace("allow = []", "allow = [1]")
    file.write_text("\ufeff" + text + "[nothing]\nx = 1\n", encoding="utf-8")
    draft = load_draft(Home(tmp_path))
    target = dataclasses.replace(WHOLE.target, port=22)
    assert draft == Draft(dataclasses.replace(WHOLE, target=target), "where", "", 0.0)


def test_tables_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(
        'target = 1\nenv = []\nsite = ["x"]\n[draft]\npage = "where"\n[ports]\nhttp = 8080\n', "utf-8"
    )
    assert load_draft(Home(tmp_path)) == Draft(Answers(ports=Ports(http=8080)), "where", "", 0.0)


@pytest.mark.parametrize("text", ["", "x = [", "[draft]", "[draft]\npage = 1", "draft = 1", "[target]"])
def test_no_draft(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text, encoding="utf-8")
    assert load_draft(Home(tmp_path)) is None


def test_secrets_are_not_written(tmp_path: Path) -> None:
    secret = "hunter2hunter2"
    answers = Answers(
        target=Target(host=f"me:{secret}@host", user=f"me:{secret}", jump=f"me:{secret}@gate"),
        release=Release(source=f"https://me:{secret}@mirror.example.com"),
        repairs=Repairs((secret,)),
        env={"SMTP_PASSWORD": secret, "SECRET_KEY": secret, "LOG_LEVEL": "INFO"},
    )
    save_draft(Home(tmp_path), Draft(answers, "where", secret, 1.0))
    assert secret not in (tmp_path / NAME).read_text(encoding="utf-8")
    draft = load_draft(Home(tmp_path))
    assert draft and draft.answers == Answers(env={"LOG_LEVEL": "INFO"}) and draft.login == ""


def test_things_in_the_way(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    (tmp_path / "file").write_bytes(b"")
    assert load_draft(Home(tmp_path)) is None and load_draft(Home(tmp_path / "file")) is None
    clear_draft(Home(tmp_path / "file"))
    with pytest.raises(InstallError) as clearing:
        clear_draft(Home(tmp_path))
    with pytest.raises(InstallError) as saving:
        save_draft(Home(tmp_path), Draft(WHOLE, "", "", 0.0))
    for error in (clearing.value, saving.value):
        assert (error.code, error.params) == (Code.HOST_FILE_FAILED, {"path": str(tmp_path / NAME)})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=60).map(lambda data: b'[draft]\npage = "x"\n' + data))
def test_any_bytes_are_read(tmp_path: Path, data: bytes) -> None:
    (tmp_path / NAME).write_bytes(data)
    assert isinstance(load_draft(Home(tmp_path)), Draft | None)


TEXTS = st.text(max_size=8) | st.sampled_from(["~x/y", "a@b", "1.2.3", "/a", "::1", "\ud800", "\x7f"])
FIELDS = [(s, f.name) for s, kind in SECTIONS.items() for f in dataclasses.fields(kind)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.data(), env=st.dictionaries(TEXTS, TEXTS, max_size=3), page=TEXTS.filter(lambda t: t != "\ud800")
)
def test_whatever_is_typed_can_be_kept(
    tmp_path: Path, data: st.DataObject, env: dict[str, str], page: str
) -> None:
    answers = dataclasses.replace(WHOLE, env=env)
    for section, name in data.draw(st.lists(st.sampled_from(FIELDS), max_size=4)):
        default = getattr(getattr(Answers(), section), name)
        values = {str: TEXTS, int: st.integers(-5, 70000), bool: st.booleans()}.get(type(default))
        if values is not None:
            changed = dataclasses.replace(getattr(answers, section), **{name: data.draw(values)})
            answers = dataclasses.replace(answers, **{section: changed})
    save_draft(Home(tmp_path), Draft(answers, page, "", 0.0))
    draft = load_draft(Home(tmp_path))
    assert draft and draft.answers == usable(answers) == usable(draft.answers)
