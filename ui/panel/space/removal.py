"""Removing Dify: what goes and what stays, the folder typed for the data, and how it ended."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from installer.core.errors import InstallError
from installer.views.panel import PanelState
from installer.views.wizard import Undoing
from ui.cards.undo import UndoCard
from ui.intents import Intent, Stop
from ui.panel.intents import DismissRemoval, RemoveDify, ShowRemoval
from ui.style.context import Ui
from ui.widgets.announce import announce
from ui.widgets.basics import Card, button, column, label, row
from ui.widgets.cause import CauseCard


class RemovalCard(UndoCard):
    """The same card as an undo's, for an installation that ran."""

    def _carry_out(self, confirm: str, images: bool, added: bool) -> None:
        self._ask(RemoveDify(confirm, images, added))

    def _drop(self) -> None:
        self._ask(DismissRemoval())


class RemovalPart(QWidget):
    """``begin`` is the button that asks for it, to be put elsewhere."""

    def __init__(self, ui: Ui, ask: Callable[[Intent], None]) -> None:
        super().__init__()
        self._ui = ui
        self._error: InstallError | None = None
        self.idle = True
        self.begin = button(ui.t("server.remove"), lambda: ask(ShowRemoval()))
        self.card = RemovalCard(ui, ask)
        self.cause = CauseCard(ui)
        self.busy = Card(tone="accent", margins=12)
        self.doing = label(wrap=True)
        self.stop = button(ui.t("common.cancel"), lambda: ask(Stop()))
        line = row(space=10)
        line.addWidget(self.doing, 1)
        line.addWidget(self.stop)
        self.busy.body.addLayout(line)
        self.setLayout(column(self.busy, self.cause, self.card))

    def show_removal(self, state: PanelState, now: float) -> None:
        """Show how far it is."""
        found, ui = state.removal, self._ui
        self.idle = not (found.busy or found.plan or found.done)
        self.busy.setVisible(bool(found.busy))
        if found.busy:
            since = ui.t("common.since", time=ui.duration(now - found.since))
            self.doing.setText(f"{ui.t(f'server.removing_{found.busy}')} {since}")
        self._show_error(found.error)
        undoing = Undoing(plan=found.plan, done=found.done) if found.plan or found.done else None
        before = self.card.keep
        self.card.show_undo(undoing, busy=bool(found.busy))
        if self.card.keep is not None and self.card.keep is not before:
            # the harmless answer, and into view; once it is there
            QTimer.singleShot(0, self.card.keep, self.card.keep.setFocus)
        self.begin.setEnabled(not state.acting and state.lost is None)
        if self.card.go is not None and (state.lost is not None or state.acting):
            self.card.go.setEnabled(False)

    def _show_error(self, error: InstallError | None) -> None:
        self.cause.setVisible(error is not None)
        if error is not None and error is not self._error:
            self.cause.show_error(error, [])
            announce(self, self._ui.explain(str(error.code), dict(error.params)).what, urgent=True)
        self._error = error
