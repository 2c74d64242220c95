"""The program as a whole, without a target: what is made ahead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from installer.home import Home
from installer.wizard import Busy, route
from tests.ui.states.install import STATES
from ui import dialogs
from ui import intents as i
from ui.app import App


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


def test_pages_are_made_ahead_also_after_a_change_of_the_language(qtbot: QtBot, app: App) -> None:
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
    app.flow.set(replace(shown, busy=shown.busy or Busy("install", 0.0)))
    app._asked(i.Stop())
    assert bool(asked) is asks
    app.shell.close()
    assert len(asked) == (2 if asks else 0)
    assert app.shell.isVisible() is asks
    app.flow.set(replace(app.flow.state, busy=None))
