"""Enter and Escape in the real window, and where the focus is when a page comes up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from installer.core.secrets import Secret
from installer.views.wizard import PageId, WizardState
from tests.ui.page_probe import Probe
from tests.ui.states import wizard_states
from tests.ui.states.checks import STATES as CHECKS
from tests.ui.states.login import CODE, SERVER, form
from tests.ui.states.login import asked as asking
from tests.ui.states.review import STATES as REVIEW
from tests.ui.states.welcome import STATES as WELCOME
from tests.ui.test_open_servers import ONE, Bench, World, bench, world
from ui import intents as i
from ui.wizard.checks.page import ChecksPage
from ui.wizard.login.page import LoginPage
from ui.wizard.welcome.page import WelcomePage

__all__ = ["bench", "world"]
LEFT, Key = Qt.MouseButton.LeftButton, Qt.Key
#: The offscreen platform, about every menu that opens.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
STATES = wizard_states()
#: Of each page what it is before, while and after it waits for something, and what went wrong.
SOME = (
    *("welcome-first", "welcome-known", "where-server", "where-connecting", "where-cancelling"),
    *("login-first", "login-looking", "login-no_way", "login-wrong", "login-connecting", "login-host_key"),
    *("login-question", "login-login_refused", "login-keeping", "checks-empty", "checks-looking"),
    *("checks-no_docker", "checks-good", "settings-preset", "settings-wrong", "settings-looking"),
    *("review-empty", "review-working", "review-new", "review-blocked", "review-failed"),
    *("install-pull", "install-pull-failed", "install-undo", "done-first", "done-closed-connecting"),
    "report-read",
)


def press(probe: Probe, key: Qt.Key) -> list[i.Intent]:
    """*key* on the keyboard, wherever the focus is; what was asked for."""
    probe.asked.clear()
    QTest.keyClick(probe.shell.windowHandle(), key)
    return list(probe.asked)


def on(page: object, kind: type[QWidget]) -> None:
    assert isinstance(page, kind)


# ------------------------------------------------------------------------- Escape


@pytest.mark.parametrize("name", SOME)
def test_escape_leaves_no_page_and_enter_on_arrival_does_not_go_back(qtbot: QtBot, name: str) -> None:
    probe = Probe(qtbot, STATES[name]())
    cancels = bool(probe.view._bar.second) and isinstance(probe.view._bar.second_intent, i.Stop)
    assert press(probe, Key.Key_Escape) == ([i.Stop()] if cancels else [])
    bar = probe.shell.bar
    assert probe.shell.focusWidget() not in (bar.back_button, bar.second_button)
    if not name.startswith("report"):  # Enter asks for a file there
        assert not {i.Back(), i.Stop()} & {*press(probe, Key.Key_Return)}


def test_escape_in_an_entry_that_was_changed_keeps_it(bench: Bench, world: World) -> None:
    name = edit_name_of(bench, ONE.id)
    QTest.keyClick(name, Key.Key_Escape)  # nothing was typed yet
    bench.until(lambda: bench.app.flow.state.welcome.editing is None)
    name = edit_name_of(bench, ONE.id)
    QTest.keyClicks(name, " two")
    QTest.keyClick(name, Key.Key_Escape)
    editing = bench.app.flow.state.welcome.editing
    assert editing is not None and editing.server.name == "One two" and name.isVisible()


# -------------------------------------------------------------------------- Enter


def edit_name_of(bench: Bench, server_id: str) -> QLineEdit:
    """The field Name, opened by the row's menu."""
    page = bench.page()
    more, first = page.servers.more[server_id], next(iter(page.servers.opening.values()))
    bench.until(lambda: first.hasFocus() or more.hasFocus())  # the page has come up
    QTest.mouseClick(more, LEFT)
    menu = page.servers.menu
    assert menu is not None
    bench.until(menu.isVisible)
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(menu.actions()[0]).center())
    bench.until(lambda: page.editor is not None and page.editor.isVisible())
    assert page.editor is not None
    name = page.editor.name.edit
    bench.until(name.hasFocus)
    return name


