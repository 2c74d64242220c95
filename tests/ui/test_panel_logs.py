"""Logs: the ring, the search, following, and how long the window is held up."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from installer.logs.highlighting import LONGEST
from installer.logs.line import Line, line_time
from installer.logs.log_buffer import LogBuffer, mark
from installer.logs.search import Query
from installer.logs.service_logs import LogLine
from installer.logs.store import Store
from installer.state.history import Times
from installer.views.panel import LogSaving, LogState, PanelState, Seeking
from tests.ui.states import panel as states
from ui import intents as i
from ui.background.switch_interval import undisturbed
from ui.panel import intents as pi
from ui.panel.logs.entry import Entry, _local
from ui.panel.logs.list import MOST_COPIED
from ui.panel.logs.model import FLOOD_MS, REFRESH_MS, LogModel
from ui.panel.logs.section import LogsSection
from ui.panel.logs.seek_card import SeekCard

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
        self.write(states.log_lines(lines))
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
        entry = self.model.entry(index.row())
        assert entry is not None
        return entry.copied

    def write(self, lines: Sequence[LogLine]) -> None:
        """More lines come, and what is searched for is found among them."""
        states.write(self.model, lines)
        if self.model.searching:
            states.find(self.model, self.model.query)

    def queries(self) -> list[Query]:
        """What it asks to be searched for, answered as the controller would."""
        rest = self.section.filter.rest
        if rest.isActive():
            rest.stop()
            rest.timeout.emit()
        found = [x.query for x in self.asked if isinstance(x, pi.SearchLog)]
        self.asked[:] = [x for x in self.asked if not isinstance(x, pi.SearchLog)]
        for query in found:
            states.find(self.model, query)
        return found


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(qtbot, states.running())
    yield made
    made.view.stop()


# ----------------------------------------------------------------------- rows


def texts(model: LogModel) -> list[str]:
    found = [model.entry(row) for row in range(model.rowCount())]
    return [entry.shown for entry in found if entry]


def test_a_very_long_line_is_cut_in_view_and_whole_when_copied() -> None:
    entry = Entry(
        0, Line(b"2024-11-21T09:14:00.000000000Z", "api", error=False, mark=False, text=b"x" * 5000)
    )
    assert len(entry.shown) == LONGEST + 1
    assert "x" * 5000 in entry.copied


def test_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    _local.cache_clear()
    try:
        line_ = Line(b"2024-11-21T23:14:02.118123456Z", "api", error=False, mark=False, text=b"")
        assert Entry(0, line_).clock == "11-22 08:14:02"
        today = datetime.now(UTC).replace(microsecond=118000)
        line_ = Line(f"{today:%Y-%m-%dT%H:%M:%S.%f}000Z".encode(), "api", error=False, mark=False, text=b"")
        assert Entry(0, line_).clock == f"{today.astimezone():%H:%M:%S}.118"
    finally:
        monkeypatch.undo()
        time.tzset()
        _local.cache_clear()


TRACE = ["Traceback (most recent call last):", '  File "x.py", line 1, in y', "ValueError: no"]


def test_lines_appear_and_go_and_fold(qtmodeltester: ModelTester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installer.logs.store.BLOCK", 20)
    monkeypatch.setattr("installer.logs.store.FILE", 300)
    model = LogModel()
    model.open(LogBuffer(store=Store(3000)))
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    for start in range(0, 150, 3):
        states.write(model, [line(f"{n}") for n in range(start, start + 3)])
        assert texts(model)[-3:] == [f"{start}", f"{start + 1}", f"{start + 2}"]
    assert model.buffer.store.first > 0 and model.rowCount() == model.total < 150
    states.write(model, [line(text) for text in ("a", *TRACE, "b")])
    assert texts(model)[-3:] == ["a", "ValueError: no", "b"]
    assert model.rowCount() == model.total - 2
    row = model.rowCount() - 2
    model.toggle(row)
    assert texts(model)[-5:] == ["a", *TRACE, "b"]
    model.toggle(row)
    assert texts(model)[-3:] == ["a", "ValueError: no", "b"]
    assert [x.text.decode() for x in model.block(row)] == TRACE
    assert [model.row(model.number(r)) for r in range(model.rowCount())] == [*range(model.rowCount())]


def test_a_fold_of_which_the_beginning_goes_leaves_no_row_behind(
    qtmodeltester: ModelTester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was announced is what there is: else the newest lines would have no place in the view."""
    monkeypatch.setattr("installer.logs.store.BLOCK", 50)
    monkeypatch.setattr("installer.logs.store.FILE", 400)
    model = LogModel()
    model.open(LogBuffer(store=Store(3000)))
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    shown = 0

    def came(_parent: object, first: int, last: int) -> None:
        nonlocal shown
        shown += last - first + 1

    def went(_parent: object, first: int, last: int) -> None:
        nonlocal shown
        shown -= last - first + 1

    shown = model.rowCount()
    model.rowsInserted.connect(came)
    model.rowsRemoved.connect(went)
    for n in range(60):
        states.write(model, [line(text) for text in (f"{n}", *TRACE)])
        assert model.rowCount() == shown, n
    assert model.buffer.store.first > 0


