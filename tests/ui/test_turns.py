"""Long work in small pieces."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QStackedWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from installer.views.wizard import WizardState
from tests.lab_ui.driver import Heartbeat
from tests.ui.preview import look, wizard_window
from ui.background import chunked_work as module
from ui.background.chunked_work import Turns


class Bench:
    def __init__(self, bot: QtBot) -> None:
        self.bot, self.parent = bot, QObject()
        self.done: list[str] = []
        self.turns = Turns(self.parent, lambda: self.done.append("after"))

    def pieces(self, *names: str, seconds: float = 0.0, enough: bool = False) -> Iterator[bool]:
        for name in names:
            time.sleep(seconds)
            self.done.append(name)
            yield enough

    def wait(self) -> None:
        self.bot.waitUntil(lambda: not self.turns.busy)


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench(qtbot)


def test_what_is_short_is_done_at_once(bench: Bench) -> None:
    bench.turns.begin(bench.pieces("a", "b", "c"))
    assert bench.done == ["a", "b", "c"] and not bench.turns.busy


def test_what_is_long_gives_way_after_each_piece(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TURN_SECONDS", 0.004)
    bench.turns.begin(bench.pieces("a", "b", "c", seconds=2 * module.TURN_SECONDS))
    assert bench.done == ["a"] and bench.turns.busy
    bench.wait()
    assert [name for name in bench.done if name != "after"] == ["a", "b", "c"]
    assert bench.done[:3] == ["a", "b", "after"] and bench.done[-1] == "after"


def test_a_piece_may_end_its_turn(bench: Bench) -> None:
    bench.turns.begin_later(bench.pieces("a", "b", enough=True))
    assert bench.done == []
    bench.wait()
    assert bench.done == ["a", "after", "b", "after", "after"]


def test_other_work_takes_the_place_of_what_is_under_way(bench: Bench) -> None:
    bench.turns.begin(bench.pieces("a", "b", enough=True))
    bench.turns.begin(bench.pieces("x", "y", enough=True))
    bench.wait()
    assert [name for name in bench.done if name != "after"] == ["a", "x", "y"]


def test_work_that_breaks_does_not_go_on(bench: Bench) -> None:
    def broken() -> Iterator[None]:
        yield
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        bench.turns.begin(broken())
    assert not bench.turns.busy


def test_rows_that_come_one_by_one_keep_the_focus_and_the_process() -> None:
    """With wrappers of layout items around, memory was corrupt in most runs."""
    command = [sys.executable, "-m", "tests.ui.turns_stress"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_window_built_anew_twice_keeps_nothing_of_before(qtbot: QtBot) -> None:
    state = WizardState()
    shell, _view = wizard_window(state, "en", "light")
    qtbot.addWidget(shell)
    first = shell.stack
    for page in range(4):
        first.addWidget(QLabel(str(page)))
    shell.build(look("en", "light"))
    second = shell.stack
    while isValid(first) and first.count() == 5:  # with the wizard's own page
        QApplication.processEvents()
    shell.build(look("en", "light"))
    qtbot.waitUntil(lambda: not isValid(first) and not isValid(second))
    assert shell.findChildren(QStackedWidget) == [shell.stack]


def test_a_gui_thread_that_sleeps_is_seen(qtbot: QtBot) -> None:
    """What the whole installation is measured with."""
    beat = Heartbeat()
    qtbot.wait(50)
    QTimer.singleShot(0, beat, lambda: time.sleep(0.3))
    qtbot.wait(500)
    gaps = beat.stop()
    assert gaps and gaps[0][0] > 100
