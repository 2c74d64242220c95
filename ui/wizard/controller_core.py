"""What every part of the flow stands on: the state, its draft, and the one job that the page waits for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from installer.answers import Answers, Secrets
from installer.answers.optional import Locale
from installer.appdata.draft import Draft, load_draft, save_draft
from installer.appdata.keychain import Keychain
from installer.appdata.known_servers import Servers
from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError
from installer.views.wizard import (
    LINE_LOST,
    Busy,
    Failure,
    PageId,
    WizardState,
    effective,
    effective_secrets,
    with_same_for_sudo,
)
from ui import intents as i
from ui.background.jobs import Job, Jobs
from ui.connection.login_questions import Asking
from ui.connection.session import Session

if TYPE_CHECKING:
    from installer.apply.plan import Plan
    from installer.engine import Outcome

#: After the last key press: judging settings and saving the draft.
JUDGE_MS, DRAFT_MS = 250, 1000
#: No running work, and nothing to report about the last one.
IDLE: Mapping[str, Any] = {
    "busy": None,
    "question": None,
    "failure": None,
    "stopped": False,
    "cancelling": False,
    "undoing": None,
}


class FlowCore(QObject):
    """See ``Flow``."""

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
            self.fresh = WizardState(
                answers=given.answers, secrets=given.secrets, login=given.login, practice=practice
            )
        #: What fits the person's language; offered once for a place, and only where Dify is new.
        self.suggested = Locale()
        #: What words for others (a report) are written in.
        self.language = "en"
        self._job: Job | None = None
        self._asking: Asking | None = None
        self._round = 0
        self._docker_round = 0
        self._shown = self.state
        self._depth = 0
        self._field = ""
        #: the answer on Settings that the user wants to change, once the machine was queried
        self._wanted: str | None = None
        self._touched = False  # whether a person changed an answer: only then there is a draft to save
        self._judge = self._timer(JUDGE_MS, self._judge_now)
        self._draft = self._timer(DRAFT_MS, self._save_draft)

    def _timer(self, milliseconds: int, act: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(act)
        return timer

    def set(self, state: WizardState) -> None:
        """Show *state*."""
        if state is self.state:
            return
        before, self.state = self.state, state
        if before.connected and not state.connected:
            self.session.close()
        if before.answers != state.answers or before.page != state.page:
            self._draft.start()
        with self.as_one():
            pass
        if before.page != state.page and state.page is PageId.WHERE and state.local is None:
            self._look_for_docker()
        if before.page != state.page and state.page is PageId.LOGIN:
            self._arrived_at_login()

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

    def edit(self, change: i.Edit) -> None:
        """An answer was changed on a page."""
        before = self.state
        new = change(before)
        if new is before:
            return
        self._touched = self._touched or new.answers != before.answers
        if new.answers.target.kind != before.answers.target.kind and new.answers.target.kind == "local":
            self._look_for_docker()
        self.set(new)
        known = new.facts is not None and new.page is PageId.CHECKS
        if known or (new.connected and new.page is PageId.SETTINGS):
            self._judge.start()

    def ask(self, intent: i.Intent) -> None:
        """Carry out *intent*."""
        with self.as_one():
            getattr(self, f"_on_{type(intent).__name__.lower()}")(intent)

    def _answers(self) -> tuple[Answers, Secrets]:
        return effective(self.state), effective_secrets(self.state)

    def _usable_draft(self) -> Draft | None:
        draft = load_draft(self.home)
        return draft if draft and draft.page in list(PageId) else None

    def _save_draft(self) -> None:
        state = self.state
        page = state.page
        beside = (PageId.WELCOME, PageId.DONE, PageId.REPORT)
        if state.intent != "install" or page in beside or state.watching:
            return
        if page is PageId.INSTALL and not state.installing and not self._lost():
            page = PageId.REVIEW  # it is over: the next start must not begin it again by itself
        elif page is not PageId.INSTALL and not self._touched:
            return  # nothing was typed: an older draft stays
        with suppress(InstallError):  # a full disk here must not interrupt a user who fills in a form
            save_draft(self.home, Draft(state.answers, page.value, state.login, time.time()))

    def _lost(self) -> bool:
        """Whether the connection was lost during an installation, which then continues without us."""
        error = self.state.failed_on(PageId.INSTALL)
        return error is not None and error.code in LINE_LOST

    def flush(self) -> None:
        """Save at once (the window closes)."""
        if self._draft.isActive():
            self._draft.stop()
            self._save_draft()

    def _stop_looking(self) -> None:
        if self._job is not None and not self.state.installing:
            self._job.cancel()
            self._job = None
            self._round += 1

    def _run(
        self,
        what: str,
        page: PageId,
        job: Job,
        done: Callable[[Any], None],
        stale: Callable[[Any], None] | None = None,
    ) -> None:
        """Follow *job* as the page's own work; an older one is cancelled and its result ignored, or given to
        *stale* if it has to be cleaned up."""
        if self._job is not None:
            self._job.cancel()
        self._round += 1
        mine = self._round

        def ended(value: Any) -> None:
            unwanted = self._round != mine or (stale is not None and self.state.cancelling)
            if unwanted and stale is not None:
                stale(value)
            if self._round == mine:
                self._cancelled() if unwanted else self._ended(done, value)

        def if_current(act: Callable[..., None]) -> Callable[..., None]:
            return lambda *values: act(*values) if self._round == mine else None

        self._job = job
        job.done.connect(ended)
        job.failed.connect(if_current(lambda error: self._failed(page, error)))
        job.blocked.connect(if_current(self._blocked))
        job.cancelled.connect(if_current(self._cancelled))
        busy = Busy(what, time.time())
        self.set(replace(self.state, busy=busy, failure=None, stopped=False, cancelling=False))

    def _ended(self, done: Callable[[Any], None], value: Any) -> None:
        """The end and what *done* makes of it are one change: no page is shown that waits for nothing and has
        nothing."""
        self._job = None
        with self.as_one():
            self.state = replace(self.state, busy=None, question=None, cancelling=False)
            done(value)

    def _failed(self, page: PageId, error: InstallError) -> None:
        self._job = None
        if error.code is Code.INTERNAL:
            error = InstallError(error.code, error.params, detail=self.session.redact(error.detail))
        asked = self.state.sudo_asked or error.code.startswith("sudo.password")
        state = replace(
            self.state,
            busy=None,
            question=None,
            cancelling=False,
            failure=Failure(page, error),
            sudo_asked=asked,
        )
        if error.code is Code.SUDO_PASSWORD_NEEDED:
            state = with_same_for_sudo(state, error.params.get("owner", ""))
        if page is PageId.INSTALL:
            state = self._install_failed(state, error)
        self.set(state)

    def _blocked(self, plan: Plan) -> None:
        self._job = None
        self._note_install(0.0)
        self.set(replace(self.state, plan=plan, page=PageId.REVIEW, resuming=False, **IDLE))

    def _cancelled(self) -> None:
        self._job = None
        if self.state.page is PageId.INSTALL:
            self._note_install(0.0)
            self._draft.start()
        progress = self.state.progress.stopped(time.time())
        ended = {"busy": None, "question": None, "cancelling": False, "stopped": True}
        self.set(replace(self.state, progress=progress, **ended))  # type: ignore[arg-type]

    if TYPE_CHECKING:  # the later parts of the flow

        def _look(self) -> None: ...
        def _judge_now(self) -> None: ...
        def _look_for_docker(self) -> None: ...
        def _arrived_at_login(self) -> None: ...
        def _connect(self) -> None: ...
        def _install(self, *, skip: frozenset[str] = frozenset(), wait: bool = False) -> None: ...
        def _watch(self) -> None: ...
        def _note_install(self, since: float, outcome: Outcome | None = None) -> None: ...
        def _install_failed(self, state: WizardState, error: InstallError) -> WizardState: ...
