"""Several installations in one window: opened in the background, switched between, closed one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from installer.answers import Answers, Target
from installer.appdata.known_servers import KnownServer, Servers
from installer.connect import Connected
from installer.core.app_folder import Home
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.operations import actions
from installer.preflight.check_list import check_list
from installer.views.wizard import PageId
from tests.situations import GOOD
from tests.ui.audit import out_of_order, tab_chain
from tests.ui.panel_host import ANSWERS as HOST_ANSWERS
from tests.ui.panel_host import PanelHost
from tests.ui.test_panel_controller import restarting
from ui import intents as i
from ui.app import open_servers, servers
from ui.app.app import App
from ui.app.open_servers import Opened
from ui.connection import session
from ui.connection.session import Looked, Session
from ui.panel import controller, watch
from ui.panel import intents as pi
from ui.panel.overview.section import OverviewSection
from ui.panel.server.section import ServerSection
from ui.wizard.welcome import controller as welcome
from ui.wizard.welcome.page import WelcomePage

LEFT = Qt.MouseButton.LeftButton
SSH = Target(kind="ssh", host="203.0.113.5", user="root", directory="/opt/dify")
ONE = KnownServer("a1", "One", SSH, "", "1.16.1", 30.0, login="password")
TWO = KnownServer("b2", "Two", replace(SSH, host="203.0.113.6"), "", "1.9.2", 20.0, login="password")
HERE = KnownServer("c3", "", Target(kind="local", directory="/opt/dify"), "", "1.16.1", 10.0)
KEY = KnownServer("d4", "Key", replace(SSH, host="203.0.113.7"), "", "1.16.1", 5.0, login="key")


class World:
    """The machines by host ("" = this computer), and what a login there comes to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hosts: dict[str, PanelHost] = {}
        self.errors: dict[str, InstallError] = {}
        self.logins: list[str] = []
        self.closed: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        monkeypatch.setattr(open_servers, "connect_kept", self._connect)

    def host(self, name: str) -> PanelHost:
        if name not in self.hosts:
            made = self.hosts[name] = PanelHost()
            made.close = lambda: self.closed.append(name)  # type: ignore[method-assign]
        return self.hosts[name]

    def _connect(self, server: KnownServer, *_: Any) -> Connected:
        host = server.target.host
        self.logins.append(host)
        assert self.gate.wait(10)
        if host in self.errors:
            raise self.errors[host]
        return Connected(self.host(host), "root")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    for name, value in (("LOOK", 0.05), ("LOOK_ACTING", 0.03), ("LOOK_LOGS", 0.05)):
        monkeypatch.setattr(controller, name, value)
    monkeypatch.setattr(watch, "WAITS", (0.03, 0.05, 0.05))
    monkeypatch.setattr(open_servers, "BEHIND", 0.05)
    monkeypatch.setattr(actions, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(welcome, "answers_at", lambda *_given, **_more: lambda *_: True)
    monkeypatch.setattr(servers.AppServers, "_connect_alone", lambda _self: None)
    return World(monkeypatch)


class Bench:
    """The program with known servers."""

    def __init__(self, bot: QtBot, home: Home) -> None:
        self.bot = bot
        for server in (ONE, TWO, HERE, KEY):
            Servers(home).remember(server)
        self.app = App(home, language="en")
        self.app.start()
        bot.waitExposed(self.app.shell)
        self.until(lambda: "a1" in self.page().servers.opening)

    def until(self, condition: Callable[[], Any], seconds: float = 10) -> None:
        self.bot.waitUntil(lambda: bool(condition()), timeout=round(seconds * 1000))

    def page(self) -> WelcomePage:
        view = self.app.wizard_view
        assert view is not None
        page = view.pages[PageId.WELCOME]
        assert isinstance(page, WelcomePage)
        return page

    def open(self, server: KnownServer) -> Opened:
        """By its button; waits until it was seen."""
        if self.app.front:
            self.rail("home")
        QTest.mouseClick(self.page().servers.opening[server.id], LEFT)
        made = self.front()
        self.until(lambda: made.panel.state.status)
        return made

    def front(self) -> Opened:
        made = self.app.open.get(self.app.front)
        assert made is not None
        return made

    def rail(self, key: str) -> None:
        QTest.mouseClick(self.app.shell.rail.buttons[key], LEFT)

    def end(self, world: World) -> None:
        """Leave nothing of it."""
        world.gate.set()
        self.app.shell.hide()
        assert self.app.close()
        self.app.shell.deleteLater()
        self.app.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def word(self, server: KnownServer) -> str:
        now = self.app.flow.state.welcome.now.get(server.id)
        return now.word if now is not None else ""


@pytest.fixture
def bench(qtbot: QtBot, qapp: QApplication, tmp_path: Path, world: World) -> Iterator[Bench]:
    font = qapp.font()
    found = Bench(qtbot, Home(tmp_path))
    yield found
    found.end(world)
    qapp.setFont(font)


def test_the_panel_is_there_at_once(bench: Bench, world: World) -> None:
    world.gate.clear()
    QTest.mouseClick(bench.page().servers.opening["a1"], LEFT)
    view = bench.app.panel_view
    assert view is not None and view.current.heading.text() == "Looking at Dify…"
    assert bench.app.shell.rail._name.text() == "One"
    bench.until(lambda: world.logins == ["203.0.113.5"])
    world.gate.set()
    bench.until(lambda: view.current.heading.text() == "Dify 1.16.1 is running")
    assert world.logins == ["203.0.113.5"]


def test_several_are_open_at_once(bench: Bench, world: World) -> None:
    one = bench.open(ONE)
    bench.rail("logs")
    bench.until(lambda: one.panel.state.log.phase == "live")  # read, and followed
    world.host("203.0.113.5").say(1, "before")
    bench.until(lambda: one.log is not None and one.log.total == 1)
    two = bench.open(TWO)
    assert [made.key for made in bench.app.open.by_hand] == [one.key, two.key]
    world.host("203.0.113.5").say(2, "meanwhile")
    bench.until(lambda: one.panel.logs.buffer is not None and one.panel.logs.buffer.store.end == 2)
    button = bench.app.shell.rail.buttons[one.key]
    assert button.text().strip() == "One" and button.accessibleName() == "One: Running"
    bench.rail(one.key)
    view = bench.app.panel_view
    assert view is not None and view.state.section == "logs" and view.log is one.log
    world.host("203.0.113.5").say(3, "after")
    bench.until(lambda: view.log.total == 3)
    bench.rail(two.key)
    assert bench.app.panel is two.panel and two.panel.state.section == "overview"
    assert sorted(world.logins) == ["203.0.113.5", "203.0.113.6"] and not world.closed


def test_the_tab_key_goes_along_the_rail_first(bench: Bench) -> None:
    bench.open(ONE)
    two = bench.open(TWO)
    bench.app.open.close(bench.app.open.by_hand[0].key)  # a line of the rail goes
    bench.until(lambda: list(bench.app.shell.rail.buttons)[-1] == "server")
    bench.until(lambda: two.panel.state.overview.condition)
    QApplication.processEvents()
    view = bench.app.panel_view
    assert view is not None
    chain = tab_chain(bench.app.shell)
    rail = [chain.index(b) for b in bench.app.shell.rail.buttons.values()]
    page = [n for n, w in enumerate(chain) if view.current.isAncestorOf(w)]
    assert rail == sorted(rail) and max(rail) < min(page), chain
    assert not list(out_of_order(bench.app.shell, view.current))


def test_closing_one_leaves_the_others(bench: Bench, world: World) -> None:
    one, two = bench.open(ONE), bench.open(TWO)
    view = bench.app.panel_view
    assert view is not None
    bench.until(view._timer.isActive)
    two.panel.ask(pi.Disconnect())
    bench.until(lambda: world.closed == ["203.0.113.6"])
    bench.until(lambda: not bench.app.front and bench.page().isVisible())
    bench.app.shell.hide()  # the window comes again: nothing of the view that is gone awakes
    bench.app.shell.show()
    assert not view._timer.isActive()
    assert list(bench.app.open.all) == [one] and bench.word(ONE) == "running" and bench.word(TWO) == ""
    bench.app._asked(i.CloseServer("a1"))
    bench.until(lambda: len(world.closed) == 2)
    assert not bench.app.open.all and bench.word(ONE) == ""


def test_opened_again_it_is_the_same(bench: Bench, world: World) -> None:
    one = bench.open(ONE)
    bench.rail("home")
    assert bench.open(ONE) is one and len(world.logins) == 1


def test_the_list_says_how_they_are(bench: Bench, world: World) -> None:
    bench.open(ONE)
    bench.open(TWO)
    bench.rail("home")
    world.host("203.0.113.6").engine.down = {"api"}
    bench.until(lambda: bench.word(TWO) == "degraded")
    assert bench.word(ONE) == "running"
    world.host("203.0.113.5").broken = InstallError(Code.SSH_CONNECTION_LOST, {"host": "203.0.113.5"})
    bench.until(lambda: bench.word(ONE) == "lost")
    bench.app.open.learn_newest("1.17.0")
    bench.until(lambda: bench.app.flow.state.welcome.now["b2"].update == "1.17.0")
    world.host("203.0.113.5").broken = None
    bench.until(lambda: bench.word(ONE) == "running")


@pytest.mark.parametrize("code", [Code.SSH_HOST_KEY_UNKNOWN, Code.SSH_LOGIN_REFUSED])
def test_who_is_needed_is_led_to_the_login(
    bench: Bench, world: World, monkeypatch: pytest.MonkeyPatch, code: Code
) -> None:
    asked: list[str] = []

    def look_at_door(_self: Any, answers: Answers) -> Callable[..., Any]:
        asked.append(answers.target.host)

        def work(_emit: Any, _cancel: CancelToken) -> Any:
            raise InstallError(code, {"host": "203.0.113.5", "port": "22"})

        return work

    monkeypatch.setattr(session.Session, "look_at_door", look_at_door)
    world.errors["203.0.113.5"] = InstallError(code, {"host": "203.0.113.5", "port": "22"})
    QTest.mouseClick(bench.page().servers.opening["a1"], LEFT)
    bench.until(lambda: bench.app.flow.state.page is PageId.LOGIN)
    bench.until(lambda: bench.app.flow.state.failed_on(PageId.LOGIN))
    assert asked == ["203.0.113.5"] and not bench.app.open.all and world.logins == ["203.0.113.5"]


def test_whoever_went_on_is_not_called_back(bench: Bench, world: World) -> None:
    world.gate.clear()
    world.errors["203.0.113.5"] = InstallError(Code.SSH_LOGIN_REFUSED, {"host": "203.0.113.5"})
    QTest.mouseClick(bench.page().servers.opening["a1"], LEFT)
    bench.rail("home")
    world.gate.set()
    bench.until(lambda: bench.word(ONE) == "person")
    bench.until(lambda: bench.page().servers.opening["a1"].text() == "Log in")
    assert not bench.app.front


def test_a_server_that_cannot_be_reached_is_tried_again(bench: Bench, world: World) -> None:
    world.errors["203.0.113.5"] = InstallError(Code.SSH_TIMEOUT, {"host": "203.0.113.5", "port": "22"})
    QTest.mouseClick(bench.page().servers.opening["a1"], LEFT)
    made = bench.front()
    bench.until(lambda: made.panel.state.lost)
    del world.errors["203.0.113.5"]
    bench.until(lambda: made.panel.state.status)


def test_what_the_wizard_connected(bench: Bench, world: World) -> None:
    """After a login by hand: the connection goes to a panel, and the wizard is as at the beginning."""
    app = bench.app
    one = bench.open(ONE)
    bench.rail("home")
    answers = Answers(target=replace(SSH, host="203.0.113.9"))
    flow = app.flow
    flow.set(replace(flow.state, answers=answers, rights="root", page=PageId.LOGIN))
    flow.session.host = world.host("203.0.113.9")
    app.open_panel()
    made = bench.front()
    assert made.session.host is world.host("203.0.113.9")
    assert app.flow.session.host is None
    assert app.flow.state.page is PageId.WELCOME and not app.flow.state.connected
    bench.until(lambda: made.panel.state.status)
    assert app.open.get(one.key) is one and not world.closed


def test_settings_take_the_connection_along(bench: Bench, world: World) -> None:
    made = bench.open(ONE)
    other = bench.open(TWO)
    bench.rail(made.key)
    made.panel.ask(pi.ChangeSettings("tls.mode"))
    app = bench.app
    assert app.flow.session.host is made.session.host and app.flow.state.connected
    assert app.flow.state.answers.target == SSH and app.flow.session.rights == "root"
    assert app.open.all == (other,) and not app.front and not world.closed


def test_where_dify_is_not_installed_the_checks_begin_over_the_same_connection(
    bench: Bench, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the button on Overview; the checks are to be read before going on."""
    world.host("203.0.113.5").remove_file(f"{HOST_ANSWERS.state_folder}/installation.json")
    looked: list[Answers] = []

    def look(_session: Session, answers: Answers, *_: object) -> Callable[..., Looked]:
        looked.append(answers)
        return lambda _emit, _cancel: Looked(GOOD, check_list(answers, GOOD, None))

    monkeypatch.setattr(Session, "look", look)
    made = bench.open(ONE)
    view = bench.app.panel_view
    assert view is not None
    section = view.current
    assert isinstance(section, OverviewSection) and section.absent.isVisible()
    QTest.mouseClick(section.install, LEFT)
    flow = bench.app.flow
    assert flow.session.host is made.session.host and flow.state.connected and not world.closed
    bench.until(lambda: flow.state.checks.facts is not None and flow.state.work.busy is None)
    assert (flow.state.page, flow.state.intent) == (PageId.CHECKS, "install")
    assert [answers.target for answers in looked] == [SSH]
    assert bench.app.wizard_view is not None
    assert bench.app.shell.stack.currentWidget() is bench.app.wizard_view.pages[PageId.CHECKS]


def test_the_wizard_goes_on_while_another_is_in_view(bench: Bench) -> None:
    app = bench.app
    made = bench.open(ONE)
    bench.rail("home")
    app.flow.set(replace(app.flow.state, page=PageId.WHERE))
    assert made.key in app.shell.rail.buttons
    bench.rail(made.key)
    assert app.panel is made.panel
    bench.rail("home")
    page = app.wizard_view.state.page if app.wizard_view else None
    assert page is PageId.WHERE


def test_forgetting_closes_it(bench: Bench, world: World) -> None:
    made = bench.open(ONE)
    bench.until(lambda: made.panel.state.server_id)
    made.panel.ask(i.ForgetServer("a1"))
    bench.until(lambda: world.closed == ["203.0.113.5"])
    assert [s.id for s in bench.app.flow.state.welcome.known] == ["b2", "c3", "d4"] and not bench.app.front


def test_a_restart_does_not_wait_for_another_installations_work(bench: Bench, world: World) -> None:
    one, two = bench.open(ONE), bench.open(TWO)
    busy = threading.Event()
    job = bench.app.jobs.change(lambda *_: busy.wait(10), one.panel.lane)
    host = world.host("203.0.113.6")
    host.planned_jobs.append(restarting(host))
    two.panel.ask(pi.RunAction("restart"))
    bench.until(lambda: two.panel.state.back)
    assert not bench.app.jobs.running or job in bench.app.jobs.running
    busy.set()


def test_the_language_reaches_all_of_them(bench: Bench) -> None:
    bench.open(ONE)
    two = bench.open(TWO)
    bench.app.use_language("ja")
    assert bench.app.panel is two.panel and two.panel.language() == "ja"
    assert bench.app.shell.rail.buttons["home"].text().strip() == "すべてのサーバー"


# ------------------------------------------------------------- by themselves


def test_what_needs_no_person_is_connected_by_itself(bench: Bench, world: World) -> None:
    app = bench.app
    app.open.connect_alone(app.flow.state.welcome.known)
    bench.until(lambda: bench.word(HERE) == bench.word(KEY) == "running")
    assert sorted(world.logins) == ["", "203.0.113.7"] and bench.word(ONE) == ""
    assert not app.open.by_hand and not app.front
    assert list(app.shell.rail.buttons) == [page.value for page in PageId if page is not PageId.REPORT]
    made = bench.open(KEY)
    assert made.by_hand and len(world.logins) == 2


def test_who_was_refused_is_not_tried_again(bench: Bench, world: World) -> None:
    world.errors["203.0.113.7"] = InstallError(Code.SSH_PASSPHRASE_NEEDED, {"path": "/k"})
    app = bench.app
    app.open.connect_alone(app.flow.state.welcome.known)
    bench.until(lambda: bench.word(KEY) == "person")
    app.open.connect_alone(app.flow.state.welcome.known)
    bench.bot.wait(100)
    assert world.logins.count("203.0.113.7") == 1
    assert bench.page().servers.opening["d4"].accessibleName() == "Log in on Key"


def test_jump_hosts_and_running_installations_are_left_to_people(bench: Bench, world: World) -> None:
    known = (
        replace(KEY, target=replace(KEY.target, jump="gate")),
        replace(HERE, installing_since=5.0),
        replace(KEY, login="ask"),
    )
    bench.app.open.connect_alone(known)
    assert not bench.app.open.all and not world.logins


def test_nothing_is_asked_while_the_window_is_hidden(bench: Bench, world: World) -> None:
    bench.open(ONE)
    bench.open(TWO)
    hosts = [world.host("203.0.113.5"), world.host("203.0.113.6")]
    bench.app.shell.hide()
    bench.until(lambda: not any(host.looking for host in hosts))
    bench.bot.wait(100)
    before = [host.looks for host in hosts]
    bench.bot.wait(300)
    assert [host.looks for host in hosts] == before
    bench.app.shell.show()
    bench.until(lambda: all(host.looks > n for host, n in zip(hosts, before, strict=True)))


def test_the_command_for_a_shortcut(bench: Bench) -> None:
    bench.app._asked(i.CopyRestartCommand("a1"))
    assert QApplication.clipboard().text().endswith("--restart One")
    bench.app._asked(i.CopyRestartCommand("c3"))
    assert "--restart 'This computer'" in QApplication.clipboard().text()


def test_a_view_whose_installation_was_given_up_does_nothing_any_more(bench: Bench) -> None:
    bench.open(ONE)
    view = bench.app.panel_view
    assert view is not None
    bench.rail("server")
    section = view.current
    assert isinstance(section, ServerSection)
    QTest.mouseClick(section.disconnect_button, LEFT)
    bench.until(lambda: not bench.app.front)
    assert bench.app.panel_view is None and not view._timer.isActive()
    bench.app.shell.showMinimized()
    bench.app.shell.showNormal()
    assert not view._timer.isActive()
