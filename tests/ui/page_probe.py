"""A page in a window of its own, and what it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from installer.texts import Texts
from installer.views.wizard import WizardState
from tests.ui.audit import shown
from ui.intents import Intent
from ui.style.context import Ui
from ui.style.theme import Theme
from ui.window.window import Shell
from ui.wizard.page import Page
from ui.wizard.view import WizardView


class Probe:
    """*asked* and *edited* are what came out since the last ``forget``."""

    def __init__(self, qtbot: QtBot, state: WizardState, language: str = "en") -> None:
        self.bot = qtbot
        theme = Theme("light")
        theme.apply()
        self.shell = Shell(Ui(Texts(language), theme))
        self.view = WizardView(self.shell.rail._ui, self.shell, state)
        self.asked: list[Intent] = []
        self.edited: list[object] = []
        self.view.asked.connect(self.asked.append)
        self.view.edited.connect(self.edited.append)
        qtbot.addWidget(self.shell)
        self.view.show_state(state)
        self.shell.show()
        qtbot.waitExposed(self.shell)
        qtbot.wait(1)

    @property
    def page(self) -> Page:
        return self.view.pages[self.view.state.page]

    def show(self, state: WizardState) -> None:
        """Show *state*; what is made anew comes up with the next turn of the event loop."""
        self.view.show_state(state)
        QApplication.processEvents()

    def click(self, button: QWidget) -> list[Intent]:
        """Press *button* with the mouse."""
        return self._during(lambda: QTest.mouseClick(button, Qt.MouseButton.LeftButton))

    def press(self, button: QWidget) -> list[Intent]:
        """Press *button* with the keyboard."""
        button.setFocus()
        return self._during(lambda: QTest.keyClick(button, Qt.Key.Key_Space))

    def _during(self, act: Callable[[], object]) -> list[Intent]:
        self.asked.clear()
        act()
        return list(self.asked)

    def button(self, text: str) -> QPushButton:
        """The visible button that says *text* (without its mnemonic)."""
        for found in shown(self.shell, QPushButton):
            assert isinstance(found, QPushButton)
            if found.text().replace("&", "") == text:
                return found
        raise AssertionError(text)

    def said(self) -> str:
        """Every visible label's text."""
        return "\n".join(w.text() for w in shown(self.shell, QLabel) if isinstance(w, QLabel))

    def everything(self) -> Iterator[str]:
        """All that any widget holds or tells a screen reader, shown or not."""
        for widget in self.shell.findChildren(QWidget):
            yield from (widget.accessibleName(), widget.accessibleDescription(), widget.toolTip())
            for name in ("text", "toPlainText", "placeholderText"):
                if callable(method := getattr(widget, name, None)):
                    yield str(method())
            interface = QAccessible.queryAccessibleInterface(widget)
            if interface is not None:
                yield from (interface.text(kind) for kind in (QAccessible.Text.Name, QAccessible.Text.Value))
