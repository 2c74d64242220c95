"""The grid of containers, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from installer.views.panel import PanelState
from tests.ui.states import panel as states
from ui import intents as i
from ui.panel import intents as pi
from ui.panel.containers.grid_columns import RESTARTS, SERVICE, STATE
from ui.panel.containers.grid_model import LINE
from ui.panel.containers.section import ContainersSection

LEFT = Qt.MouseButton.LeftButton


class Bench:
    """The section in a window, and what it asked for."""

    def __init__(self, bot: QtBot, state: PanelState) -> None:
        self.window = states.panel_window(replace(state, section="containers"), "en", "light")
        bot.addWidget(self.window)
        self.bot, self.view = bot, self.window.view
        self.asked: list[i.Intent] = []
        #: Whose usage was asked for, by the rows in view.
        self.looks: list[tuple[str, ...]] = []
        self.view.asked.connect(self._hear)
        with bot.waitExposed(self.window):
            self.window.show()
        self.window.activateWindow()
        section = self.view.current
        assert isinstance(section, ContainersSection)
        self.section, self.grid = section, section.grid
        bot.waitUntil(lambda: self.window.focusWidget() is self.grid)

    def _hear(self, intent: i.Intent) -> None:
        if isinstance(intent, pi.WatchUsage):
            self.looks.append(intent.services)
        else:
            self.asked.append(intent)

    def show(self, state: PanelState) -> None:
        self.view.show_state(replace(state, section="containers"))

    def click_row(self, service: str, *, double: bool = False) -> None:
        row = self.section.model.place_of(service)
        assert row is not None
        index = self.section.model.index(row, 0)
        place = self.grid.visualRect(index).center()
        QTest.mouseClick(self.grid.viewport(), LEFT, pos=place)
        if double:
            QTest.mouseDClick(self.grid.viewport(), LEFT, pos=place)

    def cell(self, service: str, column: int) -> str:
        place = self.section.model.place_of(service)
        assert place is not None
        return str(self.section.model.index(place, column).data())

    def services(self) -> list[str]:
        """Those with a row, from the top."""
        return [x.row.service for x in self.section.model.lines if not x.heading]

    def headings(self) -> list[str]:
        return [x.about for x in self.section.model.lines if x.heading]

    def key(self, key: Qt.Key) -> None:
        QTest.keyClick(self.window.focusWidget() or self.window, key)


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(qtbot, states.running())
    yield made
    made.view.stop()


def test_one_row_per_service(bench: Bench) -> None:
    assert bench.services() == list(states.SERVICES)
    assert bench.cell("api", STATE) == "Healthy"
    assert bench.cell("init_permissions", STATE) == "Done"
    assert bench.section.model.lines[1].about == "front door"
    assert not bench.asked


def test_nothing_is_selected_and_nothing_can_be_done_at_first(bench: Bench) -> None:
    assert bench.section.selected() == ()
    assert not any(b.isEnabled() for b in bench.section.buttons.values())
    assert not bench.section.show_log.isEnabled()
    assert bench.section.restart_all.isEnabled()


def test_restarting_all_is_asked_about_first(bench: Bench) -> None:
    QTest.mouseClick(bench.section.restart_all, LEFT)
    confirm = bench.section.notices.confirm
    assert bench.asked == [] and confirm.isVisible() and bench.window.focusWidget() is confirm.no
    QTest.mouseClick(confirm.yes, LEFT)
    assert bench.asked == [pi.RunAction("restart")]


def test_restart_the_row_that_was_clicked(bench: Bench) -> None:
    bench.click_row("worker")
    QTest.mouseClick(bench.section.buttons["restart"], LEFT)
    assert bench.asked == [pi.RunAction("restart", ("worker",))]


def test_stop_asks_first_and_keeps_it_running_by_default(bench: Bench) -> None:
    bench.click_row("worker")
    QTest.mouseClick(bench.section.buttons["stop"], LEFT)
    confirm = bench.section.notices.confirm
    assert confirm.isVisible() and "worker" in confirm.question.text()
    assert bench.window.focusWidget() is confirm.no
    bench.key(Qt.Key.Key_Return)
    assert not confirm.isVisible() and not bench.asked
    QTest.mouseClick(bench.section.buttons["stop"], LEFT)
    bench.key(Qt.Key.Key_Escape)
    assert not confirm.isVisible() and not bench.asked
    QTest.mouseClick(bench.section.buttons["stop"], LEFT)
    QTest.mouseClick(confirm.yes, LEFT)
    assert bench.asked == [pi.RunAction("stop", ("worker",))]


def test_a_question_goes_when_it_cannot_be_answered_any_more(bench: Bench) -> None:
    bench.click_row("worker")
    QTest.mouseClick(bench.section.buttons["stop"], LEFT)
    bench.show(states.lost())
    assert not bench.section.notices.confirm.isVisible()


def test_several_rows_and_one_shots(bench: Bench) -> None:
    bench.section.select(("api", "worker", "init_permissions"))
    QTest.mouseClick(bench.section.buttons["restart"], LEFT)
    assert bench.asked == [pi.RunAction("restart", ("api", "worker"))]
    bench.section.select(("init_permissions",))
    assert not any(b.isEnabled() for b in bench.section.buttons.values())
    assert bench.section.show_log.isEnabled()


def test_start_takes_the_place_of_stop(bench: Bench) -> None:
    bench.show(states.stopped())
    bench.click_row("api")
    assert bench.section.buttons["start"].isVisible() and not bench.section.buttons["stop"].isVisible()
    QTest.mouseClick(bench.section.buttons["start"], LEFT)
    QTest.mouseClick(bench.section.start_all, LEFT)
    assert bench.asked == [pi.RunAction("start", ("api",)), pi.RunAction("start")]
    assert not bench.section.restart_all.isVisible()


def test_by_keyboard_alone(bench: Bench) -> None:
    for _ in range(2):
        bench.key(Qt.Key.Key_Down)
    assert [r.service for r in bench.section.selected()] == ["api"]
    bench.key(Qt.Key.Key_Return)
    assert bench.asked == [pi.ShowSection("logs", "api")]
    QTest.keyClick(bench.window, Qt.Key.Key_R, Qt.KeyboardModifier.AltModifier)
    bench.bot.waitUntil(
        lambda: bench.asked[1:] == [pi.RunAction("restart", ("api",))]
    )  # the button is seen to go down


def test_tab_leaves_the_grid(bench: Bench) -> None:
    bench.key(Qt.Key.Key_Tab)
    assert bench.window.focusWidget() is not bench.grid


def test_a_double_click_shows_the_log_once(bench: Bench) -> None:
    bench.click_row("redis", double=True)
    assert bench.asked == [pi.ShowSection("logs", "redis")]


def test_the_menu_offers_the_same(bench: Bench) -> None:
    bench.click_row("api")
    menu = bench.section.menu()
    assert [a.text() for a in menu.actions() if a.text()] == [
        *("&Restart", "&Stop", "Show &log"),
        *("Make &anew…", "Open a s&hell", "&Copy the command for a shell"),
    ]
    menu.actions()[0].trigger()
    menu.deleteLater()
    assert bench.asked == [pi.RunAction("restart", ("api",))]


def test_making_anew_asks_first_and_a_missing_container_can_be_made(bench: Bench) -> None:
    bench.click_row("worker")
    more = bench.section.more
    assert more.isEnabled() and more.accessibleName()
    more.menu().aboutToShow.emit()
    more.menu().actions()[0].trigger()
    confirm = bench.section.notices.confirm
    assert confirm.isVisible() and bench.window.focusWidget() is confirm.no and not bench.asked
    QTest.mouseClick(confirm.yes, LEFT)
    assert bench.asked == [pi.RunAction("recreate", ("worker",))]
    state = bench.view.state
    assert state.status is not None
    left = tuple(c for c in state.status.containers if c.service != "redis")
    bench.show(replace(state, status=replace(state.status, containers=left)))
    bench.section.select(("redis",))
    assert not any(b.isEnabled() for b in bench.section.buttons.values()) and more.isEnabled()
    more.menu().aboutToShow.emit()
    assert [a.isEnabled() for a in more.menu().actions()] == [True, False, False]


def test_the_number_of_workers_is_chosen_in_the_menu(bench: Bench) -> None:
    bench.click_row("api")
    more = bench.section.more
    more.menu().aboutToShow.emit()
    assert not any(a.menu() for a in more.menu().actions()), "an API is there once"
    bench.click_row("worker")
    more.menu().aboutToShow.emit()
    inner = more.menu().actions()[-1].menu()
    assert isinstance(inner, QMenu)
    first, second = inner.actions()[:2]
    assert first.isChecked() and not second.isChecked() and second.text() == "2 containers"
    first.trigger()
    second.trigger()
    assert bench.asked == [pi.ScaleService("worker", 2)]
    state = bench.view.state
    assert state.status is not None
    worker = next(c for c in state.status.containers if c.service == "worker")
    both = (*state.status.containers, replace(worker, id="w2", name="dify-worker-2"))
    bench.show(replace(state, status=replace(state.status, containers=both)))
    assert "2 containers" in bench.section.chosen.text()
    assert bench.services().count("worker") == 1


def test_the_command_for_a_shell_is_of_one_that_runs(bench: Bench) -> None:
    bench.click_row("api")
    bench.section.more.menu().aboutToShow.emit()
    bench.section.more.menu().actions()[1].trigger()
    bench.section.more.menu().actions()[2].trigger()
    assert bench.asked == [pi.OpenShell("api"), pi.CopyShellCommand("api")]


def test_nothing_jumps_when_something_changes(bench: Bench) -> None:
    bench.click_row("worker")
    model = bench.section.model
    changes: list[tuple[int, int]] = []
    resets: list[object] = []
    model.dataChanged.connect(lambda a, b, _roles: changes.append((a.row(), b.row())))
    for signal in (model.modelReset, model.rowsInserted, model.rowsRemoved, model.layoutChanged):
        signal.connect(lambda *_: resets.append(1))
    widths = [bench.grid.columnWidth(n) for n in range(model.columnCount())]
    changed = states.status("degraded", redis={"health": "unhealthy"})
    bench.show(states.running(status=changed))
    place = model.place_of("redis")
    assert (place, place) in changes and len(changes) < 4
    assert not resets
    assert [r.service for r in bench.section.selected()] == ["worker"]
    bench.show(states.running())
    assert [bench.grid.columnWidth(n) for n in range(1, 6)] >= widths[1:]


def test_a_container_that_goes_and_comes_keeps_the_selection(bench: Bench) -> None:
    bench.click_row("worker")
    state = states.running()
    assert state.status is not None
    left = tuple(c for c in state.status.containers if c.service != "api")
    names = tuple(s for s in states.SERVICES if s != "api")
    bench.show(replace(state, status=replace(state.status, containers=left, services=names)))
    assert bench.services() == list(names)
    assert [r.service for r in bench.section.selected()] == ["worker"]
    bench.show(state)
    assert bench.services() == list(states.SERVICES)
    assert [r.service for r in bench.section.selected()] == ["worker"]


def test_a_lost_line_turns_it_grey(bench: Bench) -> None:
    bench.click_row("api")
    bench.show(states.lost())
    assert {x.cells[STATE] for x in bench.section.model.lines if not x.heading} == {"Not known"}
    assert all(x.grey for x in bench.section.model.lines)
    assert not any(b.isEnabled() for b in bench.section.buttons.values())
    assert bench.section.notices.lost.isVisible()
    QTest.mouseClick(bench.section.notices.lost.again, LEFT)
    assert bench.asked == [i.Retry()]
    bench.show(states.running())
    assert not bench.section.notices.isVisible()


def test_an_action_and_what_it_took(bench: Bench) -> None:
    bench.show(states.acting("restart", "worker"))
    assert bench.cell("worker", STATE).startswith("Restarting, 12 s")
    assert bench.cell("api", STATE) == "Healthy"
    QTest.mouseClick(bench.section.notices.action.end, LEFT)
    assert bench.asked == [i.Stop()]
    bench.show(states.running(back={"worker": 14.2}))
    assert bench.cell("worker", STATE) == "Back after 14 s"
    assert bench.section.notices.action.text.text() == "worker is back after 14 s."


def test_every_cell_is_said(bench: Bench) -> None:
    bench.show(states.starting())
    model = bench.section.model
    said = [
        str(model.index(row, column).data(Qt.ItemDataRole.AccessibleTextRole))
        for row in range(model.rowCount())
        for column in range(model.columnCount())
    ]
    assert "nginx, front door" in said and said[SERVICE] == "Entrance"
    assert "State: Keeps restarting" in said
    assert "Restarts: 14" in said
    assert model.index(1, RESTARTS).data(LINE).row.service == "nginx"


def test_a_line_that_was_never_there_promises_nothing(bench: Bench) -> None:
    bench.show(states.lost_first())
    assert bench.section.empty.text().startswith("The containers are shown as soon as")


def test_nothing_here(bench: Bench) -> None:
    bench.show(states.absent())
    assert bench.section.empty.isVisible() and not bench.section.card.isVisible()
    bench.show(states.first())
    assert "Looking" in bench.section.empty.text()
