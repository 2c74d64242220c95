"""The list of servers on a real line that breaks: said at once, back by itself, and nobody is asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from installer.appdata.known_servers import KnownServer, Servers
from installer.core.app_folder import Home
from tests.lab import Lab
from tests.lab_faults.line import line_to
from tests.lab_ui.driver import Driver
from tests.lab_ui.grid_lab import on_server
from ui.app.app import App

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

NAMES = ("nginx", "api")


@pytest.fixture
def driver(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Driver]:
    """The program, not started yet."""
    qapp.setStyle("Fusion")
    app = App(Home(tmp_path / "home"), language="en")
    yield Driver(qtbot, app)
    app.shell.hide()
    assert app.close()
    app.shell.deleteLater()
    app.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_a_line_that_breaks_is_said_in_the_list_and_comes_back(lab: Lab, driver: Driver) -> None:
    with on_server(lab, "list", NAMES) as stack:
        assert stack.server is not None
        with line_to(stack.server) as line:
            target = replace(
                stack.answers.target,
                host="127.0.0.1",
                port=line.port,
                identity_file=os.fspath(lab.place.key_file),
                host_key=stack.key,
            )
            known = Servers(driver.app.home).remember(
                KnownServer("", "Shop", target, "", "1.16.1", 1.0, login="key")
            )
            driver.app.start()
            driver.qtbot.waitExposed(driver.app.shell)

            def word() -> str:
                now = driver.app.flow.state.welcome.now.get(known.id)
                return now.word if now is not None else ""

            driver.wait(lambda: word() == "running", 60)
            stack.docker("pause api")
            driver.wait(lambda: word() == "degraded", 10)
            line.switch.set({"cut": True, "refuse": True})
            driver.wait(lambda: word() == "lost", 3)
            driver.qtbot.wait(3000)
            assert QApplication.activeModalWidget() is None
            assert [w for w in QApplication.topLevelWidgets() if w.isVisible()] == [driver.app.shell]
            stack.docker("unpause api")
            line.switch.set({})
            driver.wait(lambda: word() == "running", 60)
