"""The control panel by keyboard alone: keys go to the window, which gives them to whatever has the focus."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt, QTimer, QUrl
from PySide6.QtGui import QContextMenuEvent, QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from installer.core.app_folder import Home
from installer.operations import actions
from installer.views.panel import PanelState
from tests.fakes.host import FakeJob
from tests.lab_ui.driver import spoken
from tests.ui.panel_host import ANSWERS, PanelHost
from tests.ui.test_open_servers import Bench, World, world  # noqa: F401  (fixtures)
from tests.ui.test_panel_controller import Way, restarting
from ui.connection.session import Session
from ui.panel.containers.section import ContainersSection
from ui.panel.history.section import HistorySection
from ui.panel.logs.section import LogsSection
from ui.panel.overview.section import OverviewSection
from ui.window.dialogs import Decision

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # menus

Key = Qt.Key
ALT, SHIFT, CTRL = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
NONE = Qt.KeyboardModifier.NoModifier
FAILED = "FATAL:  password authentication failed for user postgres"


class Hands:
    """Nothing but keys, and looking at what has the focus."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.app = bench, bench.app

    def press(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE, times: int = 1) -> None:
        """To the window, or to a menu that is open."""
        for _ in range(times):
            popup = QApplication.activePopupWidget()
            if popup is None and QApplication.activeWindow() is None:
                self.app.shell.activateWindow()  # as a desktop does when a menu goes
            handle = (popup or self.app.shell).windowHandle()
            assert handle is not None
            QTest.keyClick(handle, key, keys)
            QApplication.processEvents()

    def write(self, text: str) -> None:
        handle = self.app.shell.windowHandle()
        assert handle is not None
        for letter in text:
            QTest.keyClick(handle, letter)  # type: ignore[call-overload]

    @property
    def focus(self) -> QWidget:
        found = self.app.shell.focusWidget()
        assert found is not None and found.isVisible() and found.isEnabled()
        return found

    def tab_to(self, name: str, *, back: bool = False) -> QWidget:
        """By Tab, or with *back* by Shift and Tab, to the control of that name."""
        seen = []
        for _ in range(90):
            said = spoken(self.focus).replace("&", "")
            if said.startswith(name):
                return self.focus
            seen.append(said)
            self.press(Key.Key_Tab, SHIFT if back else NONE)
        raise AssertionError(f"{name!r} was not reached, only {seen}")

    def until(self, condition: object) -> None:
        self.bench.until(condition)  # type: ignore[arg-type]

    def menu(self) -> QMenu:
        """The menu that is open."""
        self.until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
        found = QApplication.activePopupWidget()
        assert isinstance(found, QMenu)
        return found

    def context_menu(self) -> QMenu:
        """By the key for it, which a desktop's part of Qt turns into this (qwidgetwindow.cpp); the offscreen
        one does not."""
        widget = self.focus
        rect = widget.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle)
        at = rect.center() if isinstance(rect, QRect) and rect.isValid() else widget.rect().center()
        reason = QContextMenuEvent.Reason.Keyboard
        QApplication.sendEvent(widget, QContextMenuEvent(reason, at, widget.mapToGlobal(at)))
        return self.menu()

    @property
    def state(self) -> PanelState:
        return self.bench.front().panel.state

    def section(self, name: str) -> QWidget:
        """Go there along the rail."""
        self.tab_to(name, back=True)
        self.press(Key.Key_Space)
        view = self.app.panel_view
        assert view is not None
        assert view.current.heading.text().startswith(name.partition(",")[0]) or name == "Overview"
        return view.current


@pytest.fixture
def hands(
    qtbot: QtBot,
    qapp: QApplication,
    tmp_path: Path,
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Hands]:
    """In front of the list of servers, the first one's machine behind it."""
    monkeypatch.setattr(actions, "POLL_SECONDS", 0.01)
    font = qapp.font()
    made = Bench(qtbot, Home(tmp_path))
    yield Hands(made)
    made.end(world)
    qapp.setFont(font)


@pytest.fixture
def host(world: World) -> PanelHost:  # noqa: F811
    found = world.host("203.0.113.5")
    for n in range(40):
        text = {10: "one apple", 20: FAILED, 30: "another apple"}.get(n, f"line {n}")
        found.say(n, text, live=False)
    return found


