"""The wizard's controller: holds the one state, carries out what pages ask for, starts jobs.

Runs in the GUI thread only; everything that may wait is a job.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from installer.draft import Draft, clear_draft, load_draft, save_draft
from installer.errors import Code, InstallError
from installer.events import Event
from installer.home import Home
from installer.progress import Progress
from installer.servers import KnownServer, Servers, place
from installer.settings import Answers, Release, Secrets, dump_answers, load_answers
from installer.wizard import (
    LINE_LOST,
    LOGIN_AGAIN,
    Busy,
    Failure,
    LocalDocker,
    LoginMethod,
    PageId,
    WizardState,
    can_go_back,
    edit,
    effective,
    effective_secrets,
    missing,
    neighbour,
    opened,
    with_answers,
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
        self._docker_round = 0
        self._touched = False  # whether a person changed an answer: only then there is a draft to save
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
        if before.connected and not state.connected:
            self.session.close()
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
        self._touched = self._touched or new.answers != before.answers
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
                job = self.jobs.glance(answers_at(server.url))
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
        page = state.page
        if state.intent != "install" or page in (PageId.WELCOME, PageId.DONE) or state.watching:
            return
        if page is PageId.INSTALL and not state.installing and not self._lost():
            page = PageId.REVIEW  # it is over: the next start must not begin it again by itself
        elif page is not PageId.INSTALL and not self._touched:
            return  # nothing was typed: an older draft stays
        with suppress(InstallError):  # a full disk here is no reason to stop somebody who fills in a form
            save_draft(self.home, Draft(state.answers, page.value, state.login, time.time()))

    def _lost(self) -> bool:
        """Whether the line broke during an installation, which then goes on without us."""
        error = self.state.failed_on(PageId.INSTALL)
        return error is not None and error.code in LINE_LOST

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
        known = state.situation or state.settings_error or state.release_error
        if state.page is PageId.SETTINGS and not known:
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
        if page is None or not can_go_back(self.state):
            return
        self._stop_looking()
        if self.state.watching:
            self._look_again()
            return
        self.set(replace(self.state, page=page, **_NOTHING_GOES_ON))
        if page is PageId.REVIEW:
            self._to_review()

    def _on_visit(self, intent: i.Visit) -> None:
        self._stop_looking()
        self.set(replace(self.state, page=intent.page, **_NOTHING_GOES_ON))
        self._arrived()
        if intent.field:
            self.field.emit(intent.field)

    def _stop_looking(self) -> None:
        if self._job is not None and not self.state.installing:
            self._job.cancel()
            self._job = None
            self._round += 1

    # -------------------------------------------------------------------- jobs

    def _run(
        self,
        what: str,
        page: PageId,
        job: Job,
        done: Callable[[Any], None],
        stale: Callable[[Any], None] | None = None,
    ) -> None:
        """Follow *job* as the page's own work; an older one is cancelled and its result ignored, or given to
        *stale* if somebody has to put it away."""
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
        self._job = None
        self.set(replace(self.state, busy=None, cancelling=False))
        done(value)

    def _failed(self, page: PageId, error: InstallError) -> None:
        self._job = None
        if error.code is Code.INTERNAL:
            error = InstallError(error.code, error.params, detail=self.session.redact(error.detail))
        asked = self.state.sudo_asked or error.code.startswith("sudo.password")
        state = replace(
            self.state, busy=None, cancelling=False, failure=Failure(page, error), sudo_asked=asked
        )
        if page is PageId.INSTALL:
            state = self._install_failed(state, error)
        self.set(state)

    def _install_failed(self, state: WizardState, error: InstallError) -> WizardState:
        """What broke on the way to the target says nothing about what goes on there."""
        state = replace(state, progress=state.progress.stopped(time.time()))
        here = error.code.startswith(("ssh.", "sudo.")) or error.code is Code.INTERNAL
        if not here:
            self._note_install(0.0)
        self._draft.start()
        if error.code in LOGIN_AGAIN and state.answers.target.kind == "ssh":
            failure = Failure(PageId.LOGIN, error)
            mine = not state.watching
            return replace(state, page=PageId.LOGIN, failure=failure, connected=False, resuming=mine)
        return state

    def _blocked(self, plan: Plan) -> None:
        self._job = None
        self._note_install(0.0)
        self.set(replace(self.state, plan=plan, page=PageId.REVIEW, resuming=False, **_NOTHING_GOES_ON))

    def _cancelled(self) -> None:
        self._job = None
        if self.state.page is PageId.INSTALL:
            self._note_install(0.0)
            self._draft.start()
        progress = self.state.progress.stopped(time.time())
        self.set(replace(self.state, busy=None, cancelling=False, stopped=True, progress=progress))

    # ------------------------------------------------------------------- login

    def _look_for_docker(self) -> None:
        self._docker_round += 1
        mine = self._docker_round
        job = self.jobs.look(self.session.local_docker(self.state.answers))
        job.done.connect(lambda version: self._docker_found(mine, LocalDocker(version)))
        job.failed.connect(lambda error: self._docker_found(mine, LocalDocker("", error)))

    def _docker_found(self, mine: int, found: LocalDocker) -> None:
        if mine == self._docker_round:
            self.set(replace(self.state, local=found))

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
        self._run("connect", page, self.jobs.look(work), self._connected, _hang_up)

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
        if error is None or not may_accept(error, reinstalled=intent.reinstalled):
            return
        answers, params = self.state.answers, error.params
        target = answers.target
        if (params["host"], params["port"]) == (target.host, str(target.port)):
            # the key that was pinned gives way to the one just accepted (not for another host's, on the way)
            answers = replace(answers, target=replace(target, host_key=""))
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
        asked = self._answers()[0]
        job = self.jobs.look(self.session.look(*self._answers(), state.obtained, parts.append))
        self._run("facts", PageId.CHECKS, job, lambda found: self._looked(asked, found))
        mine = self._round
        job.events.connect(lambda events: self._look_events(mine, asked, events, parts))
        if not state.releases:
            listing = self.jobs.look(self.session.releases(state.answers))
            listing.done.connect(lambda found: self.set(replace(self.state, releases=found)))

    def _look_events(self, mine: int, asked: Answers, events: tuple[Event, ...], parts: list[Any]) -> None:
        if self._round != mine:
            return
        while parts and self._round == mine:
            self._looked(asked, parts.pop(0))
        if self._round == mine and events and events[-1].step == "release" and self.state.busy is not None:
            self.set(replace(self.state, busy=replace(self.state.busy, what="release")))

    def _looked(self, asked: Answers, found: Looked) -> None:
        if _places(self._answers()[0]) != _places(asked):
            self._judge.start()  # typed on meanwhile: what was found is about something else
            return
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
            self._watch()

    def _look_again(self) -> None:
        self.set(replace(self.state, page=PageId.CHECKS, watching=False, **_NOTHING_GOES_ON))
        if self.session.host is None:
            self.set(replace(self.state, page=PageId.LOGIN, connected=False))
        else:
            self._look()

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
            asked_release = self._answers()[0].release
            job = self.jobs.look(self.session.release(*self._answers(), state.facts))
            self._run("release", PageId.SETTINGS, job, lambda found: self._got_release(asked_release, found))
        else:
            job = self.jobs.look(self.session.judge(*self._answers(), state.facts, state.obtained))
            asked = state.answers, state.secrets
            job.done.connect(lambda judged: self._judged(asked, judged))

    def _relook(self) -> None:
        asked = self._answers()[0]
        work = self.session.look(*self._answers(), self.state.obtained, lambda _: None)
        self._run("facts", PageId.SETTINGS, self.jobs.look(work), lambda found: self._looked(asked, found))

    def _got_release(self, asked: Release, obtained: Any) -> None:
        if asked == self._answers()[0].release:
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
        self.set(
            replace(
                state,
                page=PageId.INSTALL,
                progress=progress,
                stopped=False,
                outcome=None,
                watching=False,
                resuming=False,
            )
        )
        self._note_install(time.time())
        plans: list[Plan] = []
        job = self.jobs.change(self.session.install(*self._answers(), plans.append))
        self._run("install", PageId.INSTALL, job, self._installed)
        mine = self._round
        job.events.connect(lambda events: self._install_events(mine, events, plans))
        self._save_draft()

    def _watch(self) -> None:
        """Something runs there that was not begun with these answers: follow it, then look again."""
        self.set(
            replace(
                self.state, page=PageId.INSTALL, progress=Progress(), plan=None, outcome=None, watching=True
            )
        )
        job = self.jobs.change(self.session.follow(*self._answers()))
        self._run("install", PageId.INSTALL, job, lambda _: self._watched())
        mine = self._round
        job.events.connect(lambda events: self._install_events(mine, events, []))

    def _watched(self) -> None:
        self._note_install(0.0)
        self._look_again()

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
        """Remember the server, and whether an installation is under way there. What is known of it already
        stays; a server on which nothing was ever installed leaves the list when it is over."""
        answers = effective(self.state)
        old = next((s for s in self.state.known if place(s.target) == place(answers.target)), None)
        if self.state.watching and old is None:
            return
        version = outcome.version if outcome else old.version if old else ""
        url = outcome.url if outcome else old.url if old and old.version else answers.base_url
        known = KnownServer(
            id="",
            name="",
            target=answers.target,
            url=url,
            version=version,
            seen_at=time.time(),
            installing_since=since,
            login=self.state.login if answers.target.kind == "ssh" else "",
        )
        with suppress(InstallError):  # a list that cannot be written must not stop an installation
            if since or version:
                self.servers.remember(known)
            elif old is not None:
                self.servers.forget(old.id)
            self.set(replace(self.state, known=self.servers.all()))

    def _on_stop(self, intent: i.Stop) -> None:
        if self._job is not None and not self.state.cancelling:
            self.set(replace(self.state, cancelling=True))
            self._job.cancel()

    def _on_retry(self, intent: i.Retry) -> None:
        page = self.state.page
        if page is PageId.INSTALL and self.state.watching:
            self._look_again()
        elif page is PageId.INSTALL and self.session.host is not None:
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
        busy, draft = bool(server.installing_since), self.state.draft
        state = opened(self.state, server, "install" if busy else "open")
        if busy and draft and self._was_installing(draft):
            state = replace(with_answers(self.state, draft.answers, state.login), resuming=True)
        self._touched = False
        local = server.target.kind == "local"
        self.set(replace(state, page=PageId.WHERE if local and busy else PageId.LOGIN))
        if local or server.login == "agent":
            self._connect()

    def _was_installing(self, draft: Draft) -> bool:
        """Whether *draft* holds the answers of an installation whose end was not seen."""
        here = place(draft.answers.target)
        busy = any(s.installing_since and place(s.target) == here for s in self.state.known)
        return busy and draft.page == PageId.INSTALL.value

    def _on_forgetserver(self, intent: i.ForgetServer) -> None:
        try:
            self.servers.forget(intent.id)
        except InstallError as e:
            self.set(replace(self.state, failure=Failure(PageId.WELCOME, e)))
        self.set(replace(self.state, known=self.servers.all()))

    def _on_resume(self, intent: i.Resume) -> None:
        draft = self.state.draft
        if draft is None:
            return
        resuming = self._was_installing(draft)
        login: LoginMethod = (
            "key" if draft.login == "key" else "agent" if draft.login == "agent" else "password"
        )
        local = draft.answers.target.kind == "local"
        first = PageId.WHERE if local or draft.page == PageId.WHERE.value else PageId.LOGIN
        state = with_answers(self.state, draft.answers, login)
        self.set(replace(state, page=first, draft=None, resuming=resuming))
        if resuming and local:
            self._connect()

    def _on_dropdraft(self, intent: i.DropDraft) -> None:
        try:
            clear_draft(self.home)
        except InstallError as e:
            self.set(replace(self.state, failure=Failure(PageId.WELCOME, e)))
        self.set(replace(self.state, draft=None))

    def _on_openanswers(self, intent: i.OpenAnswers) -> None:
        job = self.jobs.look(lambda _emit, _cancel: load_answers(intent.path))
        job.done.connect(self._opened_answers)
        job.failed.connect(lambda e: self.set(replace(self.state, failure=Failure(PageId.WELCOME, e))))

    def _opened_answers(self, answers: Answers) -> None:
        state = with_answers(self.state, answers, "key" if answers.target.identity_file else "password")
        self._touched = True
        self.set(replace(state, page=PageId.WHERE if answers.target.kind == "local" else PageId.LOGIN))

    def _on_exportanswers(self, intent: i.ExportAnswers) -> None:
        page, text = self.state.page, dump_answers(effective(self.state))
        job = self.jobs.look(lambda _emit, _cancel: export(intent.path, text))
        job.failed.connect(lambda e: self.set(replace(self.state, failure=Failure(page, e))))

    # ----------------------------------------------------------------- desktop

    def _on_copytext(self, intent: i.CopyText) -> None:
        self.copied.emit(intent.text, intent.secret)

    def _on_opendify(self, intent: i.OpenDify) -> None:
        self.browse.emit(intent.url)

    def _on_openpanel(self, intent: i.OpenPanel) -> None:
        self.panel.emit()


#: No work under way, nothing to be told about the last one.
_NOTHING_GOES_ON: Mapping[str, Any] = {
    "busy": None,
    "failure": None,
    "stopped": False,
    "cancelling": False,
}


def _places(answers: Answers) -> tuple[object, ...]:
    """What facts and release depend on."""
    return (answers.target, answers.release)


def _hang_up(connected: Any) -> None:
    """A connection that nobody wants any more. Closing may wait for the line."""
    threading.Thread(target=connected.host.close, name="close", daemon=True).start()


def may_accept(error: InstallError, *, reinstalled: bool) -> bool:
    """Whether the host key that *error* shows may be kept: a new one after the comparison, a changed one only
    when the person said why, a revoked one never."""
    if "key" not in error.params:
        return False
    if error.code is Code.SSH_HOST_KEY_CHANGED:
        return reinstalled and error.params.get("expected") != "@revoked"
    return error.code is Code.SSH_HOST_KEY_UNKNOWN


def export(path: Path, text: str) -> None:
    """Write *text* to *path*, whole or not at all. Raises ``InstallError(HOST_FILE_FAILED)``."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except (OSError, UnicodeEncodeError) as e:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise InstallError(Code.HOST_FILE_FAILED, {"path": str(path)}, detail=str(e)) from e
