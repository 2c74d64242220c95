"""Practising: a banner with the host key to compare, and new starts that stay with the practice server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from installer.answers import Answers, Release, Secrets, Target
from installer.appdata.keychain import Keychain
from installer.core.app_folder import Home
from installer.core.secrets import Secret
from installer.views.wizard import LoginState, PageId, WizardState
from tests.ui.panel_host import PanelHost
from tests.ui.states.login import PRACTICE
from ui.app import open_servers
from ui.app.app import App
from ui.panel import work
from ui.panel.server.section import ServerSection
from ui.widgets.practice import PracticeBanner
from ui.wizard.login.page import LoginPage
from ui.wizard.welcome.page import WelcomePage
from ui.wizard.where.page import WherePage

__all__ = ["app"]
LEFT = Qt.MouseButton.LeftButton
SOURCE = "http://127.0.0.1:24050"
SERVER = Target(kind="ssh", host="203.0.113.5", user="difyadmin", directory="/opt/dify")
PASSWORD = Secret("practice-password")


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where releases were looked for."""
    asked: list[str] = []

    def newest(_home: Home, answers: Answers) -> Any:
        asked.append(answers.release.source)
        return lambda _emit, _cancel: None

    monkeypatch.setattr(work, "newest_release", newest)
    return asked


@pytest.fixture
def app(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sources: list[str]
) -> Iterator[App]:
    """As ``./run --practice`` starts it."""
    monkeypatch.setattr(open_servers, "BEHIND", 0.05)
    font = qapp.font()
    qapp.setStyle("Fusion")
    state = WizardState(
        page=PageId.LOGIN,
        answers=Answers(target=SERVER, release=Release(source=SOURCE)),
        secrets=Secrets(ssh_password=PASSWORD),
        login=LoginState(method="password"),
        practice=PRACTICE,
    )
    found = App(Home(tmp_path / "window"), language="en", state=state)
    found.start()
    qtbot.waitExposed(found.shell)
    qtbot.waitUntil(lambda: found.wizard_view is not None)
    found.flow.keychain = Keychain(lambda: None)
    found.wake()
    qtbot.waitUntil(lambda: found.prepared, timeout=20_000)
    yield found
    found.shell.hide()
    assert found.close()
    found.shell.deleteLater()
    found.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.setFont(font)


def banner(app: App) -> PracticeBanner:
    QApplication.processEvents()
    shown = app.shell.practice
    assert isinstance(shown, PracticeBanner) and shown.isVisible()
    return shown


def page(app: App, kind: type[Any]) -> Any:
    assert app.wizard_view is not None
    found = app.wizard_view.pages[app.flow.state.page]
    assert isinstance(found, kind)
    return found


def test_the_window_says_that_it_is_practice_and_has_the_key(qtbot: QtBot, app: App) -> None:
    assert (
        banner(app).key.text().replace(" ", "") == PRACTICE.replace(" ", "")
        and "Practice server" in banner(app).text.text()
    )
    QTest.mouseClick(banner(app).copy, LEFT)
    assert QApplication.clipboard().text() == PRACTICE
    app.use_language("ja")
    qtbot.waitUntil(lambda: app.prepared, timeout=20_000)
    assert "練習用" in banner(app).text.text()


def test_without_practice_there_is_no_banner(qtbot: QtBot, app: App) -> None:
    from ui.window.window import Shell

    shell = Shell(app.ui)
    qtbot.addWidget(shell)
    shell.show_practice("")
    assert shell.practice is None


def test_a_new_start_stays_with_the_practice_server(qtbot: QtBot, app: App, sources: list[str]) -> None:
    """Disconnect, then a second new installation: address, login and source of the releases are there."""
    app.flow.session.host = cast(Any, PanelHost())
    app.open_panel()
    qtbot.waitUntil(lambda: app.panel_view is not None and app.panel is not None)
    assert app.panel is not None and app.panel_view is not None
    assert banner(app).isVisible() and app.panel.state.answers.release.source == SOURCE
    qtbot.waitUntil(lambda: app.panel is not None and app.panel.state.status is not None)
    QTest.mouseClick(app.shell.rail.buttons["server"], LEFT)
    section = app.panel_view.current
    assert isinstance(section, ServerSection)
    QTest.mouseClick(section.disconnect_button, LEFT)
    qtbot.waitUntil(lambda: app.wizard_view is not None and not app.front)
    assert banner(app).isVisible()
    welcome = page(app, WelcomePage)
    QTest.mouseClick(welcome.choices.cards["install"], LEFT)
    QTest.mouseClick(app.shell.bar.primary_button, LEFT)
    assert isinstance(page(app, WherePage), WherePage)
    QTest.mouseClick(app.shell.bar.primary_button, LEFT)
    login = page(app, LoginPage)
    state = app.flow.state
    assert (state.answers.release.source, state.answers.target.host) == (SOURCE, SERVER.host)
    assert state.secrets.ssh_password == PASSWORD
    assert login.form.host.edit.text() == SERVER.host
    assert set(sources) == {SOURCE}


def test_the_practice_server_opened_again_has_its_login_and_source(qtbot: QtBot, app: App) -> None:
    app.flow.session.host = cast(Any, PanelHost())
    app.open_panel()
    qtbot.waitUntil(lambda: app.panel is not None and bool(app.panel.state.server_id))
    assert app.panel is not None
    server_id = app.panel.state.server_id
    app.open.close(app.front)
    app.show_home()
    asked: list[WizardState] = []
    app.flow.login.connect = lambda: asked.append(app.flow.state)  # type: ignore[method-assign]
    from ui.intents import OpenServer

    app.flow.ask(OpenServer(server_id))
    assert [(s.answers.release.source, s.secrets.ssh_password) for s in asked] == [(SOURCE, PASSWORD)]
    made = app.open.open(next(s for s in app.flow.state.welcome.known if s.id == server_id))
    assert made.panel.state.answers.release.source == SOURCE