@pytest.fixture
def panel(hands: Hands, host: PanelHost) -> Hands:
    """The first server is open."""
    hands.tab_to("Open One")
    hands.press(Key.Key_Return)
    hands.until(lambda: hands.app.front and hands.state.status)
    return hands


# --------------------------------------------------------------------- servers


def test_the_list_of_servers(hands: Hands, host: PanelHost) -> None:
    hands.tab_to("Open One")
    hands.press(Key.Key_Tab)
    assert spoken(hands.focus).startswith("More about One")
    hands.press(Key.Key_Space)
    entries = [a.text().replace("&", "") for a in hands.menu().actions() if a.text()]
    assert "Copy the restart command" in entries
    hands.press(Key.Key_Escape)
    hands.until(lambda: QApplication.activePopupWidget() is None)
    hands.tab_to("Open Two")
    hands.press(Key.Key_Space)
    hands.until(lambda: hands.app.front and hands.state.status)
    two = hands.app.front
    hands.tab_to("All servers", back=True)
    hands.press(Key.Key_Return)
    hands.until(lambda: not hands.app.front)
    hands.tab_to("Open One")
    hands.press(Key.Key_Return)
    hands.until(lambda: hands.app.front and hands.state.name == "One")
    hands.tab_to("Two: ", back=True)
    hands.press(Key.Key_Space)
    hands.until(lambda: hands.app.front == two)


def test_disconnecting(panel: Hands, world: World) -> None:  # noqa: F811
    panel.section("Server")
    panel.tab_to("Disconnect")
    panel.press(Key.Key_Space)
    panel.until(lambda: not panel.app.front)
    assert world.closed == ["203.0.113.5"]
    panel.tab_to("Open One")


# ------------------------------------------------------------------------ grid


def grid_of(panel: Hands) -> ContainersSection:
    section = panel.section("Containers")
    assert isinstance(section, ContainersSection)
    panel.tab_to("Containers of Dify")
    return section


def names(section: ContainersSection) -> list[str]:
    return [line.row.service for line in section.model.lines if not line.heading]


def test_the_grid_is_gone_along_and_tells_what_is_selected(panel: Hands) -> None:
    section = grid_of(panel)
    assert names(section) == ["nginx", "api", "redis", "init_permissions"]
    panel.press(Key.Key_Home)
    panel.press(Key.Key_Down, times=2)
    selected = [row.service for row in section.selected()]
    assert selected == ["redis"] and section.detail.isVisible()
    assert section.detail.facts[0][1].whole == "redis:1"
    panel.press(Key.Key_Up, SHIFT)
    assert [row.service for row in section.selected()] == ["api", "redis"]
    panel.press(Key.Key_Down, CTRL)
    panel.press(Key.Key_Down, CTRL)
    panel.press(Key.Key_Space, CTRL)
    assert len(section.selected()) == 3


def test_the_grid_is_filtered_sorted_and_cleared(panel: Hands) -> None:
    section = grid_of(panel)
    panel.tab_to("Filter", back=True)
    panel.write("redis")
    panel.until(lambda: names(section) == ["redis"])
    panel.press(Key.Key_A, CTRL)
    panel.press(Key.Key_Delete)
    panel.until(lambda: len(names(section)) == 4)
    panel.press(Key.Key_Tab)
    before = section.choice.order
    panel.press(Key.Key_Down)
    assert section.choice.order != before
    panel.press(Key.Key_End)
    panel.press(Key.Key_Home)
    assert section.choice.order == before
    panel.press(Key.Key_H, ALT)
    panel.until(lambda: "init_permissions" not in names(section))
    panel.tab_to("Hide ended", back=False)
    panel.press(Key.Key_Space)
    panel.until(lambda: "init_permissions" in names(section))
    panel.tab_to("Filter", back=True)
    panel.write("nobody")
    panel.tab_to("Show all of them")
    panel.press(Key.Key_Return)
    panel.until(lambda: len(names(section)) == 4)


