"""A program that shows states of ``tests.ui.states`` in the real window, one after the other.

Each line on its standard input is ``show NAME`` (another window), ``change NAME`` (the same window, another
state) or ``end``; each is answered by a line once the window is there.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import import_module

from PySide6.QtCore import QObject, QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from installer.views.panel import PanelState
from installer.views.wizard import WizardState
from tests.ui.preview import application, settle, throw_away, wizard_window
from tests.ui.states.panel import STATES, Window, window
from ui.wizard.view import WizardView


def wizard_state(name: str) -> WizardState:
    """The state *name* (``page-state``)."""
    page, _, state = name.partition("-")
    found = import_module(f"tests.ui.states.{page}").STATES[state]()
    assert isinstance(found, WizardState)
    return found


def panel_state(name: str) -> PanelState:
    """The state *name* (``SECTION-state``) without what a person did there."""
    section, _, state = name.partition("-")
    for known, states in STATES.items():
        if known == section:
            return replace(states[state].make(), section=known)
    raise KeyError(name)


class Stand(QObject):
    """Does what the lines say."""

    def __init__(self) -> None:
        super().__init__()
        self.window: QWidget | None = None
        self.view: WizardView | None = None
        self._notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)

    def _read(self) -> None:
        line = sys.stdin.readline()
        command, _, name = line.strip().partition(" ")
        if command == "show":
            self._show(name)
        elif command == "change":
            self._change(name)
        else:
            QApplication.quit()
            return
        QTimer.singleShot(0, lambda: print("done", flush=True))

    def _show(self, name: str) -> None:
        if self.window is not None:
            throw_away(self.window)
        if name.startswith("panel:"):
            section, _, state = name.removeprefix("panel:").partition("-")
            self.window = window(panel_state(f"{section}-{state}").section, state, "en", "light")
            self.view = None
        else:
            self.window, self.view = wizard_window(wizard_state(name), "en", "light")
        settle(self.window, 1040, 720)
        self.window.activateWindow()

    def _change(self, name: str) -> None:
        if self.view is not None:
            self.view.show_state(wizard_state(name))
        elif isinstance(self.window, Window):
            self.window.view.show_state(panel_state(name.removeprefix("panel:")))


def main() -> int:
    """Stay until ``end``."""
    app = application()
    app.setApplicationName("stand")
    app.setQuitOnLastWindowClosed(False)
    stand = Stand()
    print("ready", flush=True)
    code = app.exec()
    assert stand is not None
    return code


if __name__ == "__main__":
    sys.exit(main())
