"""Whether the passwords of the login are to be kept in this computer's keyring."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from installer.views.wizard import WizardState, ways
from ui.style.context import Ui
from ui.style.theme import SPACE_XS
from ui.widgets.basics import column, hint


def kept_note(ui: Ui, state: WizardState) -> str:
    """The line under a password: where it stays."""
    return ui.t("login.kept_in_keyring" if state.keeping.wanted else "login.kept_in_memory")


class RememberPart(QWidget):
    """Off unless the user turns it on; without a keyring only the reason. ``edited`` gives an edit."""

    edited = Signal(object)

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self.box = QCheckBox(ui.t("login.remember"))
        self.box.clicked.connect(
            lambda on: self.edited.emit(lambda s: replace(s, keeping=replace(s.keeping, wanted=on)))
        )
        self.note = hint("")
        self.setLayout(column(self.box, self.note, space=SPACE_XS))
        self.hide()

    def show_state(self, state: WizardState, *, passphrase: bool) -> None:
        """There while there is something to keep; *passphrase*: the key's is asked for."""
        keeping, door = state.keeping, state.login.door
        shut = door is not None and not door.open and bool(ways(door))
        something = (shut and state.login.method == "password") or passphrase or state.login.sudo_asked
        self.setVisible(something and keeping.usable is not None)
        usable = bool(keeping.usable)
        self.box.setVisible(usable)
        self.box.setChecked(keeping.wanted)
        self.note.setText(self._ui.t("login.remember_note" if usable else "login.remember_none"))
        self.box.setAccessibleDescription(self.note.text())