def test_a_container_is_restarted_and_stopped(panel: Hands, host: PanelHost) -> None:
    host.planned_jobs.append(restarting(host, "api"))
    section = grid_of(panel)
    panel.press(Key.Key_Home)
    panel.press(Key.Key_Down)
    assert [row.service for row in section.selected()] == ["api"]
    panel.press(Key.Key_R, ALT)
    panel.until(lambda: panel.state.back)
    assert "api" in panel.state.back
    panel.tab_to("Containers of Dify", back=True)
    panel.press(Key.Key_S, ALT)
    panel.until(section.notices.confirm.isVisible)
    assert spoken(panel.focus) == "Keep it running"
    panel.press(Key.Key_Escape)
    assert section.notices.confirm.isHidden()
    panel.tab_to("Stop")
    panel.press(Key.Key_Space)
    panel.until(section.notices.confirm.isVisible)
    host.planned_jobs.append(FakeJob([("stop", ["Container api Stopped"], 0)]))
    panel.press(Key.Key_Tab, SHIFT)
    assert spoken(panel.focus) == "Stop api"
    panel.press(Key.Key_Space)
    panel.until(lambda: not host.planned_jobs and not panel.state.acting)
    assert panel.state.action_error is None


def test_the_grids_menu_and_its_way_to_the_log(panel: Hands) -> None:
    section = grid_of(panel)
    panel.press(Key.Key_Home)
    panel.press(Key.Key_Down)
    menu = panel.context_menu()
    offered = [a.text() for a in menu.actions() if a.text()]
    assert {"&Restart", "&Stop", "Show &log"} <= {*offered}
    panel.press(Key.Key_Down, times=offered.index("Show &log") + 1)
    panel.press(Key.Key_Return)
    panel.until(lambda: panel.state.section == "logs" and panel.state.log.services == ("api",))
    section = grid_of(panel)
    panel.press(Key.Key_Return)
    panel.until(lambda: panel.state.section == "logs")
    assert section is not None


# ------------------------------------------------------------------------ logs


def logs_of(panel: Hands) -> LogsSection:
    section = panel.section("Logs")
    assert isinstance(section, LogsSection)
    panel.until(lambda: section.model.total == 40)
    return section


def line(section: LogsSection) -> str:
    """The selected line."""
    return section.list.selected_text().rpartition("| ")[2]


def test_the_log_is_searched_and_its_hits_are_gone_along(panel: Hands) -> None:
    section = logs_of(panel)
    panel.tab_to("Search")
    panel.write("apple")
    panel.press(Key.Key_Return)
    panel.until(section.list.hasFocus)
    assert line(section) == "another apple" and section.model.rowCount() == 2
    panel.press(Key.Key_F3, SHIFT)
    assert line(section) == "one apple"
    panel.press(Key.Key_F3)
    assert line(section) == "another apple"
    # among all lines: by the menu, then from hit to hit
    menu = panel.context_menu()
    texts = [a.text().replace("&", "") for a in menu.actions() if a.text()]
    assert texts[-3:] == ["Show it among all lines", "Next hit", "Previous hit"]
    panel.press(Key.Key_A)
    panel.until(lambda: section.model.rowCount() == 40)
    assert line(section) == "another apple"
    panel.press(Key.Key_Up)
    assert line(section) == "line 29"
    panel.press(Key.Key_F3, SHIFT)
    assert line(section) == "one apple"
    panel.press(Key.Key_F3, SHIFT)
    assert line(section) == "one apple", "there is none before it"
    panel.press(Key.Key_F, CTRL)
    assert section.search.hasFocus()


def test_the_search_of_the_log_is_found_from_the_rail(panel: Hands) -> None:
    section = logs_of(panel)
    entry = QApplication.focusWidget()
    assert entry is not None and not section.isAncestorOf(entry)
    panel.press(Key.Key_F, CTRL)
    assert section.search.hasFocus()