def test_a_traceback_that_comes_line_by_line_is_folded_at_its_end(qtmodeltester: ModelTester) -> None:
    model = LogModel()
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    for text in ("a", *TRACE[:2]):
        states.write(model, [line(text)])
    assert texts(model) == ["a", *TRACE[:2]]
    states.write(model, [line(TRACE[2])])
    states.write(model, [line("b"), *map(line, TRACE)])
    states.write(model, [line("c")])
    assert texts(model) == ["a", "ValueError: no", "b", "ValueError: no", "c"]


def test_a_search_goes_on_with_what_comes_and_what_goes(qtmodeltester: ModelTester) -> None:
    model = LogModel()
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    states.write(model, [line(f"{'Even' if n % 2 == 0 else 'odd'} {n}") for n in range(10)])
    states.find(model, Query("EVEN"))
    assert texts(model) == ["Even 0", "Even 2", "Even 4", "Even 6", "Even 8"]
    assert model.total == 10 and model.searching
    states.write(model, [line("even 10"), line("odd 11")])
    model.show_hits(Query("EVEN"), array("q", [10]))
    assert texts(model)[-2:] == ["Even 8", "even 10"]
    model.expect()  # it is searched again, as somebody came back
    assert model.rowCount() == 6
    model.show_hits(Query("EVEN"), array("q", [0, 2]))
    assert texts(model) == ["Even 0", "Even 2"]
    model.show_hits(Query(), None)
    assert model.rowCount() == 12


# ------------------------------------------------------------------ following


