"""``external`` and ``stores`` on the command line, on a made-up host."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from installer.cli.main import main
from installer.core.errors import Code
from installer.engine import Engine
from installer.release.obtain import Obtained
from installer.state.plan_input import Situation
from tests.check_faults import OWN_DATABASE, tried
from tests.fakes.host import FakeHost
from tests.real_releases import newest_releases
from tests.releases import model_of, tree_of
from tests.situations import GOOD, situation


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("DIFY_INSTALLER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Engine, "host", property(lambda self: FakeHost()))
    monkeypatch.setattr(Engine, "situation", lambda self: situation(GOOD, OWN_DATABASE))
    path = tmp_path / "answers.toml"
    path.write_text('[target]\nhost = "203.0.113.5"\nuser = "root"\n')
    return ["--answers", str(path), "--language", "en"]


@pytest.mark.parametrize(("code", "exit_code"), [(None, 0), (Code.EXTERNAL_CLOSED, 3)])
def test_what_was_found_is_told(
    answers: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    code: Code | None,
    exit_code: int,
) -> None:
    def found(_: Engine, there: Situation) -> Situation:
        return replace(there, external=(tried(code, version="17.6", reason="refused"),))

    monkeypatch.setattr(Engine, "tried", found)
    assert main(["external", *answers]) == exit_code
    said = capsys.readouterr()
    assert "PostgreSQL 17.6 db.example.jp:5432" in said.out
    assert ("no connection from the server to db.example.jp:5432" in said.err) is (code is not None)
    assert main(["external", *answers, "--json"]) == exit_code
    data = json.loads(capsys.readouterr().out)
    assert [service["section"] for service in data["services"]] == ["database"]
    assert [finding["code"] for finding in data["findings"]] == ([code.value] if code else [])


def test_nothing_to_try(
    answers: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Engine, "situation", lambda self: situation())
    assert main(["external", *answers]) == 0
    assert "no service of your own" in capsys.readouterr().out


@newest_releases
def test_stores_with_their_settings(
    answers: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    released = Obtained(version, tree_of(version), model_of(version))
    monkeypatch.setattr(Engine, "release", lambda self: released)
    assert main(["stores", *answers, "--json"]) == 0
    stores = json.loads(capsys.readouterr().out)
    assert len([s for s in stores if s["kind"] == "bundled"]) == 18
    others = {s["name"]: s["settings"] for s in stores if s["kind"] == "external"}
    assert len(others) == 32
    key = next(setting for setting in others["upstash"] if setting["name"] == "UPSTASH_VECTOR_TOKEN")
    assert (key["secret"], key["required"], key["label"]) == (True, True, "API key")
    assert main(["stores", *answers]) == 0
    assert "QDRANT_URL" in capsys.readouterr().out