def test_the_log_is_read_followed_and_copied(panel: Hands, host: PanelHost) -> None:
    section = logs_of(panel)
    panel.tab_to("Lines of the log")
    panel.press(Key.Key_Home)
    assert line(section) == "line 0" and not section.list.following
    panel.press(Key.Key_Down, SHIFT)
    panel.press(Key.Key_C, CTRL)
    assert [said.rpartition("| ")[2] for said in QApplication.clipboard().text().split("\n")] == [
        "line 0",
        "line 1",
    ]
    panel.press(Key.Key_Return)
    assert section.detail.isVisible() and section.detail.box.toPlainText() == "line 1"
    panel.tab_to("Close the whole line")
    panel.press(Key.Key_Escape)
    assert section.detail.isHidden() and section.list.hasFocus()
    panel.press(Key.Key_F, ALT)
    panel.until(lambda: section.list.following)
    panel.until(lambda: host.follows)
    host.say(50, "the newest")
    panel.until(lambda: section.model.total == 41)
    panel.press(Key.Key_F, CTRL)
    panel.press(Key.Key_Return)
    assert section.list.hasFocus() and line(section) == "the newest"


def test_a_traceback_is_unfolded_and_folded(panel: Hands, host: PanelHost) -> None:
    section = logs_of(panel)
    panel.until(lambda: host.follows)
    trace = ("Traceback (most recent call last):", '  File "a.py", line 1, in b', "ValueError: no", "after")
    for n, text in enumerate(trace):
        host.say(50 + n, text)
    panel.until(lambda: section.model.total == 44)
    panel.until(lambda: section.model.rowCount() == 42)
    panel.tab_to("Lines of the log")
    panel.press(Key.Key_End)
    panel.press(Key.Key_Up)
    panel.press(Key.Key_Right)
    assert section.model.rowCount() == 44
    panel.press(Key.Key_Down, times=2)
    assert line(section) == "ValueError: no"
    panel.press(Key.Key_Up, times=2)
    panel.press(Key.Key_Left)
    assert section.model.rowCount() == 42


def test_the_log_is_narrowed_down(panel: Hands) -> None:
    section = logs_of(panel)
    panel.tab_to("All services")
    panel.press(Key.Key_Down)
    panel.until(lambda: panel.state.log.services == ("nginx",))
    panel.press(Key.Key_End)
    panel.until(section.several.isVisible)
    panel.tab_to("api")
    panel.press(Key.Key_Space)
    panel.until(lambda: set(panel.state.log.services) >= {"api"})
    panel.tab_to("All levels", back=True)
    panel.press(Key.Key_End)
    panel.until(lambda: section.model.query.level == "error")
    panel.press(Key.Key_Tab)
    panel.press(Key.Key_End)
    panel.until(section.filter.since.isVisible)
    panel.press(Key.Key_Tab)
    assert spoken(panel.focus) == "From"
    panel.write("09:00")
    panel.until(lambda: section.model.query.since)


def test_the_log_is_saved(panel: Hands, tmp_path: Path) -> None:
    section = logs_of(panel)
    path = tmp_path / "all.log.gz"
    panel.tab_to("Save to a file")
    panel.press(Key.Key_Space)
    saving = section.saving
    assert saving.place.hasFocus()
    panel.press(Key.Key_Escape)
    assert saving.isHidden() and section.save.hasFocus()
    panel.press(Key.Key_Return)
    saving._choose = lambda: path  # what the system's own dialog answers
    panel.tab_to("Take passwords", back=True)
    panel.press(Key.Key_Space)
    assert not saving.clean.isChecked()
    panel.press(Key.Key_Tab)
    panel.press(Key.Key_Return)
    panel.until(lambda: panel.state.log_saving.phase == "saved")
    assert gzip.decompress(path.read_bytes()).count(b"\n") == 40
    panel.tab_to("Close")
    panel.press(Key.Key_Space)
    assert saving.isHidden()


# --------------------------------------------------------- history and overview


def test_from_a_failed_run_to_the_line_that_explains_it(panel: Hands, host: PanelHost) -> None:
    found = {"code": "ENV-02", "service": "api", "lines": [f"api | {FAILED}"]}
    # in the minute of the host's log
    failed = {"at": 1732179719, "what": "failed", "code": "ready.service_failed", "findings": [found]}
    lines = ({"at": 1732179660, "what": "restart"}, failed)
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    host.write_file(f"{ANSWERS.state_folder}/journal.jsonl", text.encode())
    panel.tab_to("History", back=True)
    panel.press(Key.Key_Space)
    panel.until(lambda: panel.state.support.phase == "shown")
    panel.tab_to("Show it in the log")
    panel.press(Key.Key_Return)
    view = panel.app.panel_view
    assert view is not None
    panel.until(lambda: isinstance(view.current, LogsSection) and view.current.list.selected_rows())
    section = view.current
    assert isinstance(section, LogsSection) and section.list.hasFocus()
    assert line(section) == FAILED


