"""Where: this computer, or a server over SSH."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QWidget

from installer.core.errors import Code, InstallError
from installer.hosts.kinds import SshServer, ThisComputer, kind_named
from installer.views.wizard import DOCKER_FOR_CHECKS, PageId, WizardState, edit
from ui.intents import CheckDocker, Next, Retry, Stop
from ui.style.context import Ui
from ui.widgets.cause import CauseCard
from ui.widgets.choice import ChoiceCard, ChoiceRow
from ui.widgets.scroll_into_view import reveal
from ui.widgets.tab_order import tab_as_read
from ui.widgets.waiting import Waiting
from ui.window.bottom_bar import Bar
from ui.wizard.page import Page


class WherePage(Page):
    """Nothing typed for the other choice is lost: what does not count is left out later (``effective``)."""

    page = PageId.WHERE

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.t("where.title"), ui.t("where.sentence"))
        self._error: InstallError | None = None
        self.local = ChoiceCard(
            ui, ui.t("common.this_computer"), ui.t("where.local_looking"), icon=ThisComputer.icon
        )
        self.ssh = ChoiceCard(ui, ui.t("where.ssh"), ui.t("where.ssh_text"), icon=SshServer.icon)
        self.choices = ChoiceRow([(ThisComputer.name, self.local), (SshServer.name, self.ssh)])
        self.choices.setAccessibleName(ui.t("where.title"))
        self.choices.chosen.connect(self._pick)
        self.waiting = Waiting(ui)
        self.cause = CauseCard(ui)
        self.cause.hide()
        self.body.addWidget(self.choices)
        self.body.addWidget(self.waiting)
        self.body.addWidget(self.cause)
        self.body.addStretch(1)

    # ------------------------------------------------------------------- state

    def show_state(self, state: WizardState) -> None:
        """Show *state*."""
        super().show_state(state)
        target = state.answers.target
        if target.host_kind.needs_login:
            self._server = target
        self.choices.show_choice(target.kind)
        self.choices.setEnabled(state.work.busy is None)
        self.local.set_text(self._local_text(state))
        self.waiting.show_busy(state.work.busy)
        self._show_failure(state)

    def _local_text(self, state: WizardState) -> str:
        t, local = self.ui.t, state.local
        if local is None:
            return t("where.local_looking")
        if local.error is None:
            return t("where.local_found", version=local.version)
        said = self.ui.explain(str(local.error.code), dict(local.error.params))
        return t("where.local_error", error=said.what)

    def _show_failure(self, state: WizardState) -> None:
        """That of connecting, or what is wrong with this computer's Docker while it is chosen."""
        error = state.failed_on(PageId.WHERE)
        connecting = error is not None
        local = state.local if not state.answers.target.host_kind.remote else None
        if error is None and local and state.work.busy is None:
            error = local.error
        if error is self._error:
            return
        self._error = error
        self.cause.setVisible(error is not None)
        if error is None:
            return
        again = self.ui.t("common.try_again"), lambda: self.ask(Retry() if connecting else CheckDocker())
        other = self.ui.t("where.use_server"), lambda: self._pick(SshServer.name)
        checks = self.ui.t("where.to_checks"), lambda: self.ask(Next())
        ways = [other] if error.code is Code.LOCAL_UNSUPPORTED else [again, other]
        if not connecting and error.code in DOCKER_FOR_CHECKS:
            ways.insert(0, checks)
        self.cause.show_error(error, ways)
        tab_as_read(self)
        reveal(self.cause)

    def bar(self, state: WizardState) -> Bar:
        """While this computer's Docker is being asked, it can be given up."""
        usual = super().bar(state)
        if state.work.busy is None or state.work.cancelling:
            return usual
        return replace(usual, second=self.ui.t("common.cancel"), second_intent=Stop())

    def first_focus(self) -> QWidget | None:
        """The chosen card: arrow keys choose the other one."""
        return self.choices.cards[self.state.answers.target.kind]

    def focus_field(self, field: str) -> None:
        """``target.kind`` is the only one."""
        if field == "target.kind":
            self.choices.cards[self.state.answers.target.kind].setFocus()

    # ------------------------------------------------------------------ asking

    def _pick(self, kind: str) -> None:
        def change(state: WizardState) -> WizardState:
            target = state.answers.target
            directory = target.directory
            if kind_named(kind).remote and directory.startswith("~"):
                directory = ""  # that is a folder of this computer
            return edit(
                state,
                answers=replace(state.answers, target=replace(target, kind=kind, directory=directory)),
            )

        self.edit(change)
