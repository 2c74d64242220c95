"""Logs: the ring, the search, following, and how long the window is held up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from installer.panel import LogState, PanelState
from installer.stack.logs import LogLine
from tests.ui.states import panel as states
from ui import intents as i
from ui.panel import log_model
from ui.panel.log_model import Entry, LogModel, level_of, plain
from ui.panel.logs import LogsSection

LEFT = Qt.MouseButton.LeftButton
#: The window must answer within this time, whatever comes.
SLOT_SECONDS = 0.050


def line(text: str, second: float = 0, service: str = "api") -> LogLine:
    return LogLine(f"2024-11-21T09:14:{second:06.3f}Z", service, "stdout", text)


class Bench:
    """The section in a window, and what it asked for."""

    def __init__(self, bot: QtBot, state: PanelState, lines: int = 300) -> None:
        self.window = states.panel_window(replace(state, section="logs"), "en", "light")
        bot.addWidget(self.window)
        self.bot, self.view = bot, self.window.view
        self.asked: list[i.Intent] = []
        self.view.asked.connect(self.asked.append)
        with bot.waitExposed(self.window):
            self.window.show()
        section = self.view.current
        assert isinstance(section, LogsSection)
        self.section, self.list, self.model = section, section.list, self.view.log
        self.view.append(states.log_lines(lines))
        bot.waitUntil(lambda: self.window.focusWidget() is section.search)

    @property
    def at_end(self) -> bool:
        QApplication.processEvents()
        bar = self.list.verticalScrollBar()
        return bar.maximum() > 0 and bar.value() == bar.maximum()

    @property
    def top(self) -> str:
        """The first line in view."""
        QApplication.processEvents()
        index = self.list.indexAt(self.list.viewport().rect().topLeft())
        return self.model.rows[index.row()].copied


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(qtbot, states.running())
    yield made
    made.view.stop()


# ----------------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("ERROR httpx.ConnectTimeout", "error"),
        ("2024-11-21 09:14:08.771 FATAL  database is gone", "error"),
        ("2024/11/21 09:14:08 [error] 30#30: upstream timed out", "error"),
        ('{"level":"error","msg":"x"}', "error"),
        ("ValueError: bad", "error"),
        ("WARNING slow", "warning"),
        ("1:M 21 Nov 2024 # WARNING overcommit_memory", "warning"),
        ('level=warn msg="x"', "warning"),
        ('203.0.113.7 "GET /error/warning HTTP/1.1" 200', ""),
        ("INFO no errors found", ""),
        ("x" * 300 + " ERROR", ""),
    ],
)
def test_levels(text: str, level: str) -> None:
    assert level_of(text) == level


def test_colour_codes_and_control_characters_are_left_out() -> None:
    assert plain("\x1b[32mINFO\x1b[0m ok\x1b]8;;http://x\x07\x1b(B") == "INFO ok"
    assert plain("a\tb\r\x00\x07c") == "a    bc"
    assert plain("文字化けしない") == "文字化けしない"


def test_a_very_long_line_is_cut_in_view_and_whole_when_copied() -> None:
    entry = Entry(0, line("x" * 5000))
    assert len(entry.shown) == log_model.LONGEST + 1
    assert "x" * 5000 in entry.copied


def test_the_level_is_not_said_twice() -> None:
    assert Entry(0, line("WARNING slow")).shown == "slow"
    assert Entry(0, line("INFO ok")).shown == "INFO ok"


def test_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert (
            Entry(0, LogLine("2024-11-21T23:14:02.118123456Z", "api", "stdout", "")).clock == "08:14:02.118"
        )
        assert Entry(0, LogLine("2024-11-21T23:14:02Z", "api", "stdout", "")).clock == "08:14:02.000"
    finally:
        monkeypatch.undo()
        time.tzset()


# ----------------------------------------------------------------------- ring


def test_the_ring_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch, qtmodeltester: ModelTester) -> None:
    monkeypatch.setattr(log_model, "LIMIT", 10)
    model = LogModel()
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    for start in range(0, 24, 3):
        model.append([line(f"{n}") for n in range(start, start + 3)])
    assert [e.text for e in model.rows] == [f"{n}" for n in range(14, 24)]
    model.append([line(f"n{n}") for n in range(50)])
    assert [e.text for e in model.rows] == [f"n{n}" for n in range(40, 50)]
    model.clear()
    assert model.rowCount() == 0


def test_a_search_goes_on_with_what_comes_and_what_goes(
    monkeypatch: pytest.MonkeyPatch, qtmodeltester: ModelTester
) -> None:
    monkeypatch.setattr(log_model, "LIMIT", 10)
    model = LogModel()
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    model.append([line(f"{'Even' if n % 2 == 0 else 'odd'} {n}") for n in range(10)])
    model.search("EVEN")
    assert [e.text for e in model.rows] == ["Even 0", "Even 2", "Even 4", "Even 6", "Even 8"]
    model.append([line("even 10"), line("odd 11"), line("even 12")])
    assert [e.text for e in model.rows] == ["Even 4", "Even 6", "Even 8", "even 10", "even 12"]
    assert model.total == 10
    model.search("")
    assert model.rowCount() == 10


# ------------------------------------------------------------------ following


def test_it_stays_at_the_newest_line(bench: Bench) -> None:
    assert bench.at_end
    bench.view.append(states.log_lines(50))
    assert bench.at_end


def test_scrolling_up_lets_go_and_the_button_jumps_to_the_end(bench: Bench) -> None:
    assert bench.at_end
    bench.list.setFocus()
    assert bench.at_end  # coming to the list moves nothing
    QTest.keyClick(bench.list, Qt.Key.Key_PageUp)
    QTest.keyClick(bench.list, Qt.Key.Key_PageUp)
    assert not bench.list.following
    assert not bench.section.follow.isChecked()
    top = bench.top
    bench.view.append(states.log_lines(200))
    assert bench.top == top
    QTest.mouseClick(bench.section.follow, LEFT)
    assert bench.at_end
    assert bench.list.following


def test_what_one_reads_stays_while_old_lines_go(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_model, "LIMIT", 300)
    bench.list.follow(False)
    bench.list.verticalScrollBar().setValue(150)
    top = bench.top
    bench.view.append(states.log_lines(60))
    assert bench.top == top
    assert not bench.list.following


def test_following_goes_on_while_old_lines_go(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_model, "LIMIT", 300)
    for _ in range(5):
        bench.view.append(states.log_lines(200))
        assert bench.at_end
        assert bench.list.following


# ---------------------------------------------------------------------- hears


def test_search_by_keyboard(bench: Bench) -> None:
    QTest.keyClicks(bench.section.search, "TimeOut")
    assert bench.section.count.text() == f"Hits: {len(bench.model.rows)}"
    assert 0 < len(bench.model.rows) < 300
    QTest.keyClicks(bench.section.search, " nowhere")
    assert bench.section.nothing.isVisible()
    assert bench.section.nothing.what.text() == "No line contains “TimeOut nowhere”"
    bench.section.search.clear()
    assert bench.list.isVisible() and bench.section.count.text() == "Lines: 300"
    assert not bench.asked


def test_choose_a_service(bench: Bench) -> None:
    bench.section.services.setFocus()
    QTest.keyClick(bench.section.services, Qt.Key.Key_Down)
    assert bench.asked == [i.ShowSection("logs", "nginx")]
    one = replace(states.running(section="logs"), log=LogState(("worker",), "live"))
    bench.view.show_state(one)
    assert bench.section.services.currentText() == "worker"
    assert bench.section.sentence.text() == "What worker writes about its work."
    assert len(bench.asked) == 1


def test_copy_the_selected_lines(bench: Bench) -> None:
    bench.list.setFocus()
    QTest.keyClick(bench.list, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(bench.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = bench.asked[0]
    assert isinstance(copied, i.CopyText)
    assert copied.text.splitlines() == [e.copied for e in bench.model.rows]
    assert " api | INFO request finished" in copied.text


@pytest.mark.parametrize(
    ("phase", "what"),
    [
        ("loading", "Reading the last lines…"),
        ("live", "No lines yet"),
        ("nothing", "There is no container to read from"),
    ],
)
def test_no_lines(qtbot: QtBot, phase: str, what: str) -> None:
    bench = Bench(qtbot, states.running(log=LogState(phase=phase)), lines=0)  # type: ignore[arg-type]
    assert bench.section.nothing.isVisible()
    assert bench.section.nothing.what.text() == what
    bench.view.stop()


def test_a_lost_line_leaves_the_lines_and_says_so(bench: Bench) -> None:
    bench.view.show_state(replace(states.lost(), section="logs"))
    assert bench.list.isVisible() and bench.section.broken.isVisible()
    assert bench.section.notices.lost.isVisible()


# ------------------------------------------------------------------------ time


def test_the_window_is_not_held_up(bench: Bench) -> None:
    """Five batches of 1 000 lines into a full ring, with a search and without, and painting after each."""
    bench.view.append(states.log_lines(log_model.LIMIT))
    assert bench.at_end
    batch = states.log_lines(1000)
    spent = []
    for search in ("", "timeout"):
        begin = time.thread_time()
        bench.model.search(search)
        spent.append(time.thread_time() - begin)
        for _ in range(5):
            begin = time.thread_time()
            bench.view.append(batch)
            spent.append(time.thread_time() - begin)
            begin = time.thread_time()
            QApplication.processEvents()
            spent.append(time.thread_time() - begin)
    print([round(s * 1000, 1) for s in spent])
    assert max(spent) < SLOT_SECONDS
