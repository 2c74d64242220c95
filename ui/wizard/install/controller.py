"""Install: carrying the plan out, or following what runs there already."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from installer.appdata.draft import clear_draft
from installer.appdata.known_servers import KnownServer, place
from installer.core.errors import Code, InstallError
from installer.core.events import Event
from installer.core.step_names import repair_of
from installer.views.progress import Progress
from installer.views.wizard import LINE_LOST, LOGIN_AGAIN, Failure, PageId, WizardState, effective
from ui import intents as i
from ui.wizard.checks.decisions import DecisionsFlow

if TYPE_CHECKING:
    from installer.apply.plan import Plan
    from installer.engine import Outcome
    from installer.support.story import Support


def _before(support: Support | None) -> Support | None:
    """*support* without the saved report about the previous run; one that is being written continues."""
    if support is None or support.saving == "busy":
        return support
    return replace(support, saving="", saved="", size=0, lacking=(), save_error=None)


class InstallFlow(DecisionsFlow):
    """From a plan to a running Dify."""

    def _install(self, *, skip: frozenset[str] = frozenset(), wait: bool = False) -> None:
        state = self.state
        planned = [a.step for a in state.plan.actions if a.step not in skip] if state.plan else []
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
                undoing=None,
                support=_before(state.support),
            )
        )
        self._note_install(time.time())
        plans: list[Plan] = []
        job = self.jobs.change(self.session.install(*self._answers(), plans.append, skip=skip, wait=wait))
        self._run("install", PageId.INSTALL, job, self._installed)
        mine = self._round
        job.events.connect(lambda events: self._install_events(mine, events, plans))
        self._save_draft()

    def _watch(self) -> None:
        """A run that was not started with these answers is under way there: follow it, then query again."""
        self.set(
            replace(
                self.state,
                page=PageId.INSTALL,
                progress=Progress(),
                plan=None,
                outcome=None,
                watching=True,
                undoing=None,
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
            progress = state.progress.expecting([a.step for a in plan.actions])
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

    def _on_logintoregistry(self, intent: i.LogInToRegistry) -> None:
        """A part of the installation, which then continues."""
        answers, secrets = self._answers()
        job = self.jobs.change(
            self.session.log_in_to_registry(answers, secrets, intent.registry, intent.user, intent.password)
        )
        self._run("registry", PageId.INSTALL, job, lambda _: self._install())

    def _blocked(self, plan: Plan) -> None:
        """What the repairs did not take away stays on the page where they were carried out."""
        if not any(row.state == "done" and repair_of(row.step) for row in self.state.progress.rows):
            super()._blocked(plan)
            return
        left = plan.blockers[0]
        self._failed(PageId.INSTALL, InstallError(left.code, dict(left.params), detail=left.detail))

    def _install_failed(self, state: WizardState, error: InstallError) -> WizardState:
        """A lost connection to the target says nothing about what runs there."""
        state = replace(state, progress=state.progress.stopped(time.time()))
        if self.state.busy is not None and self.state.busy.what == "registry" and error.code in LINE_LOST:
            state = replace(state, progress=Progress())  # no step of it was under way
        line = error.code in LINE_LOST or error.code.startswith(("ssh.", "sudo."))
        if not line and error.code is not Code.INTERNAL:
            self._note_install(0.0)
        self._draft.start()
        if error.code in LOGIN_AGAIN and state.answers.target.kind == "ssh":
            failure = Failure(PageId.LOGIN, error)
            mine = not state.watching and state.undoing is None
            login = replace(state, page=PageId.LOGIN, failure=failure, connected=False)
            return replace(login, resuming=mine, undoing=None)
        return state

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
        busy = self.state.busy
        if busy is not None and busy.what == "keyring":
            self._stop_looking()  # it waits for a person, and nothing can end that
            self._cancelled()
        elif self._job is not None and not self.state.cancelling:
            self.set(replace(self.state, cancelling=True))
            self._job.cancel()
