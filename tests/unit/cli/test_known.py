"""``--restart NAME`` on the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.answers import Target
from installer.appdata.known_servers import KnownServer, Servers
from installer.cli.main import main
from installer.connect import Connected
from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError
from installer.operations import actions, known_login
from tests.fakes.host import FakeHost
from tests.ui.panel_host import ANSWERS, PanelHost
from tests.ui.test_panel_controller import restarting

SERVER = KnownServer("", "Shop", ANSWERS.target, "http://203.0.113.5", "1.16.1", 1.0, login="agent")


@pytest.fixture(autouse=True)
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIFY_INSTALLER_HOME", str(tmp_path))
    monkeypatch.setattr(actions, "POLL_SECONDS", 0.01)
    Servers(Home(tmp_path)).remember(SERVER)


def reach(monkeypatch: pytest.MonkeyPatch, host: FakeHost | InstallError) -> list[Target]:
    """What is connected to, and what comes of it."""
    asked: list[Target] = []

    def connect(answers: Any, *_: Any) -> Connected:
        asked.append(answers.target)
        if isinstance(host, InstallError):
            raise host
        return Connected(host, "root")

    monkeypatch.setattr(known_login, "connect", connect)
    return asked


def test_it_restarts(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    host = PanelHost()
    host.planned_jobs.append(restarting(host))
    asked = reach(monkeypatch, host)
    assert main(["--restart", "shop"]) == 0
    assert asked == [SERVER.target]
    assert capsys.readouterr().out == "Restarted: Dify 1.16.1, http://203.0.113.5\n"


def test_for_programs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    host = PanelHost()
    host.planned_jobs.append(restarting(host))
    reach(monkeypatch, host)
    assert main(["--restart=Shop", "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[0]["event"] == "step_started"
    assert events[-1]["event"] == "done" and events[-1]["changed"] is True


def test_a_name_that_nobody_has_is_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = reach(monkeypatch, FakeHost())
    assert main(["--restart", "Shpo"]) == 2
    said = capsys.readouterr().err
    assert "Shpo" in said and "Shop" in said and not asked


@pytest.mark.parametrize(
    ("code", "person"),
    [(Code.SSH_HOST_KEY_UNKNOWN, True), (Code.SSH_LOGIN_REFUSED, True), (Code.SSH_UNREACHABLE, False)],
)
def test_what_only_a_person_can_give(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: Code, person: bool
) -> None:
    reach(monkeypatch, InstallError(code, {"host": "203.0.113.5", "port": "22", "user": "root"}))
    assert main(["--restart", "Shop"]) == 1
    said = capsys.readouterr().err
    assert ("Open Shop in Dify Installer" in said) is person and f"Code: {code.value}" in said


def test_no_installation(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    reach(monkeypatch, FakeHost())
    assert main(["--restart", "Shop"]) == 1
    assert Code.INSTALLATION_ABSENT.value in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["--restart"], ["--restart", "Shop", "more"], ["--restart", "Shop", "--x"]])
def test_usage(argv: list[str]) -> None:
    assert main(argv) == 2


def test_it_stands_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "--restart NAME" in capsys.readouterr().out


def test_this_computer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Servers(Home(tmp_path)).remember(
        replace(SERVER, name="", target=Target(kind="local", directory="/opt/dify"))
    )
    host = PanelHost()
    host.planned_jobs.append(restarting(host))
    asked = reach(monkeypatch, host)
    assert main(["--restart", "このパソコン", "--language", "ja"]) == 0
    assert asked[0].kind == "local" and "1.16.1" in capsys.readouterr().out
