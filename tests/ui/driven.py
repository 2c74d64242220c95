"""The wizard's real window over the real flow; what the engine does is declared (``test_flow.Script``)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from installer.views.wizard import PageId
from tests.ui.page_probe import Probe
from ui.wizard.controller import Flow


class Driven(Probe):
    """A window whose presses are carried out by *flow*."""

    def __init__(self, qtbot: QtBot, flow: Flow, language: str = "en") -> None:
        super().__init__(qtbot, flow.state, language)
        self.flow = flow
        flow.changed.connect(self.view.show_state)
        flow.field.connect(self.view.focus_field)
        self.view.asked.connect(flow.ask)
        self.view.edited.connect(flow.edit)

    def close(self) -> None:
        """The flow outlives the window in a test."""
        self.flow.changed.disconnect(self.view.show_state)
        self.flow.field.disconnect(self.view.focus_field)

    def on(self, page: PageId) -> None:
        """Wait until *page* is shown and nothing is awaited."""
        state = self.flow
        self.bot.waitUntil(lambda: state.state.page is page and state.state.work.busy is None, timeout=10_000)
        QApplication.processEvents()

    def next(self) -> None:
        """Press the primary button with the mouse."""
        QTest.mouseClick(self.shell.bar.primary_button, Qt.MouseButton.LeftButton)

    def type_into(self, line: QWidget, text: str) -> None:
        """Click into *line*, select what is in it, and type *text* instead."""
        QTest.mouseClick(line, Qt.MouseButton.LeftButton)
        QTest.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(line, text)