def test_it_stays_at_the_newest_line(bench: Bench) -> None:
    assert bench.at_end
    bench.write(states.log_lines(50))
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
    bench.write(states.log_lines(200))
    assert bench.top == top
    QTest.mouseClick(bench.section.follow, LEFT)
    assert bench.at_end
    assert bench.list.following


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that forgets soon."""
    monkeypatch.setattr("installer.logs.store.BLOCK", 2_000)
    monkeypatch.setattr("installer.logs.store.FILE", 4_000)
    monkeypatch.setattr("installer.logs.store.MOST", 24_000)
    monkeypatch.setattr("installer.logs.store.Store.__init__.__defaults__", (24_000,))


def test_what_one_reads_stays_while_old_lines_go(small: None, bench: Bench) -> None:
    bench.list.follow(False)
    bench.list.verticalScrollBar().setValue(150)
    top = bench.top
    while not bench.model.buffer.store.first:
        bench.write(states.log_lines(20))
    assert bench.top == top
    assert not bench.list.following


def test_following_goes_on_while_old_lines_go(small: None, bench: Bench) -> None:
    for _ in range(5):
        bench.write(states.log_lines(200))
        assert bench.at_end
        assert bench.list.following
    assert bench.model.buffer.store.first


def test_a_mark_says_where_older_lines_went(small: None, bench: Bench) -> None:
    for _ in range(3):  # each time it stands in another place
        before = bench.model.buffer.store.first
        while bench.model.buffer.store.first == before:
            bench.write(states.log_lines(20))
        said = bench.model.data(bench.model.index(0, 0))
        assert str(said).startswith("Older lines are no longer kept here: there is more than 1 GB")
        assert "Older lines" not in str(bench.model.data(bench.model.index(1, 0)))
    bench.list.selectAll()
    assert "dropped" not in bench.list.selected_text()
    states.find(bench.model, Query("dropped"))
    assert bench.model.rowCount() == 0


def test_a_traceback_whose_head_went_is_no_longer_folded(small: None, bench: Bench) -> None:
    while not bench.model.buffer.store.first:
        bench.write([line(text) for text in TRACE * 5])
    shown = [bench.model.entry(row) for row in range(len(TRACE) + 2)]
    assert shown[0] is not None and shown[0].line.mark and not shown[0].after


def test_how_many_came_while_one_reads(bench: Bench) -> None:
    bench.list.follow(False)
    assert bench.section.follow.text() == " &Follow"
    bench.write([line("one"), line("two")])
    assert bench.section.follow.text() == " New lines: 2"
    QTest.mouseClick(bench.section.follow, LEFT)
    assert bench.section.follow.text() == " &Following" and bench.at_end


def test_another_depth_keeps_the_place(bench: Bench) -> None:
    bench.list.follow(False)
    bench.list.verticalScrollBar().setValue(100)
    top = bench.top
    deeper = LogModel()
    lines = [bench.model.buffer.store.line(n) for n in range(bench.model.total)]
    deeper.buffer.tags("x")
    for name in bench.model.buffer.services:
        deeper.buffer.tags(name)
    deeper.buffer._names.pop(0)
    for _ in range(50):
        deeper.buffer.append([lines[0][0]], [b"older\n"])
    deeper.buffer.append([head for head, _ in lines], [text + b"\n" for _, text in lines])
    bench.view.open_log(deeper.buffer)
    assert bench.model.total == 350
    assert bench.top == top


# ---------------------------------------------------------------------- hears


def test_search_by_keyboard(bench: Bench) -> None:
    QTest.keyClicks(bench.section.search, "TimeOut")
    assert bench.queries() == [Query("TimeOut")]
    hits = bench.model.rowCount()
    assert bench.section.count.text() == f"Hits: {hits}"
    assert 0 < hits < 300
    QTest.keyClicks(bench.section.search, " nowhere")
    bench.queries()
    assert bench.section.nothing.isVisible()
    assert bench.section.nothing.what.text() == "No line contains “TimeOut nowhere”"
    bench.section.search.clear()
    assert bench.queries() == [Query()]
    assert bench.list.isVisible() and bench.section.count.text() == "Lines: 300"
    assert not bench.asked


def test_level_pattern_and_time(bench: Bench) -> None:
    bar = bench.section.filter
    bar.level.setFocus()
    QTest.keyClick(bar.level, Qt.Key.Key_Down)
    QTest.keyClick(bar.level, Qt.Key.Key_Down)
    QTest.keyClicks(bar.search, "slow|timed")
    QTest.mouseClick(bar.regex, LEFT)
    assert bench.queries() == [Query("slow|timed", True, "warning")]
    assert 0 < bench.model.rowCount() < 300
    bar.clear()
    assert not bar.since.isVisible()
    bar.period.setCurrentIndex(bar.period.count() - 1)
    assert bar.since.isVisible() and bar.zone.isVisible() and "UTC" in bar.zone.text()
    QTest.keyClicks(bar.since, "2026-11-26 09:00")
    QTest.keyClicks(bar.until, "nonsense")
    query = bench.queries()[-1]
    assert line_time(query.since) == datetime(2026, 11, 26, 9).astimezone() and query.until == b""
    assert bar.until.property("wrong") == "true" and bar.since.property("wrong") == ""
    bar.period.setCurrentIndex(2)
    (query,) = bench.queries()
    assert abs(datetime.now(UTC) - line_time(query.since)) < timedelta(minutes=61)  # type: ignore[operator]


def test_a_pattern_that_cannot_be_searched_for_is_told(bench: Bench) -> None:
    bench.section.filter.regex.setChecked(True)
    bad = replace(states.running(section="logs"), log=LogState(phase="live", bad="invalid", why="missing )"))
    bench.view.show_state(bad)
    assert bench.section.filter.bad.isVisible() and "missing )" in bench.section.filter.bad.text()
    assert bench.section.search.property("wrong") == "true"
    bench.view.show_state(states.running(section="logs"))
    assert not bench.section.filter.bad.isVisible()


def test_what_was_searched_for_is_there_in_another_language(bench: Bench) -> None:
    query = Query("x", True, "error", b"2026-11-26T00:00:00.000000000Z", b"")
    states.find(bench.model, query)
    again = LogsSection(bench.section.ui, bench.model)
    assert again.filter.query() == query


def test_several_services(bench: Bench) -> None:
    combo = bench.section.services
    combo.setCurrentIndex(combo.count() - 1)
    combo.activated.emit(combo.count() - 1)
    assert bench.section.several.isVisible()
    for name in ("api", "redis"):
        QTest.mouseClick(bench.section.several.boxes[name], LEFT)
    assert bench.section.several.changed.isActive()
    bench.section.several.changed.stop()
    bench.section.several.changed.timeout.emit()
    assert bench.asked == [pi.ShowLogs(("api", "redis"))]
    some = replace(states.running(section="logs"), log=LogState(("api", "redis"), "live"))
    bench.view.show_state(some)
    assert bench.section.several.chosen() == ("api", "redis")
    assert combo.currentIndex() == combo.count() - 1
    bench.view.show_state(replace(some, log=LogState((), "live")))


def test_older_lines_are_offered_where_docker_has_them(bench: Bench) -> None:
    assert not bench.section.older.isVisible()
    cut = replace(states.running(section="logs"), log=LogState(phase="live", cut=True))
    bench.view.show_state(cut)
    QTest.mouseClick(bench.section.older, LEFT)
    assert bench.asked == [pi.LoadOlderLines()]
    bench.view.show_state(replace(cut, log=LogState(phase="live", cut=True, older=True)))
    assert not bench.section.older.isEnabled()


def test_marks_are_told_and_not_copied(bench: Bench) -> None:
    head, text = mark("recreated", "api", b"2026-11-26T00:00:00.000000000Z")
    bench.model.buffer.append([head], [text])
    bench.write([line("last")])
    row = bench.model.rowCount() - 2
    said = bench.model.data(bench.model.index(row, 0))
    assert said == "The container of api was made anew"
    bench.list.selectAll()
    assert "recreated" not in bench.list.selected_text()


def test_a_traceback_unfolds_and_is_read_as_a_whole(bench: Bench) -> None:
    bench.write([line("before"), *map(line, TRACE), line("after")])
    row = bench.model.rowCount() - 2
    bench.list.setFocus()
    bench.list.setCurrentIndex(bench.model.index(row, 0))
    rows = bench.model.rowCount()
    QTest.keyClick(bench.list, Qt.Key.Key_Right)
    assert bench.model.rowCount() == rows + 2 and not bench.list.following
    QTest.keyClick(bench.list, Qt.Key.Key_Left)
    assert bench.model.rowCount() == rows
    bench.list.scrollTo(bench.model.index(row, 0))
    place = bench.list.visualRect(bench.model.index(row, 0))
    at = place.topLeft() + QPoint(bench.list.lines._text + 4, 5)
    QTest.mouseClick(bench.list.viewport(), LEFT, pos=at)
    assert bench.model.rowCount() == rows + 2
    QTest.mouseClick(bench.list.viewport(), LEFT, pos=at)
    QTest.keyClick(bench.list, Qt.Key.Key_Return)
    detail = bench.section.detail
    assert detail.isVisible() and detail.box.toPlainText() == "\n".join(TRACE)
    QTest.mouseClick(detail.copy, LEFT)
    assert bench.asked == [i.CopyText("\n".join(TRACE))]
    detail.box.setFocus()
    QTest.keyClick(detail.box, Qt.Key.Key_Escape)
    assert not detail.isVisible() and bench.list.hasFocus()


def picture(bench: Bench) -> QImage:
    return bench.list.viewport().grab().toImage()


def test_a_long_line_is_painted_where_it_is_in_view(bench: Bench) -> None:
    wide = "".join(chr(33 + n % 90) for n in range(1900))
    bench.write([line(wide), line(wide + "日本語"), line(f"\x1b[31m{wide[:400]}\x1b[1mbold\x1b[0m{wide}")])
    painter = bench.list.lines
    assert painter._advance > 0  # the machine that runs this has a fixed font
    picture(bench)  # and now the longest line is known
    QApplication.processEvents()
    bar, seen = bench.list.horizontalScrollBar(), set[bytes]()
    for value in (0, 1, 333, 4_000, bar.maximum()):
        bar.setValue(value)
        cut = picture(bench)
        before, painter._advance = painter._advance, 0.0
        whole = picture(bench)
        painter._advance = before
        assert cut == whole, value
        seen.add(bytes(cut.constBits()))
    assert bar.maximum() > 8_000 and len(seen) == 5


def test_what_is_selected_and_where_the_keyboard_is_can_be_seen(bench: Bench) -> None:
    QApplication.sendPostedEvents()  # a scroll bar is about to come, and the viewport loses its height
    bench.list.setFocus()
    row = bench.model.rowCount() - 3
    bench.list.setCurrentIndex(bench.model.index(row, 0))
    colors, edge = bench.view.ui.colors, bench.list.viewport().width() - 3
    shown = picture(bench)  # which lays the list out, so the row's place is asked for afterwards
    place = bench.list.visualRect(bench.model.index(row, 0))
    middle = place.center().y()
    assert shown.pixelColor(edge, middle) == QColor(colors.selection)
    assert shown.pixelColor(edge, place.top()) == QColor(colors.accent)
    assert shown.pixelColor(edge, middle - place.height()) != QColor(colors.selection)
    bench.section.search.setFocus()
    assert picture(bench).pixelColor(edge, place.top()) == QColor(colors.selection)


def test_the_window_is_not_interrupted_while_it_paints(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    entry = bench.model.entry

    def look(row: int) -> Entry | None:
        seen.append(undisturbed._depth)
        return entry(row)

    monkeypatch.setattr(bench.model, "entry", look)
    bench.list.viewport().repaint()
    assert seen and set(seen) == {1} and undisturbed._depth == 0


def test_a_flood_of_lines_is_shown_less_often(bench: Bench) -> None:
    assert bench.model._timer.interval() == REFRESH_MS
    bench.write(states.log_lines(3_000))
    assert bench.model._timer.interval() == FLOOD_MS
    bench.write(states.log_lines(10))
    assert bench.model._timer.interval() == REFRESH_MS


def test_the_menu_of_a_line(bench: Bench) -> None:
    states.find(bench.model, Query("timed out (api"))
    number = bench.model.number(3)
    bench.list.setCurrentIndex(bench.model.index(3, 0))
    menu = bench.section.menu(3)
    copy, whole, in_place, _, following, before = menu.actions()
    following.trigger()
    assert bench.list.currentIndex().row() == 4
    before.trigger()
    copy.trigger()
    copied = bench.asked[-1]
    assert isinstance(copied, i.CopyText) and "timed out (api" in copied.text
    whole.trigger()
    assert "timed out (api" in bench.section.detail.box.toPlainText()
    in_place.trigger()
    assert not bench.model.searching and bench.list.selected_rows() == [bench.model.row(number)]


def test_what_is_selected_stays_when_nothing_is_searched_for_once_more(bench: Bench) -> None:
    bench.view.jump(150)
    bench.model.expect()
    bench.model.show_hits(Query(), None)
    assert bench.list.selected_rows() == [bench.model.row(150)]


def test_a_cited_line_is_shown(bench: Bench) -> None:
    bench.view.jump(150)
    assert bench.list.selected_rows() == [bench.model.row(150)]
    assert not bench.list.following
    rect = bench.list.visualRect(bench.list.currentIndex())
    assert bench.list.viewport().rect().contains(rect.center().x(), rect.center().y())
    bench.write([line("before"), *map(line, TRACE), line("after")])
    states.find(bench.model, Query("after"))
    bench.view.jump(bench.model.total - 2)
    assert not bench.model.searching
    entry = bench.model.entry(bench.list.currentIndex().row())
    assert entry is not None and entry.shown == "ValueError: no"


RUN = Times(1_732_180_000, 1_732_180_060)
WANTED = Seeking("busy", "api", ("FATAL",), RUN)


def seek(bench: Bench, **changes: Any) -> SeekCard:
    bench.view.show_state(replace(states.running(section="logs"), seeking=replace(WANTED, **changes)))
    QApplication.processEvents()
    return bench.section.seeking


def test_a_search_for_a_cited_line_is_told_and_stopped_by_the_keyboard(bench: Bench) -> None:
    card = seek(bench)
    assert card.isVisible() and card.text.text() == "Looking for the line in the log of api…"
    assert card.stop.isVisible() and not card.done.isVisible() and not card.way.isVisible()
    assert card.stop.accessibleName() == "Stop looking for the line"
    seek(bench, read=25_000)
    assert card.text.text().endswith("Lines read so far: 25,000")
    reached = []
    for _ in range(40):
        QTest.keyClick(bench.window.focusWidget(), Qt.Key.Key_Tab)
        reached.append(bench.window.focusWidget())
    assert card.stop in reached
    card.stop.setFocus()
    QTest.keyClick(card.stop, Qt.Key.Key_Space)
    QTest.keyClick(card.stop, Qt.Key.Key_Escape)
    stop: list[i.Intent] = [pi.StopSearching(), pi.StopSearching()]
    assert bench.asked == stop
    seek(bench, phase="stopped")
    assert bench.window.focusWidget() is card.way and card.way.text() == "Look again"
    QTest.keyClick(card.way, Qt.Key.Key_Space)
    assert bench.asked[-1] == pi.ShowLogLine("api", ("FATAL",), RUN)
    seek(bench, phase="")
    assert card.isHidden() and bench.window.focusWidget() is bench.list


def test_where_there_is_no_line_of_the_run_s_time_it_is_said(bench: Bench) -> None:
    card = seek(bench, phase="other_time", newest_at=time.time())
    run, today = bench.section.ui.moment(RUN.failed), card.text.text().rpartition("written at ")[2]
    assert f"the run that failed at {run}." in card.text.text() and 4 < len(today) < len(run)
    QTest.mouseClick(card.way, LEFT)
    assert bench.asked == [pi.ShowLogLine("api", ("FATAL",))], "the newest one"
    seek(bench, phase="further")
    assert card.way.text() == "Search them, too"
    QTest.mouseClick(card.way, LEFT)
    assert bench.asked[-1] == pi.ShowLogLine("api", ("FATAL",))
    seek(bench, phase="unread")
    QTest.mouseClick(card.way, LEFT)
    assert bench.asked[-1] == pi.ShowLogLine("api", ("FATAL",), RUN)
    seek(bench, phase="missing")
    assert not card.way.isVisible()
    bench.asked.clear()
    QTest.mouseClick(card.done, LEFT)
    assert [type(asked) for asked in bench.asked] == [pi.StopSearching]


def test_saving(bench: Bench, tmp_path: Path) -> None:
    saving = bench.section.saving
    saving._choose = lambda: tmp_path / "x.log.gz"
    QTest.mouseClick(bench.section.save, LEFT)
    assert saving.isVisible() and saving.clean.isChecked()
    QTest.mouseClick(saving.place, LEFT)
    assert bench.asked == [pi.SaveLog(tmp_path / "x.log.gz", (), True)]
    busy = replace(states.running(section="logs"), log_saving=LogSaving("busy", "x.log.gz", 7))
    bench.view.show_state(busy)
    assert "7" in saving.text.text() and not saving.place.isVisible()
    QTest.mouseClick(saving.stop, LEFT)
    assert bench.asked[-1] == pi.SaveLog(None)
    bench.view.show_state(replace(busy, log_saving=LogSaving("saved", "x.log.gz", 9)))
    assert saving.text.text() == "Saved 9 lines: x.log.gz"
    QTest.mouseClick(saving.done, LEFT)
    assert not saving.isVisible()
    QTest.mouseClick(bench.section.save, LEFT)
    bench.view.show_state(replace(busy, log_saving=LogSaving("saved", "x.log.gz", 9)))
    assert saving.text.text().startswith("Everything that Docker has kept")


def test_choose_a_service(bench: Bench) -> None:
    bench.section.services.setFocus()
    QTest.keyClick(bench.section.services, Qt.Key.Key_Down)
    assert bench.asked == [pi.ShowSection("logs", "nginx")]
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
    lines = [bench.model.buffer.line(n) for n in range(bench.model.total)]
    assert copied.text.splitlines() == [Entry(0, x).copied for x in lines]
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


def test_a_line_that_was_never_there_promises_no_lines(bench: Bench) -> None:
    bench.view.open_log(LogBuffer())
    bench.view.show_state(replace(states.lost_first(), section="logs"))
    assert bench.section.nothing.what.text() == "No lines yet"
    assert "as soon as the server answers" in bench.section.nothing.about.text()


def test_the_window_is_not_held_up(bench: Bench) -> None:
    """A hundred thousand lines there, 1 000 more at once, and painting after each, with hits and without."""
    buffer, spent = bench.model.buffer, []
    heads, lines = [buffer.store.head(0)] * 1000, [b"INFO some text of a line\n"] * 1000

    def turn(work: Callable[[], object]) -> None:
        begin = time.thread_time()
        work()
        spent.append(time.thread_time() - begin)

    for _ in range(100):
        buffer.append(heads, lines)
    turn(bench.model.refresh)
    for hits in (None, array("q", range(0, 100_000, 2))):
        turn(lambda hits=hits: bench.model.show_hits(Query("x" if hits else ""), hits))  # type: ignore[misc]
        turn(QApplication.processEvents)
        for _ in range(5):
            buffer.append(heads, lines)
            turn(bench.model.refresh)
            turn(QApplication.processEvents)
    turn(bench.list.selectAll)
    assert len(bench.list.selected_rows()) == MOST_COPIED
    print([round(s * 1000, 1) for s in spent])
    assert max(spent) < SLOT_SECONDS