def test_history_shows_one_line_for_a_restart_with_its_service(panel: Hands, host: PanelHost) -> None:
    """Two restarts: one of api, which the journal notes by name, then one of all that runs."""
    host.planned_jobs.append(restarting(host, "api"))
    grid_of(panel)
    panel.press(Key.Key_Home)
    panel.press(Key.Key_Down)
    panel.press(Key.Key_R, ALT)
    panel.until(lambda: panel.state.action_error or (panel.state.back and not panel.state.acting))
    host.planned_jobs.append(restarting(host, "api"))
    panel.section("Overview")
    panel.tab_to("Restart Dify…")
    panel.press(Key.Key_Return)
    panel.tab_to("Restart Dify", back=True)
    panel.press(Key.Key_Return)
    panel.until(lambda: panel.state.action_error or not (host.planned_jobs or panel.state.acting))
    assert panel.state.action_error is None
    panel.tab_to("History", back=True)
    panel.press(Key.Key_Space)
    panel.until(lambda: panel.state.support.phase == "shown")
    assert panel.app.panel_view is not None
    section = panel.app.panel_view.current
    assert isinstance(section, HistorySection)
    story = section.past.story

    def shown() -> list[str]:
        return [one.text() for one in story.findChildren(QLabel) if one.isVisible()]

    panel.until(lambda: shown().count("Ended well") == 2 and not story._turns.busy)
    assert [text for text in shown() if "estart" in text] == ["Restart of Dify began", "Restart of api began"]


def test_without_a_browser_open_through_ssh_shows_the_address(
    panel: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a desktop that knows no browser. The page says where Dify is, not that it was opened."""
    asked, seen = list[QUrl](), list[str]()

    def open_url(url: QUrl) -> bool:
        asked.append(url)
        return False

    def close_the_dialog() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, Decision):
            seen.extend(found.text() for found in dialog.findChildren(QLabel))
            QTest.mouseClick(dialog.buttons["close"], Qt.MouseButton.LeftButton)

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    monkeypatch.setattr(Session, "open_through_ssh", lambda *_: lambda *_: Way())
    timer = QTimer()
    timer.timeout.connect(close_the_dialog)
    timer.start(20)
    panel.section("Overview")
    panel.tab_to("Open through SSH")
    panel.press(Key.Key_Space)
    panel.until(lambda: seen or (asked and not QApplication.activeModalWidget()))
    timer.stop()
    assert asked == [QUrl(Way.url)]
    assert "No browser could be opened" in seen and any(Way.url in text for text in seen)
    view = panel.app.panel_view
    assert view is not None and isinstance(view.current, OverviewSection)
    outside = view.current.outside
    assert outside.what.isVisible() and Way.url in outside.what.text()
    assert "opened" not in f"{outside.what.text()} {outside.advice.text()}"


def test_overview(panel: Hands, host: PanelHost) -> None:
    host.planned_jobs.append(restarting(host, "api"))
    panel.section("Overview")
    panel.press(Key.Key_C, ALT)
    panel.until(lambda: panel.state.section == "containers")
    panel.section("Overview")
    panel.tab_to("Restart Dify…")
    panel.press(Key.Key_Return)
    panel.tab_to("Restart Dify", back=True)
    panel.press(Key.Key_Return)
    panel.until(lambda: panel.state.back or panel.state.action_error)
    assert panel.state.action_error is None
    looks = host.conditions
    panel.tab_to("Look again")
    panel.press(Key.Key_Space)
    panel.until(lambda: host.conditions > looks)
    host.break_line()
    panel.until(lambda: panel.state.lost)
    panel.tab_to("Try now", back=True)
    host.broken = None
    panel.press(Key.Key_Space)
    panel.until(lambda: panel.state.lost is None)
