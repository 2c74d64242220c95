"""Install: carrying the plan out, or following what runs there already."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from installer.appdata.draft import clear_draft
from installer.appdata.known_servers import KnownServer, place
from installer.core.errors import Code, InstallError
from installer.core.events import Event
from installer.core.step_names import repair_of
from installer.views.progress import Progress
from installer.views.wizard import (
    LINE_LOST,
    LOGIN_AGAIN,
    Failure,
    InstallState,
    PageId,
    WizardState,
    effective,
)
from ui import intents as i
from ui.wizard.page_job import Otherwise, first_blocker, idle

if TYPE_CHECKING:
    from installer.apply.plan import Plan
    from installer.engine import Outcome
    from installer.support.story import Support
    from ui.background.jobs import Job
    from ui.wizard.controller import Flow


def _before(support: Support | None) -> Support | None:
    """*support* without the saved report about the previous run; one that is being written continues."""
    if support is None or support.saving == "busy":
        return support
    return replace(support, saving="", saved="", size=0, lacking=(), save_error=None)


class InstallController:
    """From a plan to a running Dify."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def install(self, *, skip: frozenset[str] = frozenset(), wait: bool = False) -> None:
        """Install what the answers say. *skip*: steps to leave out; *wait*: for another run there."""
        state = self._flow.state
        actions = state.review.plan.actions if state.review.plan else ()
        progress = Progress.planned([a.step for a in actions if a.step not in skip])
        self._flow.set(
            replace(
                state,
                page=PageId.INSTALL,
                install=InstallState(progress),
                undoing=None,
                support=_before(state.support),
            )
        )
        self.note(time.time())
        plans: list[Plan] = []
        work = self._flow.session.install(*self._flow.answers(), plans.append, skip=skip, wait=wait)
        job = self._flow.jobs.change(work)
        mine = self._run("install", job, self._installed)
        job.events.connect(lambda events: self._take_events(mine, events, plans))
        self._flow.drafts.save()

    def _run(self, what: str, job: Job, done: Callable[[Any], None]) -> int:
        return self._flow.page_job.run(
            what,
            PageId.INSTALL,
            job,
            done,
            otherwise=Otherwise(self.failed, self._blocked, self.cancelled),
        )

    def set(self, **changes: Any) -> None:
        """Change ``WizardState.install``."""
        state = self._flow.state
        self._flow.set(replace(state, install=replace(state.install, **changes)))

    def watch(self) -> None:
        """A run that was not started with these answers is under way there: follow it, then query again."""
        self._flow.set(
            replace(
                self._flow.state,
                page=PageId.INSTALL,
                install=InstallState(watching=True, resuming=self._flow.state.install.resuming),
                review=replace(self._flow.state.review, plan=None),
                undoing=None,
            )
        )
        job = self._flow.jobs.change(self._flow.session.follow(*self._flow.answers()))
        mine = self._run("install", job, lambda _: self._watched())
        job.events.connect(lambda events: self._take_events(mine, events, []))

    def _watched(self) -> None:
        self.note(0.0)
        self._flow.checks.look_again()

    def _take_events(self, mine: int, events: tuple[Event, ...], plans: list[Plan]) -> None:
        if not self._flow.page_job.is_current(mine):
            return
        state = self._flow.state
        progress = state.install.progress
        if plans:
            plan = plans.pop()
            progress = progress.expecting([a.step for a in plan.actions])
            state = replace(state, review=replace(state.review, plan=plan))
        for event in events:
            progress = progress.take(event)
        self._flow.set(replace(state, install=replace(state.install, progress=progress)))

    def _installed(self, outcome: Outcome) -> None:
        self.note(0.0, outcome)
        with suppress(InstallError):  # it would only be offered once more
            clear_draft(self._flow.home)
        self._flow.drafts.stop()
        state = self._flow.state
        welcome = replace(state.welcome, draft=None)
        install = replace(state.install, outcome=outcome, resuming=False)
        self._flow.set(replace(state, page=PageId.DONE, install=install, welcome=welcome))

    def on_log_in_to_registry(self, intent: i.LogInToRegistry) -> None:
        """A part of the installation, which then continues."""
        answers, secrets = self._flow.answers()
        job = self._flow.jobs.change(
            self._flow.session.log_in_to_registry(
                answers, secrets, intent.registry, intent.user, intent.password
            )
        )
        self._run("registry", job, lambda _: self.install())

    def _blocked(self, plan: Plan) -> None:
        """Back to Review, except that what the repairs did not take away stays on the page where they were
        carried out. Services were tried once more right before the installation: Settings is not to say that
        one works which has just refused."""
        if any(row.state == "done" and repair_of(row.step) for row in self._flow.state.install.progress.rows):
            self.failed(first_blocker(plan))
            return
        with self._flow.as_one():
            self.note(0.0)
            self._flow.review.set(plan=plan)
            self.set(resuming=False)
            self._flow.set(replace(idle(self._flow.state), page=PageId.REVIEW))
            self._flow.trials.note(plan.situation.external)

    def cancelled(self) -> None:
        """It was stopped: nothing runs there any more."""
        self.note(0.0)
        self._flow.drafts.save_soon()
        self._flow.page_job.show_cancelled()

    def failed(self, error: InstallError) -> None:
        """Show *error*: on Install, or on Login if that is what it needs."""
        self.show_failed(self._flow.page_job.with_failure(PageId.INSTALL, error), error)

    def show_failed(self, state: WizardState, error: InstallError) -> None:
        """Show *state*, in which *error* ended the work. A lost connection to the target says nothing about
        what runs there."""
        state = replace(state, install=state.install.halted(time.time()))
        busy = self._flow.state.work.busy
        if busy is not None and busy.what == "registry" and error.code in LINE_LOST:
            # no step of it was under way
            state = replace(state, install=replace(state.install, progress=Progress()))
        line = error.code in LINE_LOST or error.code.startswith(("ssh.", "sudo."))
        if not line and error.code is not Code.INTERNAL:
            self.note(0.0)
        self._flow.drafts.save_soon()
        if error.code in LOGIN_AGAIN and state.answers.target.host_kind.needs_login:
            failure = Failure(PageId.LOGIN, error)
            mine = not state.install.watching and state.undoing is None
            login = replace(state, page=PageId.LOGIN, work=replace(state.work, failure=failure), rights="")
            state = replace(login, install=replace(login.install, resuming=mine), undoing=None)
        self._flow.set(state)

    def note(self, since: float, outcome: Outcome | None = None) -> None:
        """Remember the server, and whether an installation is under way there. What is known of it already
        stays; a server on which nothing was ever installed leaves the list when it is over."""
        answers = effective(self._flow.state)
        old = next(
            (s for s in self._flow.state.welcome.known if place(s.target) == place(answers.target)), None
        )
        if self._flow.state.install.watching and old is None:
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
            login=self._flow.state.login.method if answers.target.host_kind.needs_login else "",
        )
        with suppress(InstallError):  # a list that cannot be written must not stop an installation
            if since or version:
                self._flow.servers.remember(known)
            elif old is not None:
                self._flow.servers.forget(old.id)
            self._flow.welcome.set(known=self._flow.servers.all())
