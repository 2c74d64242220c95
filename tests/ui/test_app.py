"""The program as a whole, without a target: what is made ahead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from installer.core.app_folder import Home
from installer.views.wizard import Busy, route
from tests.ui.somebody import come_to
from tests.ui.states.install import STATES
from ui import intents as i
from ui.app import servers
from ui.app.app import App
from ui.window import dialogs
from ui.window.dialogs import Decision


@pytest.fixture
def app(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[App]:
    font = qapp.font()  # another language may ask for another one
    qapp.setStyle("Fusion")
    found = App(Home(tmp_path / "window"), language="en")
    found.start()
    qtbot.waitExposed(found.shell)
    yield found
    found.shell.hide()
    assert found.close()
    found.shell.deleteLater()
    found.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.setFont(font)


def missing(app: App) -> list[str]:
    """Pages of the way that are not made."""
    view = app.wizard_view
    assert view is not None
    return [page.value for page in route(view.state) if page not in view.pages]


def test_nothing_is_loaded_ahead_for_nobody(qtbot: QtBot, app: App, qapp: QApplication) -> None:
    """The first page is there, and no more; a pointer that lies where the window opened is nobody."""
    qtbot.waitUntil(lambda: app.wizard_view is not None)
    QTest.mouseMove(app.shell.windowHandle(), QPoint(200, 200))
    qtbot.wait(300)
    assert "flow" not in vars(app) and "jobs" not in vars(app) and len(missing(app)) > 1


@pytest.mark.parametrize("how", ["pointer", "key", "click", "assistive"])
def test_somebody_comes(qtbot: QtBot, app: App, how: str) -> None:
    qtbot.waitUntil(lambda: app.wizard_view is not None)
    qtbot.wait(50)
    handle = app.shell.windowHandle()
    if how == "pointer":
        come_to(app.shell)
    elif how == "key":
        QTest.keyClick(handle, Qt.Key.Key_Tab)
    elif how == "click":
        QTest.mouseClick(handle, Qt.MouseButton.LeftButton, pos=QPoint(600, 600))
    else:  # a screen reader presses a button by itself
        app.shell.bar.primary_button.click()
    qtbot.waitUntil(lambda: app.prepared, timeout=20_000)


def test_what_was_begun_here_is_loaded_by_itself(qtbot: QtBot, app: App, tmp_path: Path) -> None:
    (app.home.make() / "servers.toml").write_text("version = 1\n")
    qtbot.waitUntil(lambda: app.prepared, timeout=20_000)


def test_pages_are_made_ahead_also_after_a_change_of_the_language(qtbot: QtBot, app: App) -> None:
    qtbot.waitUntil(lambda: app.wizard_view is not None)
    come_to(app.shell)
    qtbot.waitUntil(lambda: app.prepared, timeout=20_000)
    assert missing(app) == []
    app.use_language("ja")
    assert missing(app) and not app.prepared
    qtbot.waitUntil(lambda: app.prepared, timeout=20_000)
    assert missing(app) == []


@pytest.mark.parametrize(("state", "asks"), [("pull", True), ("registry-login", False)])
def test_closing_asks_only_about_what_would_go_on(
    app: App, monkeypatch: pytest.MonkeyPatch, state: str, asks: bool
) -> None:
    asked: list[str] = []

    def answer(*_: object, **__: object) -> bool:
        asked.append("")
        return False

    monkeypatch.setattr(dialogs, "ask_about_closing", answer)
    monkeypatch.setattr(dialogs, "ask_about_stopping", answer)
    shown = STATES[state]()
    app.flow.set(replace(shown, work=replace(shown.work, busy=shown.work.busy or Busy("install", 0.0))))
    app._asked(i.Stop())
    assert bool(asked) is asks
    app.shell.close()
    assert len(asked) == (2 if asks else 0)
    assert app.shell.isVisible() is asks
    app.flow.set(replace(app.flow.state, work=replace(app.flow.state.work, busy=None)))


@pytest.mark.parametrize(("there", "key"), [(True, ""), (False, "copy"), (False, "close")])
def test_without_a_browser_the_address_is_shown(
    qtbot: QtBot, app: App, monkeypatch: pytest.MonkeyPatch, there: bool, key: str
) -> None:
    """As on a desktop that knows no browser: "Open Dify" must not do nothing."""
    asked, copied, seen = list[QUrl](), list[str](), list[str]()

    def open_url(url: QUrl) -> bool:
        asked.append(url)
        return there

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, Decision)
        seen.extend(found.text() for found in dialog.findChildren(QLabel))
        QTest.mouseClick(dialog.buttons[key], Qt.MouseButton.LeftButton)

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    monkeypatch.setattr(servers, "copy_to_clipboard", lambda text, _secret: copied.append(text))
    qtbot.waitUntil(lambda: app.wizard_view is not None)
    if key:
        QTimer.singleShot(100, answer)
    app.flow.browse.emit("http://203.0.113.5/install")
    assert asked == [QUrl("http://203.0.113.5/install")]
    assert copied == (["http://203.0.113.5/install"] if key == "copy" else [])
    assert any("http://203.0.113.5/install" in text for text in seen) is bool(key)
