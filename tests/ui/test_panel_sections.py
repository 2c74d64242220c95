"""Overview and Server, and the rail between the sections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from installer.core.errors import Code
from installer.state.history import Times
from installer.views.panel import SECTIONS, PanelState
from tests.ui.states import panel as states
from tests.ui.states.report import REFUSED, told
from ui import intents as i
from ui.panel import intents as pi
from ui.panel.containers.section import ContainersSection
from ui.panel.history.section import HistorySection
from ui.panel.overview.section import OverviewSection
from ui.panel.section import Section
from ui.panel.server.section import ServerSection

LEFT = Qt.MouseButton.LeftButton
Show = Callable[[PanelState], Section]


class Bench:
    """A window, and what its sections asked for."""

    def __init__(self, bot: QtBot) -> None:
        self.window = states.panel_window(states.running(), "en", "light")
        bot.addWidget(self.window)
        self.bot, self.view = bot, self.window.view
        self.asked: list[i.Intent] = []
        self.view.asked.connect(self.asked.append)
        with bot.waitExposed(self.window):
            self.window.show()

    def overview(self, state: PanelState) -> OverviewSection:
        self.view.show_state(replace(state, section="overview"))
        assert isinstance(self.view.current, OverviewSection)
        return self.view.current

    def server(self, state: PanelState) -> ServerSection:
        self.view.show_state(replace(state, section="server"))
        assert isinstance(self.view.current, ServerSection)
        return self.view.current

    def take(self) -> list[i.Intent]:
        found = list(self.asked)
        self.asked.clear()
        return found


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(qtbot)
    yield made
    made.view.stop()


# ----------------------------------------------------------------------- rail


def test_the_rail_leads_to_every_section_by_mouse_and_keyboard(bench: Bench) -> None:
    for name in SECTIONS:
        QTest.mouseClick(bench.window.rail.buttons[name], LEFT)
    assert bench.take() == [pi.ShowSection(name) for name in SECTIONS]
    bench.window.rail.buttons["logs"].setFocus()
    QTest.keyClick(bench.window.rail.buttons["logs"], Qt.Key.Key_Space)
    assert bench.take() == [pi.ShowSection("logs")]


def test_there_is_no_bottom_bar_and_the_server_is_named_on_top(bench: Bench) -> None:
    assert not bench.window.bar.isVisible()
    assert bench.window.rail.buttons["overview"].property("current") == "true"


def test_whoever_walks_along_the_rail_stays_there(bench: Bench) -> None:
    button = bench.window.rail.buttons["containers"]
    button.setFocus()
    bench.view.show_state(states.running(section="containers"))
    bench.bot.wait(20)
    assert bench.window.focusWidget() is button


def test_nothing_is_asked_by_showing(bench: Bench) -> None:
    for section, named in states.STATES.items():
        for shown in named.values():
            bench.view.show_state(replace(shown.make(), section=section))
    assert bench.take() == []


def test_what_takes_long_is_made_ahead(bench: Bench) -> None:
    """Nothing is asked by it, the focus stays, and the section that comes up is the one that was made."""
    view = bench.view
    assert "containers" not in view.sections
    focus = bench.window.focusWidget()
    bench.bot.waitUntil(lambda: {"containers", "logs"} <= view.sections.keys())
    made = view.sections["containers"]
    assert isinstance(made, ContainersSection)
    bench.bot.waitUntil(lambda: made.model.rowCount() > 0)
    assert bench.take() == [] and bench.window.focusWidget() is focus
    view.show_state(states.running(section="containers"))
    assert view.current is made and made.isVisible()


def test_nothing_is_made_ahead_for_a_window_that_shows_something_else(bench: Bench) -> None:
    bench.view.stop()
    bench.bot.wait(200)
    assert not {"containers", "logs"} & bench.view.sections.keys()


def test_minimised_windows_say_so(bench: Bench) -> None:
    seen: list[bool] = []
    bench.view.seen.connect(seen.append)
    bench.window.hide()
    bench.window.show()
    assert seen == [False, True]


# -------------------------------------------------------------------- overview


def test_running(bench: Bench) -> None:
    shown = bench.overview(states.running())
    assert shown.heading.text() == "Dify 1.16.1 is running"
    assert shown.address.text() == "https://dify.example.jp"
    assert shown.general.place.text() == "root@203.0.113.5"
    assert shown.general.folder.text() == "/opt/dify"
    for button in (shown.open, shown.copy, shown.more):
        QTest.mouseClick(button, LEFT)
    url = "https://dify.example.jp"
    assert bench.take() == [i.OpenUrl(url), i.CopyText(url), pi.ShowSection("containers")]


@pytest.mark.parametrize("how", ["mouse", "keyboard"])
def test_restarting_all_of_dify_is_asked_about_first(bench: Bench, how: str) -> None:
    """The harmless answer has the focus, and nothing about it is red: no data goes."""
    shown = bench.overview(states.running())
    confirm = shown.notices.confirm

    def press(button: QPushButton) -> None:
        if how == "mouse":
            QTest.mouseClick(button, LEFT)
        else:
            button.setFocus()
            QTest.keyClick(button, Qt.Key.Key_Space)

    press(shown.restart)
    assert bench.take() == [] and confirm.isVisible() and bench.window.focusWidget() is confirm.no
    assert "Restart Dify?" in confirm.question.text() and confirm.yes.property("kind") == "outline"
    press(confirm.no)
    assert bench.take() == [] and not confirm.isVisible() and bench.window.focusWidget() is shown.restart
    press(shown.restart)
    press(confirm.yes)
    assert bench.take() == [pi.RunAction("restart")] and not confirm.isVisible()


def test_only_what_deletes_is_red(bench: Bench) -> None:
    shown = bench.overview(states.running())
    QTest.mouseClick(shown.stop, LEFT)
    assert shown.notices.confirm.yes.property("kind") == "outline"
    shown.notices.ask_recreate(("api",))
    assert shown.notices.confirm.yes.property("kind") == "danger"
    QTest.mouseClick(shown.stop, LEFT)
    assert shown.notices.confirm.yes.property("kind") == "outline"


@pytest.mark.parametrize(
    ("name", "what", "advice"),
    [
        ("running", "can try", ""),
        ("outside-look", "Trying", ""),
        ("outside-open", "this computer reaches https://dify.example.jp", ""),
        ("outside-closed", "closed from outside", "ConoHa"),
        ("outside-unknown", "Not known", ""),
        ("outside-tunnel", "http://127.0.0.1:49152", ""),
        ("outside-failed", "SSH server", "."),
        ("inside-only", "only the machine itself", ""),
    ],
)
def test_from_outside(bench: Bench, name: str, what: str, advice: str) -> None:
    shown = bench.overview(states.STATES["overview"][name].make())
    line = shown.outside
    assert line.isVisible() and what in line.what.text() and advice in line.advice.text()
    assert line.advice.isHidden() == (not line.advice.text())
    asked: list[i.Intent] = []
    for button, intent in ((line.look, pi.CheckReachability()), (line.tunnel, i.OpenThroughSsh())):
        if button.isVisible() and button.isEnabled():
            QTest.mouseClick(button, LEFT)
            asked.append(intent)
    assert bench.take() == asked
    assert len(asked) == {"outside-look": 0, "inside-only": 1}.get(name, 2)


def test_a_look_is_told_beside_the_way_through_ssh(bench: Bench) -> None:
    found = states.reached("closed", "timeout", Code.REACH_CLOSED, "conoha")
    line = bench.overview(states.outside(tunnel="http://127.0.0.1:49152", found=found)).outside
    assert "closed from outside" in line.what.text()
    assert "ConoHa" in line.advice.text() and "49152" in line.advice.text()


@pytest.mark.parametrize("name", ["local", "stopped", "absent", "looking"])
def test_nothing_from_outside_where_it_says_nothing(bench: Bench, name: str) -> None:
    assert not bench.overview(states.STATES["overview"][name].make()).outside.isVisible()


@pytest.mark.parametrize(
    ("key", "intent"),
    [
        (Qt.Key.Key_O, i.OpenUrl("https://dify.example.jp")),
        (Qt.Key.Key_N, pi.CheckReachability()),
        (Qt.Key.Key_C, pi.ShowSection("containers")),
    ],
)
def test_alt_letters(bench: Bench, key: Qt.Key, intent: i.Intent) -> None:
    bench.overview(states.running())
    bench.window.activateWindow()
    QTest.keyClick(bench.window, key, Qt.KeyboardModifier.AltModifier)
    bench.bot.waitUntil(lambda: bench.asked == [intent])  # the button is seen to go down first


def test_stop_is_asked_in_the_page(bench: Bench) -> None:
    shown = bench.overview(states.running())
    QTest.mouseClick(shown.stop, LEFT)
    confirm = shown.notices.confirm
    assert bench.take() == [] and confirm.isVisible()
    assert confirm.question.text() == "Stop Dify?"
    bench.view.show_state(states.running(section="overview"))
    assert confirm.isVisible()  # a look at the containers does not take the question away
    QTest.mouseClick(confirm.yes, LEFT)
    assert bench.take() == [pi.RunAction("stop")] and not confirm.isVisible()


def test_stopped(bench: Bench) -> None:
    shown = bench.overview(states.stopped())
    assert shown.heading.text() == "Dify 1.16.1 is stopped"
    assert not shown.restart.isVisible() and not shown.stop.isVisible() and not shown.open.isEnabled()
    QTest.mouseClick(shown.start, LEFT)
    assert bench.take() == [pi.RunAction("start")]


def test_trouble_is_named(bench: Bench) -> None:
    said = bench.overview(states.starting()).sentence.text()
    assert "sandbox" in said and "plugin_daemon" in said and "api" not in said.split()


def test_nothing_installed(bench: Bench) -> None:
    shown = bench.overview(states.absent())
    assert shown.absent.isVisible() and not shown.facts.isVisible() and not shown.restart.isVisible()
    QTest.mouseClick(shown.install, LEFT)
    QTest.mouseClick(shown.leave, LEFT)
    assert bench.take() == [pi.InstallHere(), pi.Disconnect()]


def test_lost_and_back(bench: Bench) -> None:
    shown = bench.overview(states.lost())
    assert shown.notices.lost.isVisible() and not shown.restart.isEnabled()
    assert shown.notices.lost.what.text().startswith("The connection was lost at")
    shown = bench.overview(states.no_docker())
    assert shown.notices.lost.what.text().startswith("Docker has not answered since")
    shown = bench.overview(states.running())
    assert not shown.notices.isVisible() and shown.restart.isEnabled()


def test_refused(bench: Bench) -> None:
    shown = bench.overview(states.refused())
    assert shown.notices.refused.isVisible() and not shown.notices.lost.isVisible()
    for button in list(shown.notices.refused.ways):
        QTest.mouseClick(button, LEFT)
    assert bench.take() == [i.Retry(), pi.Disconnect()]


def test_action(bench: Bench) -> None:
    shown = bench.overview(states.acting())
    assert shown.heading.text() == "Dify is being restarted"
    assert shown.notices.action.text.text() == "Restarting Dify… (12 s)"
    assert not shown.restart.isEnabled()
    QTest.mouseClick(shown.notices.action.end, LEFT)
    assert bench.take() == [i.Stop()]
    shown = bench.overview(replace(states.acting(), cancelling=True))
    assert not shown.notices.action.end.isEnabled()
    shown = bench.overview(states.running(back={"": 14.2}))
    assert shown.notices.action.text.text() == "Dify is back after 14 s."
    assert not shown.notices.action.end.isVisible()
    assert bench.overview(states.failed()).notices.failure.isVisible()


def test_seconds_go_on_by_themselves(bench: Bench) -> None:
    shown = bench.overview(states.acting())
    before = shown.notices.action.text.text()
    bench.bot.waitUntil(lambda: shown.notices.action.text.text() != before, timeout=3000)


# ---------------------------------------------------------------------- server


def test_where_it_is(bench: Bench) -> None:
    shown = bench.server(states.running())
    words = [x.text() for x in shown.card.findChildren(type(shown.heading))]
    for word in ("203.0.113.5:22", "root", "/opt/dify", "dify", states.running().fingerprint):
        assert word in words
    assert "/home/hanako/.config/dify-installer" in words


def test_disconnect(bench: Bench) -> None:
    shown = bench.server(states.running())
    QTest.mouseClick(shown.disconnect_button, LEFT)
    assert bench.take() == [pi.Disconnect()]


def test_forget_takes_two_clicks(bench: Bench) -> None:
    shown = bench.server(states.running())
    QTest.mouseClick(shown.forget, LEFT)
    assert bench.take() == []
    assert shown.confirm.question.text() == "Forget dify.example.jp?"
    assert bench.window.focusWidget() is shown.confirm.no
    QTest.keyClick(shown.confirm.no, Qt.Key.Key_Escape)
    assert not shown.confirm.isVisible()
    assert bench.window.focusWidget() is shown.forget
    QTest.mouseClick(shown.forget, LEFT)
    QTest.mouseClick(shown.confirm.yes, LEFT)
    assert bench.take() == [i.ForgetServer("a1b2c3d4e5f60718")]


def test_this_computer_has_no_key_and_what_is_not_on_the_list_cannot_be_forgotten(bench: Bench) -> None:
    shown = bench.server(states.local())
    words = [x.text() for x in shown.card.findChildren(type(shown.heading))]
    assert "directly: it is this computer" in words
    assert not any(word.startswith("SHA256") for word in words)
    assert not shown.forget_way.isVisible()


# -------------------------------------------------------------------- history


def test_the_log_line_that_explains_a_failed_run_is_one_press_away(bench: Bench) -> None:
    shown = replace(states.running(), section="history", support=told(live=True))
    bench.view.show_state(shown)
    section = bench.view.current
    assert isinstance(section, HistorySection)
    bench.bot.waitUntil(lambda: not section.past.story._turns.busy)
    ways = [b for b in section.findChildren(QPushButton) if b.text() == "Show it in the log"]
    assert len(ways) == 1 and "database" in ways[0].accessibleName()
    ways[0].setFocus()
    QTest.keyClick(ways[0], Qt.Key.Key_Space)
    failed = next(e for e in shown.support.story.entries if e.code == "ready.service_failed")
    assert bench.take() == [pi.ShowLogLine("api", (f"api | {REFUSED}",), Times(failed.at - 42, failed.at))]
