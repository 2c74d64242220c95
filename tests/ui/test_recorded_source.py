"""Where this computer gets releases from: a person here says it, not a server's record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from installer.answers import Answers, Secrets, Target
from installer.core.app_folder import Home
from installer.core.cancel import CancelToken
from installer.core.errors import InstallError
from installer.facts.model import Facts, Record
from installer.release.catalogue import origin_folder
from installer.state.persisted_answers import KEY
from tests.unit.release.web_server import serving
from ui.connection.session import Session

ANSWERS = Answers(target=Target(kind="ssh", host="203.0.113.5", user="root"))


def installed_from(source: str) -> Facts:
    record = {"version": "1.16.1", "project": "dify", "installed": True, KEY: {"release": {"source": source}}}
    return Facts(record=Record.parse(json.dumps(record)))


def obtain(session: Session, answers: Answers, facts: Facts) -> None:
    with pytest.raises(InstallError):
        session._release(answers, Secrets(), facts, lambda _: None, CancelToken())


@pytest.fixture(autouse=True)
def _the_usual_source_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr("installer.release.download.ATTEMPTS", 1)


@pytest.mark.parametrize("path", ["", "/internal"])
def test_this_computer_does_not_ask_where_a_record_says(tmp_path: Path, path: str) -> None:
    with serving(lambda h: h.send(404, b"")) as asked:
        obtain(Session(Home(tmp_path)), ANSWERS, installed_from(asked.url + path))
        assert asked.seen == []


def test_what_was_used_here_before_is_asked_again(tmp_path: Path) -> None:
    with serving(lambda h: h.send(404, b"")) as mirror:
        session, facts = Session(Home(tmp_path)), installed_from(mirror.url)
        assert session.as_before(ANSWERS, facts) == ANSWERS
        origin_folder(mirror.url, session.home.cache).mkdir(parents=True)
        assert session.as_before(ANSWERS, facts).release.source == mirror.url
        obtain(session, ANSWERS, facts)
        assert mirror.seen


def test_a_record_names_no_file(tmp_path: Path) -> None:
    archive = tmp_path / "dify.tar.gz"
    archive.write_bytes(b"")
    session, facts = Session(Home(tmp_path)), installed_from(str(archive))
    origin_folder(str(archive), session.home.cache).mkdir(parents=True)
    assert session.as_before(ANSWERS, facts) == ANSWERS
