"""The wizard's controller: holds its one state, and owns the controllers that carry out what pages ask for.

Runs in the GUI thread only; everything that may wait is a job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from installer.answers import Admin, Answers, Secrets
from installer.answers.optional import Locale
from installer.appdata.keychain import Keychain
from installer.appdata.known_servers import Servers
from installer.core.app_folder import Home
from installer.views.wizard import (
    LoginMethod,
    LoginState,
    PageId,
    WelcomeState,
    WizardState,
    effective,
    effective_secrets,
)
from ui import intents as i
from ui.background.jobs import Jobs
from ui.connection.session import Session
from ui.wizard.checks.controller import ChecksController
from ui.wizard.checks.decisions import DecisionsController
from ui.wizard.checks.network import NetworkController
from ui.wizard.done.controller import DoneController
from ui.wizard.drafts import Drafts
from ui.wizard.install.controller import InstallController
from ui.wizard.install.undo import UndoController
from ui.wizard.login.controller import LoginController
from ui.wizard.login.keychain import LoginKeychain
from ui.wizard.navigation import Navigation
from ui.wizard.page_job import PageJob
from ui.wizard.review.controller import ReviewController
from ui.wizard.review.sizes import SizesController
from ui.wizard.settings.dns import DnsController
from ui.wizard.settings.release import ReleaseController
from ui.wizard.settings.service_trials import TrialsController
from ui.wizard.story.controller import ReportController
from ui.wizard.welcome.controller import WelcomeController
from ui.wizard.where.controller import LocalDockerController


class Flow(QObject):
    """``ask`` takes intents, ``edit`` changed answers. ``changed`` gives the new state; ``panel`` asks the
    window to become the control panel of the session; ``field`` asks for the focus; ``copied`` and ``browse``
    are for the desktop."""

    changed = Signal(object)
    panel = Signal()
    field = Signal(str)
    copied = Signal(str, bool)
    browse = Signal(str)

    def __init__(self, jobs: Jobs, home: Home, state: WizardState | None = None) -> None:
        super().__init__()
        self.jobs, self.home = jobs, home
        self.servers = Servers(home)
        self.keychain = Keychain()
        self.session = Session(home)
        self.state = state or WizardState()
        #: What a new installation begins with: on a practice server its login and where its releases are.
        self.fresh = WizardState()
        if practice := self.state.practice:
            given = self.state
            login = LoginState(given.login.method)
            self.fresh = WizardState(
                answers=given.answers, secrets=given.secrets, login=login, practice=practice
            )
        #: What fits the person's language; offered once for a place, and only where Dify is new.
        self.suggested = Locale()
        #: What words for others (a report) are written in.
        self.language = "en"
        self._shown = self.state
        self._depth = 0
        self._field = ""

        self.page_job = PageJob(self)
        self.drafts = Drafts(self)
        self.navigation = Navigation(self)
        self.welcome = WelcomeController(self)
        self.docker = LocalDockerController(self)
        self.login = LoginController(self)
        self.login_keychain = LoginKeychain(self)
        self.checks = ChecksController(self)
        self.network = NetworkController(self)
        self.decisions = DecisionsController(self)
        self.release = ReleaseController(self)
        self.dns = DnsController(self)
        self.trials = TrialsController(self)
        self.review = ReviewController(self)
        self.sizes = SizesController(self)
        self.install = InstallController(self)
        self.undo = UndoController(self)
        self.done = DoneController(self)
        self.report = ReportController(self)
        self.handlers = self._handlers()

    def timer(self, milliseconds: int, act: Callable[[], None]) -> QTimer:
        """A timer that calls *act* once, *milliseconds* after its start."""
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(act)
        return timer

    # ------------------------------------------------------------------- state

    def set(self, state: WizardState) -> None:
        """Show *state*, without the work that it no longer needs."""
        state = self.sizes.adjust(self.dns.adjust(self.trials.adjust(state)))
        if state is self.state:
            return
        before, self.state = self.state, state
        if before.connected and not state.connected:
            self.session.close()
        if before.answers != state.answers or before.page != state.page:
            self.drafts.save_soon()
        with self.as_one():
            pass
        if before.page != state.page and state.page is PageId.WHERE and state.local is None:
            self.docker.look()
        if before.page != state.page and state.page is PageId.LOGIN:
            self.login.arrived()

    @contextmanager
    def as_one(self) -> Iterator[None]:
        """What is set in here is one change: states in between are neither seen nor drawn."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0 and self.state is not self._shown:
                self._shown = self.state
                self.changed.emit(self.state)
            if self._depth == 0 and self._field:
                wanted, self._field = self._field, ""
                self.field.emit(wanted)

    def focus_soon(self, field: str) -> None:
        """Ask for the focus for answer *field* after the change that is being made."""
        self._field = field

    def answers(self) -> tuple[Answers, Secrets]:
        """The answers that count, and the secrets that go with them."""
        return effective(self.state), effective_secrets(self.state)

    def edit(self, change: i.Edit) -> None:
        """An answer was changed on a page."""
        before = self.state
        new = change(before)
        if new is before:
            return
        self.drafts.touched = self.drafts.touched or new.answers != before.answers
        kind = new.answers.target.host_kind
        if kind is not before.answers.target.host_kind and not kind.remote:
            self.docker.look()
        self.set(new)
        known = new.checks.facts is not None and new.page is PageId.CHECKS
        if known or (new.connected and new.page is PageId.SETTINGS):
            self.checks.judge_soon()

    # ----------------------------------------------------------------- intents

    def ask(self, intent: i.Intent) -> None:
        """Carry out *intent*."""
        with self.as_one():
            self.handlers[type(intent)](intent)

    def _handlers(self) -> Mapping[type[i.Intent], Callable[[Any], None]]:
        return {
            i.Next: lambda _: self.navigation.next(),
            i.Back: self.navigation.on_back,
            i.GoToPage: self.navigation.on_go_to_page,
            i.Retry: lambda _: self.navigation.retry(),
            i.Stop: self.page_job.cancel,
            i.CopyText: lambda intent: self.copied.emit(intent.text, intent.secret),
            i.SaveText: self.welcome.on_save_text,
            i.OpenServer: self.welcome.on_open_server,
            i.ForgetServer: self.welcome.on_forget_server,
            i.SaveServer: self.welcome.on_save_server,
            i.ResumeDraft: self.welcome.on_resume_draft,
            i.DiscardDraft: self.welcome.on_discard_draft,
            i.OpenAnswers: self.welcome.on_open_answers,
            i.ExportAnswers: self.welcome.on_export_answers,
            i.CheckDocker: self.docker.on_check,
            i.AnswerQuestion: self.login.on_answer_question,
            i.AcceptHostKey: self.login.on_accept_host_key,
            i.RejectHostKey: self.login.on_reject_host_key,
            i.CheckAgain: lambda intent: self.checks.check_again(intent.row),
            i.UsePort: self.decisions.on_use_port,
            i.InstallBehindProxy: self.decisions.on_install_behind_proxy,
            i.TransferImages: self.decisions.on_transfer_images,
            i.UseReleaseSource: self.decisions.on_use_release_source,
            i.ChooseRepair: self.decisions.on_choose_repair,
            i.ReviewRepair: self.decisions.on_review_repair,
            i.RepairNow: self.decisions.on_repair_now,
            i.UseAddress: self.decisions.on_use_address,
            i.UseFolder: self.decisions.on_use_folder,
            i.Reconnect: self.decisions.on_reconnect,
            i.OpenUrl: lambda intent: self.browse.emit(intent.url),
            i.WaitForDns: self.dns.on_wait,
            i.StopWaitingForDns: self.dns.on_stop_waiting,
            i.CheckService: self.trials.on_check,
            i.StopServiceCheck: self.trials.on_stop,
            i.LogInToRegistry: self.install.on_log_in_to_registry,
            i.WaitLonger: self.undo.on_wait_longer,
            i.ContinueAnyway: self.undo.on_continue_anyway,
            i.FollowOtherRun: self.undo.on_follow_other_run,
            i.BackToChecks: self.undo.on_back_to_checks,
            i.ShowUndo: lambda _: self.undo.show(),
            i.DismissUndo: self.undo.on_dismiss_undo,
            i.Undo: self.undo.on_undo,
            i.OpenThroughSsh: self.done.on_open_through_ssh,
            i.OpenPanel: lambda _: self.panel.emit(),
            i.ShowHistory: self.report.on_show_history,
            i.SaveReport: self.report.on_save_report,
        }

    # ----------------------------------------------------------- begin and end

    def leave(self) -> None:
        """The program ends: what jobs report from now on says nothing about what they left running."""
        self.drafts.flush()
        self.checks.stop()
        self.page_job.forget()

    def hand_over(self) -> Session:
        """Give the connection away, to a control panel, and be as at the beginning."""
        session, self.session = self.session, Session(self.home)
        self.page_job.stop()
        self.set(replace(self.fresh, welcome=WelcomeState(live=self.state.welcome.live)))
        self.welcome.begin()
        return session

    def change(
        self,
        field: str | None,
        session: Session | None = None,
        answers: Answers | None = None,
        method: LoginMethod | None = None,
    ) -> None:
        """From the control panel, over its connection (*session*, with its *answers* and its way of logging
        in): to the settings of the installation there; the answer *field* is to have the focus. None: to the
        checks for a new one."""
        self.drafts.flush()  # what the user typed for another server stays its draft
        self.drafts.touched = False
        before = self.state
        if session is not None:
            self.session.close()
            self.session = session
            before = replace(before, secrets=Secrets())
        kept = replace(
            self.fresh,
            page=PageId.CHECKS,
            # the account was a wish of the run that made it; a password for it is not at hand
            answers=replace(answers or before.answers, admin=Admin()),
            secrets=before.secrets,
            login=LoginState(method or before.login.method),
            keeping=before.keeping,
            welcome=WelcomeState(before.welcome.known),
            local=before.local,
            rights=self.session.rights,
        )
        self.page_job.stop()
        self.set(kept)
        self.checks.wanted = field
        self.checks.look_again()