def test_enter_in_an_entry_saves_it_and_its_line_in_the_rail_follows(bench: Bench, world: World) -> None:
    made = bench.open(ONE)
    bench.rail("home")
    name = edit_name_of(bench, ONE.id)
    QTest.keyClick(name, Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(name, "Knowledge base")
    QTest.keyClick(name, Key.Key_Return)
    flow = bench.app.flow
    assert flow.state.page is PageId.WELCOME and flow.state.welcome.editing is None
    assert next(s for s in flow.servers.all() if s.id == ONE.id).name == "Knowledge base"
    button = bench.app.shell.rail.buttons[made.key]
    bench.until(lambda: button.text().strip() == "Knowledge base")
    bench.rail(made.key)
    assert bench.app.shell.rail._name.text() == "Knowledge base"


def test_enter_answers_what_the_server_asks(qtbot: QtBot) -> None:
    probe = Probe(qtbot, asking(CODE))
    page = probe.page
    assert isinstance(page, LoginPage)
    qtbot.waitUntil(page.question.fields[0].edit.hasFocus)
    QTest.keyClicks(page.question.fields[0].edit, "123456")
    assert press(probe, Key.Key_Return) == [i.AnswerQuestion(CODE, (Secret("123456"),))]


def test_enter_in_an_address_takes_it(qtbot: QtBot) -> None:
    """The page's own Enter would go on without what was typed."""
    probe = Probe(qtbot, CHECKS["network_closed"]())
    page = probe.page
    assert isinstance(page, ChecksPage)
    controls = next(r.controls for r in page.rows.made.values() if "address:field" in r.controls)
    field = controls["address:field"]
    assert isinstance(field, QLineEdit)
    field.setFocus()
    QTest.keyClicks(field, "https://mirror.example.jp")
    assert [type(asked) for asked in press(probe, Key.Key_Return)] == [i.UseAddress]


# ---------------------------------------------------------------------- the focus


def test_review_waits_with_the_focus_on_the_page_and_gives_it_to_install(qtbot: QtBot) -> None:
    probe = Probe(qtbot, REVIEW["working"]())
    assert press(probe, Key.Key_Return) == []  # while the plan is made
    probe.show(REVIEW["new"]())
    assert probe.shell.focusWidget() is probe.shell.bar.primary_button
    assert probe.view._bar.primary == "&Install"


def test_a_focus_that_a_person_moved_stays(qtbot: QtBot) -> None:
    probe = Probe(qtbot, REVIEW["working"]())
    QTest.keyClick(probe.shell.windowHandle(), Key.Key_Tab)
    chosen = probe.shell.focusWidget()
    assert chosen is not None and chosen is not probe.page.area
    probe.show(REVIEW["new"]())
    assert probe.shell.focusWidget() is chosen


def test_a_look_that_begins_again_takes_the_focus_from_next_to_the_page_and_back(qtbot: QtBot) -> None:
    probe = Probe(qtbot, CHECKS["good"]())
    assert probe.shell.focusWidget() is probe.shell.bar.primary_button
    probe.show(CHECKS["looking"]())
    assert probe.shell.focusWidget() is probe.page.area
    probe.show(CHECKS["good"]())
    assert probe.shell.focusWidget() is probe.shell.bar.primary_button


def test_known_servers_that_come_after_the_page_take_the_focus(qtbot: QtBot) -> None:
    """Enter opens the first of them, and begins no new installation."""
    probe = Probe(qtbot, WizardState())
    assert probe.shell.focusWidget() is probe.shell.bar.primary_button
    state = WELCOME["known"]()
    probe.show(state)
    page = probe.page
    assert isinstance(page, WelcomePage)
    first = state.welcome.known[0].id
    assert probe.shell.focusWidget() is page.servers.opening[first]
    assert press(probe, Key.Key_Return) == [i.OpenServer(first)]


def test_what_is_wrong_has_the_focus(qtbot: QtBot) -> None:
    probe = Probe(qtbot, form(replace(SERVER, user="dify admin")))
    page = probe.page
    assert isinstance(page, LoginPage)
    assert probe.shell.focusWidget() is page.form.user.edit


@pytest.fixture(autouse=True)
def agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/user/1000/agent.sock")


# ------------------------------------------------------------------ search fields


def test_escape_empties_a_search_field(bench: Bench, world: World) -> None:
    bench.open(ONE)
    for section in ("containers", "logs"):
        bench.rail(section)
        view = bench.app.panel_view
        assert view is not None
        name = bench.app.ui.t("containers.filter" if section == "containers" else "logs.search")
        field = next(f for f in view.current.findChildren(QLineEdit) if f.accessibleName() == name)
        field.setFocus()
        QTest.keyClicks(field, "worker")
        QTest.keyClick(field, Key.Key_Escape)
        assert field.text() == "" and field.hasFocus()


# ------------------------------------------------------------------- the address


@pytest.mark.parametrize("way", ["pasted", "typed"])
def test_a_whole_ssh_command_fills_the_fields(qtbot: QtBot, way: str) -> None:
    state = [wizard_states()["login-first"]()]
    probe = Probe(qtbot, state[0])
    page = probe.page
    assert isinstance(page, LoginPage)

    def edit(change: Callable[[WizardState], WizardState]) -> None:
        state[0] = change(state[0])
        probe.view.show_state(state[0])

    probe.view.edited.connect(edit)
    field = page.form.host.edit
    field.setFocus()
    if way == "pasted":
        QApplication.clipboard().setText("ssh root@203.0.113.24 -p 10022")
        QTest.keyClick(field, Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    else:
        QTest.keyClicks(field, "ssh root@203.0.113.24 -p 10022")
        QTest.keyClick(field, Key.Key_Tab)
    target = state[0].answers.target
    assert (target.host, target.user, target.port) == ("203.0.113.24", "root", 10022)
    assert field.text() == "203.0.113.24" and page.form.user.edit.text() == "root"
    assert probe.shell.bar.primary_button.isEnabled()
