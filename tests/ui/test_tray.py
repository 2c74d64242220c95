"""The icon in the tray: what it shows and what its menu does. The icon itself is a fake: no desktop here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QIcon
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from installer.appdata.preferences import load_preferences
from installer.core.app_folder import Home
from tests.ui.test_open_servers import ONE, TWO, Bench, World, world  # noqa: F401
from tests.ui.test_panel_controller import restarting
from ui.app import tray as module
from ui.app.app import App
from ui.app.tray import Tray
from ui.intents import CloseServer
from ui.panel.overview.section import OverviewSection


class FakeIcon:
    """Remembers what it was given."""

    def __init__(self) -> None:
        self.tip = ""
        self.icons: list[QIcon] = []
        self.menu: QMenu | None = None
        self.visible = False

    def setIcon(self, icon: QIcon) -> None:  # noqa: N802
        self.icons.append(icon)

    def setToolTip(self, tip: str) -> None:  # noqa: N802
        self.tip = tip

    def setContextMenu(self, menu: QMenu) -> None:  # noqa: N802
        self.menu = menu

    def setVisible(self, visible: bool) -> None:  # noqa: N802
        self.visible = visible

    def isVisible(self) -> bool:  # noqa: N802
        return self.visible


@pytest.fixture
def bench(
    qtbot: QtBot,
    qapp: QApplication,
    tmp_path: Path,
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Bench]:
    font = qapp.font()
    monkeypatch.setattr(module, "tray_there", lambda: True)
    monkeypatch.setattr(module, "QSystemTrayIcon", _Real)
    _Real.made.clear()
    found = Bench(qtbot, Home(tmp_path))
    found.until(lambda: found.app.prepared, 30)  # the tray comes once nothing else is to do
    yield found
    found.end(world)
    qapp.setFont(font)


class _Signal:
    def connect(self, _slot: object) -> None: ...


class _Real(FakeIcon):
    """In the place of ``QSystemTrayIcon``."""

    made: ClassVar[list[_Real]] = []

    def __init__(self) -> None:
        super().__init__()
        self.activated = _Signal()
        self.made.append(self)


def tray_of(app: App) -> Tray:
    assert app.tray is not None
    return app.tray


def action(bench: Bench, text: str) -> QAction:
    found = [a for a in tray_of(bench.app).menu.actions() if a.text().replace("&", "") == text]
    assert len(found) == 1, [a.text() for a in tray_of(bench.app).menu.actions()]
    return found[0]


def test_it_comes_with_the_first_installation(bench: Bench) -> None:
    assert bench.app.tray is None and not _Real.made
    bench.open(ONE)
    (icon,) = _Real.made
    assert icon.visible and icon.tip == "Dify Installer\nOne: Running"
    bench.app._asked(CloseServer("a1"))
    assert not icon.visible


def test_it_shows_the_worst_of_them(bench: Bench, world: World) -> None:  # noqa: F811
    bench.open(ONE)
    bench.open(TWO)
    (icon,) = _Real.made
    bench.until(lambda: icon.tip == "Dify Installer\nOne: Running\nTwo: Running")
    pictures = len(icon.icons)
    world.host("203.0.113.6").engine.down = {"api"}
    bench.until(lambda: icon.tip.endswith("Two: Not all of it runs"))
    assert len(icon.icons) == pictures + 1  # only when the worst word is another one
    bench.app.use_language("ja")
    assert icon.tip.endswith("Two：一部が停止")


@pytest.mark.qt_log_ignore("does not support raise")
def test_restart_from_the_tray(bench: Bench, world: World) -> None:  # noqa: F811
    bench.open(ONE)
    two = bench.open(TWO)
    bench.rail("home")
    host = world.host("203.0.113.6")
    host.planned_jobs.append(restarting(host))
    action(bench, "Restart Dify on Two…").trigger()
    assert bench.app.front == two.key and bench.app.panel_view is not None
    shown = bench.app.panel_view.current
    assert isinstance(shown, OverviewSection)
    confirm = shown.notices.confirm
    bench.until(lambda: confirm.isVisible() and confirm.no.hasFocus())
    assert not two.panel.state.acting
    QTest.mouseClick(confirm.yes, Qt.MouseButton.LeftButton)
    bench.until(lambda: two.panel.state.back)


def test_what_cannot_be_restarted_is_not_offered(bench: Bench, world: World) -> None:  # noqa: F811
    bench.open(ONE)
    assert action(bench, "Restart Dify on One…").isEnabled()
    world.host("203.0.113.5").break_line()
    bench.until(lambda: not action(bench, "Restart Dify on One…").isEnabled())


@pytest.mark.qt_log_ignore("does not support raise")
def test_the_window_and_an_installation_come_to_the_front(bench: Bench) -> None:
    one = bench.open(ONE)
    bench.rail("home")
    bench.app.shell.hide()
    action(bench, "Open Dify Installer").trigger()
    assert bench.app.shell.isVisible() and not bench.app.front
    bench.app.shell.hide()
    action(bench, "One: Running").trigger()
    assert bench.app.shell.isVisible() and bench.app.front == one.key


def test_closing_the_window_ends_the_program_unless_somebody_chose_otherwise(bench: Bench) -> None:
    bench.open(ONE)
    app = bench.app
    assert not tray_of(app).keeps_program
    assert app.shell.close() and not app.shell.isVisible()
    app.shell.show()
    action(bench, "Stay here when the window is closed").trigger()
    assert load_preferences(app.home).keep_in_tray
    assert not app.shell.close() and not app.shell.isVisible()  # hidden, not closed
    assert action(bench, "One: Running") is not None


def test_quit(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[bool] = []
    monkeypatch.setattr(QApplication, "quit", lambda: ended.append(True))
    bench.open(ONE)
    action(bench, "Stay here when the window is closed").trigger()
    action(bench, "Quit").trigger()
    assert ended == [True] and not _Real.made[0].visible


def test_it_goes_on_looking_while_the_window_is_hidden(bench: Bench, world: World) -> None:  # noqa: F811
    bench.open(ONE)
    host = world.host("203.0.113.5")
    bench.app.shell.hide()
    before = host.looks
    bench.until(lambda: host.looks > before + 1)
