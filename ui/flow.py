"""The wizard's controller: holds the one state, carries out what pages ask for, starts jobs.

Runs in the GUI thread only; everything that may wait is a job.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from installer.draft import Draft, clear_draft, load_draft, save_draft
from installer.errors import Code, InstallError
from installer.events import Event
from installer.home import Home
from installer.progress import Progress
from installer.servers import KnownServer, Servers
from installer.settings import Answers, Secrets, dump_answers, load_answers
from installer.wizard import (
    LINE_LOST,
    Busy,
    Failure,
    LocalDocker,
    PageId,
    WizardState,
    can_go_back,
    edit,
    effective,
    effective_secrets,
    missing,
    neighbour,
    opened,
)
from ui import intents as i
from ui.jobs import Job, Jobs
from ui.session import Judged, Looked, Session, answers_at

if TYPE_CHECKING:
    from installer.engine import Outcome
    from installer.plan import Plan

#: After the last key press: judging settings and saving the draft.
JUDGE_MS, DRAFT_MS = 250, 1000


class Flow(QObject):
    """``changed`` gives the new state; ``panel`` asks the window to become the control panel of the session;
    ``field`` asks for the focus; ``copied`` and ``browse`` are for the desktop."""

    changed = Signal(object)
    panel = Signal()
    field = Signal(str)
    copied = Signal(str, bool)
    browse = Signal(str)

    def __init__(self, jobs: Jobs, home: Home, state: WizardState | None = None) -> None:
        super().__init__()
        self.jobs, self.home = jobs, home
        self.servers = Servers(home)
        self.session = Session(home)
        self.state = state or WizardState()
        self._job: Job | None = None
        self._round = 0
        self._judge = self._timer(JUDGE_MS, self._judge_now)
        self._draft = self._timer(DRAFT_MS, self._save_draft)

    def _timer(self, milliseconds: int, act: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(act)
        return timer

    # ------------------------------------------------------------------ state

    def set(self, state: WizardState) -> None:
        """Show *state*."""
        if state is self.state:
            return
        before, self.state = self.state, state
        if before.answers != state.answers or before.page != state.page:
            self._draft.start()
        self.changed.emit(state)
        if before.page != state.page and state.page is PageId.WHERE and state.local is None:
            self._look_for_docker()

    def edit(self, change: i.Edit) -> None:
        """An answer was changed on a page."""
        before = self.state
        new = change(before)
        if new is before:
            return
        if before.connected and not new.connected:
            self.session.close()
        if new.answers.target.kind != before.answers.target.kind and new.answers.target.kind == "local":
            self._look_for_docker()
        self.set(new)
        known = new.facts is not None and new.page is PageId.CHECKS
        if known or (new.connected and new.page is PageId.SETTINGS):
            self._judge.start()

    def ask(self, intent: i.Intent) -> None:
        """Carry out *intent*."""
        handler = getattr(self, f"_on_{type(intent).__name__.lower()}", None)
        if handler is not None:
            handler(intent)

    def begin(self) -> None:
        """What the first page shows beyond itself: known servers, unfinished answers."""
        self.set(replace(self.state, known=self.servers.all(), draft=self._usable_draft()))
        for server in self.state.known:
            if server.url:
                job = self.jobs.look(answers_at(server.url))
                job.done.connect(lambda up, key=server.id: self._live(key, "up" if up else "down"))
        if self.state.answers.target.kind == "local":
            self._look_for_docker()

    def _usable_draft(self) -> Draft | None:
        draft = load_draft(self.home)
        return draft if draft and draft.page in list(PageId) else None

    def _live(self, key: str, word: str) -> None:
        self.set(replace(self.state, live={**self.state.live, key: word}))

    def _save_draft(self) -> None:
        state = self.state
        if state.intent != "install" or state.page in (PageId.WELCOME, PageId.DONE):
            return
        with suppress(InstallError):  # a full disk here is no reason to stop somebody who fills in a form
            save_draft(self.home, Draft(state.answers, state.page.value, state.login, time.time()))

    def flush(self) -> None:
        """Save at once (the window closes)."""
        if self._draft.isActive():
            self._draft.stop()
            self._save_draft()

    # ------------------------------------------------------------- navigation

    def _on_next(self, intent: i.Next) -> None:
        state = self.state
        if state.busy is not None or missing(state):
            return
        actions: dict[PageId, Callable[[], None]] = {
            PageId.WELCOME: self._leave_welcome,
            PageId.WHERE: self._leave_where,
            PageId.LOGIN: self._connect,
            PageId.SETTINGS: self._to_review,
            PageId.REVIEW: self._install,
            PageId.DONE: self.panel.emit,
        }
        actions.get(state.page, self._forward)()

    def _forward(self) -> None:
        page = neighbour(self.state, 1)
        if page is not None:
            self.set(replace(self.state, page=page))
            self._arrived()

    def _arrived(self) -> None:
        """Settings needs the release; whoever came there early had the look for it ended."""
        state = self.state
        if state.page is PageId.SETTINGS and state.situation is None and state.settings_error is None:
            self._judge_now()

    def _leave_welcome(self) -> None:
        if self.state.intent == "open":
            target = replace(self.state.answers.target, kind="ssh")
            self.set(edit(self.state, answers=replace(self.state.answers, target=target)))
        self.set(replace(self.state, page=neighbour(self.state, 1) or PageId.WHERE, resuming=False))

    def _leave_where(self) -> None:
        if self.state.answers.target.kind == "local":
            self._connect()
        else:
            self._forward()

    def _on_back(self, intent: i.Back) -> None:
        page = neighbour(self.state, -1)
        if page is not None and can_go_back(self.state):
            self._stop_looking()
            self.set(replace(self.state, page=page, busy=None, failure=None, stopped=False))
            if page is PageId.REVIEW:
                self._to_review()

    def _on_visit(self, intent: i.Visit) -> None:
        self._stop_looking()
        self.set(replace(self.state, page=intent.page, busy=None, failure=None))
        self._arrived()
        if intent.field:
            self.field.emit(intent.field)

    def _stop_looking(self) -> None:
        if self._job is not None and not self.state.installing:
            self._job.cancel()
            self._job = None
            self._round += 1

    # -------------------------------------------------------------------- jobs

    def _run(self, what: str, page: PageId, job: Job, done: Callable[[Any], None]) -> None:
        """Follow *job* as the page's own work; an older one's result is ignored."""
        self._round += 1
        mine = self._round

        def if_current(act: Callable[..., None]) -> Callable[..., None]:
            return lambda *values: act(*values) if self._round == mine else None

        self._job = job
        job.done.connect(if_current(lambda value: self._ended(done, value)))
        job.failed.connect(if_current(lambda error: self._failed(page, error)))
        job.blocked.connect(if_current(self._blocked))
        job.cancelled.connect(if_current(self._cancelled))
        self.set(replace(self.state, busy=Busy(what, time.time()), failure=None, stopped=False))

    def _ended(self, done: Callable[[Any], None], value: Any) -> None:
        self._job = None
        self.set(replace(self.state, busy=None, cancelling=False))
        done(value)

    def _failed(self, page: PageId, error: InstallError) -> None:
        self._job = None
        asked = self.state.sudo_asked or error.code.startswith("sudo.password")
        state = replace(
            self.state, busy=None, cancelling=False, failure=Failure(page, error), sudo_asked=asked
        )
        if page is PageId.INSTALL:
            state = replace(state, progress=state.progress.stopped(time.time()))
            if error.code not in LINE_LOST:
                self._note_install(0.0)
        self.set(state)

    def _blocked(self, plan: Plan) -> None:
        self._job = None
        self._note_install(0.0)
        self.set(replace(self.state, busy=None, plan=plan, page=PageId.REVIEW, cancelling=False))

    def _cancelled(self) -> None:
        self._job = None
        if self.state.page is PageId.INSTALL:
            self._note_install(0.0)
        progress = self.state.progress.stopped(time.time())
        self.set(replace(self.state, busy=None, cancelling=False, stopped=True, progress=progress))

    # ------------------------------------------------------------------- login

    def _look_for_docker(self) -> None:
        job = self.jobs.look(self.session.local_docker(self.state.answers))
        job.done.connect(lambda version: self.set(replace(self.state, local=LocalDocker(version))))
        job.failed.connect(lambda error: self.set(replace(self.state, local=LocalDocker("", error))))

    def _on_checkdocker(self, intent: i.CheckDocker) -> None:
        self.set(replace(self.state, local=None))
        self._look_for_docker()

    def _answers(self) -> tuple[Answers, Secrets]:
        return effective(self.state), effective_secrets(self.state)

    def _connect(self) -> None:
        page = self.state.page
        if self.state.connected and self.session.host is not None:
            self._connected(None)
            return
        work = self.session.connect(*self._answers())
        self._run("connect", page, self.jobs.look(work), self._connected)

    def _connected(self, connected: Any) -> None:
        if connected is not None:
            self.session.adopt(connected)
        state = replace(self.state, connected=True, rights=self.session.rights)
        if state.intent == "open":
            self.set(state)
            self.panel.emit()
            return
        if state.resuming:
            self.set(state)
            self._install()
            return
        self.set(replace(state, page=PageId.CHECKS))
        if state.facts is None or state.situation is None:
            self._look()

    def _on_acceptkey(self, intent: i.AcceptKey) -> None:
        error = self.state.failed_on(self.state.page)
        if error is None or "key" not in error.params:
            return
        # a key that was pinned in the answers is replaced by the one just accepted
        target = replace(self.state.answers.target, host_key="")
        answers = replace(self.state.answers, target=target)
        job = self.jobs.look(self.session.accept_key(self.state.answers, error))
        self._run("connect", self.state.page, job, lambda _: self._accepted(answers))

    def _accepted(self, answers: Answers) -> None:
        self.set(edit(self.state, answers=answers))
        self._connect()

    def _on_rejectkey(self, intent: i.RejectKey) -> None:
        self.set(replace(self.state, failure=None))

    # ------------------------------------------------------------------ checks

    def _look(self) -> None:
        self.set(replace(self.state, facts=None, checks=(), situation=None, plan=None, release_error=None))
        parts: list[Any] = []
        state = self.state
        job = self.jobs.look(self.session.look(*self._answers(), state.obtained, parts.append))
        self._run("facts", PageId.CHECKS, job, self._looked)
        mine = self._round
        job.events.connect(lambda events: self._look_events(mine, events, parts))
        if not state.releases:
            listing = self.jobs.look(self.session.releases(state.answers))
            listing.done.connect(lambda found: self.set(replace(self.state, releases=found)))

    def _look_events(self, mine: int, events: tuple[Event, ...], parts: list[Any]) -> None:
        if self._round != mine:
            return
        while parts:
            self._looked(parts.pop(0))
        if events and events[-1].step == "release" and self.state.busy is not None:
            self.set(replace(self.state, busy=replace(self.state.busy, what="release")))

    def _looked(self, found: Looked) -> None:
        self.set(
            replace(
                self.state,
                facts=found.facts,
                checks=found.checks,
                obtained=found.obtained or self.state.obtained,
                situation=found.situation,
                release_error=found.release_error,
                settings_error=found.settings_error,
            )
        )
        if found.running:
            self._install()

    def _on_checkagain(self, intent: i.CheckAgain) -> None:
        self._stop_looking()
        if self.session.host is None:
            self.set(replace(self.state, page=PageId.LOGIN, connected=False, failure=None))
        elif self.state.page is PageId.REVIEW:
            self._to_review()
        else:
            self._look()

    def _on_useport(self, intent: i.UsePort) -> None:
        name = intent.field.rpartition(".")[2]
        ports = replace(self.state.answers.ports, **{name: intent.port})  # type: ignore[arg-type]
        self.edit(lambda s: edit(s, answers=replace(s.answers, ports=ports)))

    # ---------------------------------------------------------------- settings

    def _judge_now(self) -> None:
        state = self.state
        if not state.connected or state.page not in (PageId.SETTINGS, PageId.CHECKS):
            return
        if state.facts is None:  # another folder: its facts are not known yet
            self._relook()
        elif state.obtained is None:
            job = self.jobs.look(self.session.release(*self._answers(), state.facts))
            self._run("release", PageId.SETTINGS, job, self._got_release)
        else:
            job = self.jobs.look(self.session.judge(*self._answers(), state.facts, state.obtained))
            asked = state.answers, state.secrets
            job.done.connect(lambda judged: self._judged(asked, judged))

    def _relook(self) -> None:
        state = self.state
        job = self.jobs.look(self.session.look(*self._answers(), state.obtained, lambda _: None))
        self._run("facts", PageId.SETTINGS, job, self._looked)

    def _got_release(self, obtained: Any) -> None:
        self.set(replace(self.state, obtained=obtained, release_error=None))
        self._judge_now()

    def _judged(self, asked: object, judged: Judged) -> None:
        if (self.state.answers, self.state.secrets) == asked:
            self.set(
                replace(
                    self.state,
                    situation=judged.situation,
                    checks=judged.checks,
                    settings_error=judged.error,
                )
            )

    def _to_review(self) -> None:
        if self.session.host is None:
            self.set(replace(self.state, page=PageId.LOGIN, connected=False))
            return
        self.set(replace(self.state, page=PageId.REVIEW, plan=None))
        job = self.jobs.look(self.session.plan(*self._answers()))
        self._run("plan", PageId.REVIEW, job, lambda plan: self.set(replace(self.state, plan=plan)))

    # ----------------------------------------------------------------- install

    def _install(self) -> None:
        state = self.state
        planned = [a.step for a in state.plan.actions] if state.plan else []
        progress = Progress.planned(planned)
        self.set(replace(state, page=PageId.INSTALL, progress=progress, stopped=False, outcome=None))
        self._note_install(time.time())
        plans: list[Plan] = []
        job = self.jobs.change(self.session.install(*self._answers(), plans.append))
        self._run("install", PageId.INSTALL, job, self._installed)
        mine = self._round
        job.events.connect(lambda events: self._install_events(mine, events, plans))
        self._save_draft()

    def _install_events(self, mine: int, events: tuple[Event, ...], plans: list[Plan]) -> None:
        if self._round != mine:
            return
        state = self.state
        if plans:
            plan = plans.pop()
            progress = state.progress
            waiting = Progress.planned([a.step for a in plan.actions]).rows
            known = {row.step for row in progress.rows}
            progress = replace(progress, rows=(*progress.rows, *(r for r in waiting if r.step not in known)))
            state = replace(state, plan=plan, progress=progress)
        progress = state.progress
        for event in events:
            progress = progress.take(event)
        self.set(replace(state, progress=progress))

    def _installed(self, outcome: Outcome) -> None:
        self._note_install(0.0, outcome)
        with suppress(InstallError):  # it would only be offered once more
            clear_draft(self.home)
        self._draft.stop()
        self.set(replace(self.state, page=PageId.DONE, outcome=outcome, resuming=False, draft=None))

    def _note_install(self, since: float, outcome: Outcome | None = None) -> None:
        """Remember the server, and whether an installation is under way there."""
        state = self.state
        known = KnownServer(
            id="",
            name="",
            target=effective(state).target,
            url=outcome.url if outcome else state.answers.base_url,
            version=outcome.version if outcome else "",
            seen_at=time.time(),
            installing_since=since,
            login=state.login if state.answers.target.kind == "ssh" else "",
        )
        try:
            self.servers.remember(known)
        except InstallError:
            return  # a list that cannot be written must not stop an installation
        self.set(replace(self.state, known=self.servers.all()))

    def _on_stop(self, intent: i.Stop) -> None:
        if self._job is not None and not self.state.cancelling:
            self.set(replace(self.state, cancelling=True))
            self._job.cancel()

    def _on_retry(self, intent: i.Retry) -> None:
        page = self.state.page
        if page is PageId.INSTALL and self.session.host is not None:
            self._install()
        elif page is PageId.INSTALL:
            self.set(replace(self.state, page=PageId.LOGIN, failure=None, resuming=True))
        elif page is PageId.CHECKS:
            self._on_checkagain(i.CheckAgain())
        elif page is PageId.SETTINGS:
            self._judge_now()
        elif page is PageId.REVIEW:
            self._to_review()
        else:
            self._connect()

    def leave(self) -> None:
        """The program ends: what jobs report from now on says nothing about what they left running."""
        self.flush()
        self._round += 1

    def restart(self) -> None:
        """Back to Welcome with nothing remembered of the last connection."""
        self._stop_looking()
        self.session.close()
        self.set(WizardState())
        self.begin()

    # ----------------------------------------------------------------- welcome

    def _on_openserver(self, intent: i.OpenServer) -> None:
        server = next((s for s in self.state.known if s.id == intent.id), None)
        if server is None:
            return
        busy = bool(server.installing_since)
        state = opened(self.state, server, "install" if busy else "open")
        draft = self.state.draft
        if busy and draft and draft.answers.target == server.target:
            state = edit(state, answers=draft.answers)
        self.set(replace(state, resuming=busy, page=PageId.LOGIN))
        if server.target.kind == "local" or server.login == "agent":
            self._connect()

    def _on_forgetserver(self, intent: i.ForgetServer) -> None:
        self.servers.forget(intent.id)
        self.set(replace(self.state, known=self.servers.all()))

    def _on_resume(self, intent: i.Resume) -> None:
        draft = self.state.draft
        if draft is None:
            return
        method = draft.login if draft.login in ("password", "key", "agent") else "password"
        state = edit(self.state, answers=draft.answers, login=method)  # type: ignore[arg-type]
        first = (
            PageId.WHERE if draft.answers.target.kind == "local" or draft.page == "where" else PageId.LOGIN
        )
        resuming = draft.page == PageId.INSTALL.value
        self.set(replace(state, intent="install", page=first, draft=None, resuming=resuming))
        if resuming and first is PageId.WHERE:
            self._connect()

    def _on_dropdraft(self, intent: i.DropDraft) -> None:
        try:
            clear_draft(self.home)
        except InstallError as e:
            self.set(replace(self.state, failure=Failure(PageId.WELCOME, e)))
        self.set(replace(self.state, draft=None))

    def _on_openanswers(self, intent: i.OpenAnswers) -> None:
        try:
            answers = load_answers(intent.path)
        except InstallError as e:
            self.set(replace(self.state, failure=Failure(PageId.WELCOME, e)))
            return
        state = edit(self.state, answers=answers, login="key" if answers.target.identity_file else "password")
        first = PageId.WHERE if answers.target.kind == "local" else PageId.LOGIN
        self.set(replace(state, intent="install", page=first, failure=None))

    def _on_exportanswers(self, intent: i.ExportAnswers) -> None:
        text = dump_answers(effective(self.state))
        try:
            intent.path.write_text(text, encoding="utf-8")
        except OSError as e:
            error = InstallError(Code.HOST_FILE_FAILED, {"path": str(intent.path)}, detail=str(e))
            self.set(replace(self.state, failure=Failure(self.state.page, error)))

    # ----------------------------------------------------------------- desktop

    def _on_copytext(self, intent: i.CopyText) -> None:
        self.copied.emit(intent.text, intent.secret)

    def _on_opendify(self, intent: i.OpenDify) -> None:
        self.browse.emit(intent.url)

    def _on_openpanel(self, intent: i.OpenPanel) -> None:
        self.panel.emit()
