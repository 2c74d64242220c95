"""``--restart NAME`` from a shortcut, without a terminal: a note, or the window where a person is needed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import ui.__main__ as program
from installer.appdata.known_servers import KnownServer, Servers
from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError
from installer.texts import Texts
from tests.ui.panel_host import ANSWERS
from ui.app import restart as module
from ui.app.restart import Beside, has_desktop, has_terminal

SERVER = KnownServer("a1", "Shop", ANSWERS.target, "", "1.16.1", 1.0, login="agent")


class Bench:
    """A restart, its notes and its exit codes."""

    def __init__(self, bot: QtBot, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bot, self.home = bot, home
        self.notes: list[tuple[str, str, bool]] = []
        self.codes: list[int] = []
        self.error: InstallError | None = None
        monkeypatch.setattr(QApplication, "exit", self.codes.append)
        monkeypatch.setattr(module, "restart_known", self._restart)
        monkeypatch.setattr(module, "NOTE_MS", 1)
        Servers(home).remember(SERVER)

    def _restart(self, server: KnownServer, *_: Any, **_options: Any) -> None:
        assert server.id == "a1"
        if self.error is not None:
            raise self.error

    def run(self, name: str = "Shop", *, tray: bool = True) -> Beside:
        def note(title: str, text: str, failed: bool) -> None:
            self.notes.append((title, text, failed))

        beside = Beside(self.home, Texts("en"), name, note if tray else None)
        beside.start()
        self.bot.waitUntil(lambda: bool(self.codes))
        assert beside.jobs.close()
        return beside


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(qtbot, Home(tmp_path), monkeypatch)


def test_it_is_told_when_it_begins_and_when_it_is_back(bench: Bench) -> None:
    beside = bench.run()
    assert [text for _, text, _ in bench.notes] == ["Restarting Dify on Shop…", "Dify on Shop is back."]
    assert bench.codes == [0] and beside.window is None


def test_without_a_tray_success_says_nothing(bench: Bench) -> None:
    assert bench.run(tray=False).window is None
    assert bench.codes == [0] and not bench.notes


@pytest.mark.parametrize("tray", [True, False])
def test_the_window_opens_where_a_person_is_needed(bench: Bench, tray: bool) -> None:
    bench.error = InstallError(Code.SSH_HOST_KEY_UNKNOWN, {"host": "203.0.113.5", "port": "22"})
    assert bench.run(tray=tray).window == "a1"
    assert bench.codes == [1] and not any(failed for _, _, failed in bench.notes)


def test_another_failure_is_a_note(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.error = InstallError(Code.SERVICE_FAILED, {"service": "api", "exit_code": "1"})
    assert bench.run().window is None
    title, text, failed = bench.notes[-1]
    assert title == "Dify on Shop was not restarted" and failed and "api" in text
    assert bench.codes == [1] and "api" in capsys.readouterr().err


def test_or_the_window_where_there_is_no_place_for_notes(bench: Bench) -> None:
    bench.error = InstallError(Code.SERVICE_FAILED, {"service": "api", "exit_code": "1"})
    assert bench.run(tray=False).window == "a1"
    assert bench.codes == [1]


def test_a_name_that_nobody_has(bench: Bench) -> None:
    beside = bench.run("Shpo")
    assert bench.codes == [2] and beside.window is None and "Shpo" in bench.notes[-1][1]


def test_a_terminal_gets_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(module, "has_terminal", lambda: True)

    def command_line(argv: list[str]) -> int:
        asked.append(argv)
        return 3

    monkeypatch.setattr(module, "run", command_line)
    assert program.main(["--restart", "Shop", "--language", "ja"]) == 3
    assert asked == [["--restart", "Shop", "--language", "ja"]]


def test_where_a_window_could_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert has_desktop({"DISPLAY": ":0"}) and has_desktop({"WAYLAND_DISPLAY": "wayland-0"})
    assert not has_desktop({"LANG": "C"})
    monkeypatch.setattr(sys, "platform", "win32")
    assert has_desktop({})
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert not has_terminal()
