"""A page by itself for tests: shown, and with everything it asks for written down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QWidget
from pytestqt.qtbot import QtBot

from installer.texts import Texts
from installer.views.wizard import WizardState
from ui.intents import Edit, Intent
from ui.style.context import Ui
from ui.style.theme import Theme
from ui.wizard.page import Page


def ui_for(language: str = "en") -> Ui:
    """Texts and colours as the program makes them."""
    theme = Theme("light")
    theme.apply()
    return Ui(Texts(language), theme)


class Heard:
    """Shows *page*; its edits change the state, which is shown again; its intents are in ``asked``."""

    def __init__(self, qtbot: QtBot, page: Page, state: WizardState) -> None:
        self.qtbot, self.page, self._state = qtbot, page, state
        self.edits = 0
        self.asked: list[Intent] = []
        page.edited.connect(self._edited)
        page.asked.connect(self.asked.append)
        qtbot.addWidget(page)
        page.resize(740, 640)
        page.show_state(state)
        page.show()
        page.activateWindow()
        qtbot.waitUntil(page.isActiveWindow)
        assert not self.edits and not self.asked

    def now(self) -> WizardState:
        """The state as it has become."""
        return self._state

    def _edited(self, change: Edit) -> None:
        self.edits += 1
        self.show(change(self._state))

    def show(self, state: WizardState) -> None:
        """Show another state."""
        self._state = state
        before = self.edits
        self.page.show_state(state)
        assert self.edits == before, "showing a state must not edit it"
        QApplication.processEvents()  # what was made anew is shown

    def click(self, widget: QWidget | None) -> None:
        """With the mouse."""
        assert widget is not None and widget.isVisible()
        middle = widget.rect().center()
        where = QPoint(10, middle.y()) if isinstance(widget, QCheckBox) else middle  # on its box, not beside
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=where)

    def press(self, widget: QWidget | None, key: Qt.Key = Qt.Key.Key_Space) -> None:
        """With the keyboard, after the focus was put there."""
        assert widget is not None and widget.isVisible()
        widget.setFocus()
        QTest.keyClick(widget, key)

    def type(self, widget: QWidget, text: str) -> None:
        """Replace what is in *widget*."""
        widget.setFocus()
        QTest.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(widget, Qt.Key.Key_Delete)
        QTest.keyClicks(widget, text)

    def ways(self) -> tuple[Callable[[Any], None], Callable[[Any], None]]:
        """Mouse and keyboard."""
        return self.click, self.press
