"""Terminal: a shell in one of the containers."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from installer.core.errors import InstallError
from installer.terminal.session import Terminal
from installer.views.panel import PanelState
from ui.intents import CopyText
from ui.panel.intents import CloseShell, OpenShell
from ui.panel.section import Notices, Section
from ui.panel.terminal.view import TerminalView
from ui.style.context import Ui
from ui.widgets.announce import announce
from ui.widgets.basics import button, hint, label, row, unseen_label
from ui.widgets.cause import CauseCard
from ui.widgets.combo import CalmCombo


class TerminalSection(Section):
    """The services to choose from are those that run."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.t("terminal.title"), ui.t("terminal.sentence"), scroll=False)
        self._terminal: Terminal | None = None
        self._error: InstallError | None = None
        self._phase = ""
        self.services = CalmCombo(ui)
        self.services.setAccessibleName(ui.t("terminal.service"))
        caption = label(ui.t("terminal.service"))
        caption.setBuddy(self.services)
        self.open = button(ui.t("terminal.open"), self._open, "primary")
        self.end = button(ui.t("terminal.end"), lambda: self.ask(CloseShell()))
        self.notices = Notices(ui, self.ask)
        self.body.addWidget(self.notices)
        line = row(caption)
        line.addWidget(self.services)
        line.addWidget(unseen_label(ui.t("terminal.service"), self.services))
        for shown in (self.open, self.end):
            line.addWidget(shown)
        line.addStretch(1)
        self.body.addLayout(line)
        self.cause = CauseCard(ui)
        self.cause.hide()
        self.body.addWidget(self.cause)
        self.word = label("", "second", wrap=True)
        self.body.addWidget(self.word)
        self.view = TerminalView(ui)
        self.view.left.connect(self.view.leave)
        self.view.copied.connect(lambda text: self.ask(CopyText(text)))
        self.body.addWidget(self.view, 1000)
        self.keys = hint(ui.t("terminal.keys"))
        self.body.addWidget(self.keys)
        self.body.addStretch(1)

    def attach(self, terminal: Terminal | None) -> None:
        """What is shown."""
        self._terminal = terminal
        if self.state is not None:
            self._show(self.state)

    def wake(self) -> None:
        """There is something new to see."""
        self.view.wake()

    def show_state(self, state: PanelState, now: float) -> None:
        super().show_state(state, now)
        self.notices.show_state(state, now)
        self._offer(state)
        self._show(state)

    def _offer(self, state: PanelState) -> None:
        containers = state.status.containers if state.status is not None else ()
        wanted = list(dict.fromkeys(c.service for c in containers if c.state == "running"))
        if wanted != [self.services.itemText(n) for n in range(self.services.count())]:
            chosen = self.services.currentText()
            self.services.clear()
            self.services.addItems(wanted)
            if chosen in wanted:
                self.services.setCurrentText(chosen)
        can = bool(wanted) and state.lost is None
        self.open.setEnabled(can)
        self.services.setEnabled(can)

    def _show(self, state: PanelState) -> None:
        ui, shell = self.ui, state.terminal
        live = shell.phase == "open"
        self.view.show_terminal(self._terminal, live=live)
        self.end.setVisible(live)
        self.view.setVisible(bool(shell.phase))
        self.keys.setVisible(live)
        self.word.setText(self._word(state))
        self.word.setVisible(shell.error is None)
        self.cause.setVisible(shell.error is not None)
        if shell.error is not None and shell.error is not self._error:
            self.cause.show_error(shell.error, [])
            said = ui.explain(str(shell.error.code), dict(shell.error.params)).what
            announce(self, said, urgent=True)
        self._error = shell.error
        if shell.phase != self._phase:
            self._phase = shell.phase
            if live:
                self.services.setCurrentText(shell.service)
                self.view.setFocus()
            elif shell.phase and shell.error is None:
                announce(self, self.word.text())
                if self.view.hasFocus():
                    self.open.setFocus()

    def _word(self, state: PanelState) -> str:
        ui, shell = self.ui, state.terminal
        if not shell.phase:
            empty = state.status is not None and state.lost is None and not self.services.count()
            return ui.t("terminal.nothing" if empty else "terminal.about")
        if shell.phase == "open":
            return ui.t("terminal.open_in", service=shell.service)
        if shell.code is None:
            return ui.t("terminal.closed", service=shell.service)
        return ui.t("terminal.ended", service=shell.service, code=str(shell.code))

    def _open(self) -> None:
        if self.services.currentText():
            self.ask(OpenShell(self.services.currentText()))

    def first_focus(self) -> QWidget | None:
        if self.state is not None and self.state.terminal.phase == "open":
            return self.view
        return self.services if self.services.isEnabled() else None
