"""Servers of this computer's SSH configuration, to be taken over instead of typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from installer.answers import Target
from installer.views.wizard import WizardState, taken_over
from ui.style.context import Ui
from ui.style.theme import SPACE_XS
from ui.widgets.basics import column, hint, unseen_label
from ui.widgets.combo import CalmCombo
from ui.wizard.welcome.parts import place_text

if TYPE_CHECKING:
    from installer.hosts.ssh.config import ConfiguredHost

#: Letters of an entry in the list.
_LONGEST = 72


class TakeOver(QWidget):
    """A list to choose from; not there if the configuration names no server. ``edited`` gives an edit."""

    edited = Signal(object)

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._hosts: tuple[ConfiguredHost, ...] = ()
        self._taken: tuple[ConfiguredHost, Target] | None = None
        self.list = CalmCombo(ui)
        self.list.setAccessibleName(ui.t("login.take_over_name"))
        self.list.setPlaceholderText(ui.t("login.take_over"))
        self.list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.list.setMinimumContentsLength(24)
        self.list.setMaxVisibleItems(14)
        self.list.activated.connect(self._take)
        self.note = hint("")
        self.note.hide()
        caption = unseen_label(ui.t("login.take_over_name"), self.list)
        self.setLayout(column(caption, self.list, self.note, space=SPACE_XS))
        self.hide()

    def show_state(self, state: WizardState) -> None:
        """The list is refilled only when the configuration changes."""
        if state.login.configured != self._hosts:
            self._hosts = state.login.configured
            self.list.clear()
            for host in self._hosts:
                self.list.addItem(entry_text(host))
            self.list.setCurrentIndex(-1)
        if self._taken is not None and state.answers.target != self._taken[1]:
            self._taken = None  # another one was typed
            self.list.setCurrentIndex(-1)
        notes = self._taken[0].notes if self._taken else ()
        self.note.setText(self._ui.t("login.not_taken", what=", ".join(notes)) if notes else "")
        self.note.setVisible(bool(notes))
        self.setVisible(bool(self._hosts) and not state.install.resuming)

    def _take(self, place: int) -> None:
        host = self._hosts[place]

        def change(state: WizardState) -> WizardState:
            new = taken_over(state, host)
            self._taken = host, new.answers.target
            return new

        self.edited.emit(change)


def entry_text(host: ConfiguredHost) -> str:
    """``name — user@host:port``."""
    place = place_text(Target(host=host.host, port=host.port, user=host.user))
    text = host.name if place == host.name else f"{host.name} — {place}"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
