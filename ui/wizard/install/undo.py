"""Undo, and the ways on from a failed step: wait longer, go on anyway, follow another run there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from installer.core.errors import InstallError
from installer.engine import WAIT_LONGER
from installer.views.progress import Progress
from installer.views.wizard import PageId, Undoing, WorkState
from ui import intents as i
from ui.wizard.page_job import Otherwise, idle

if TYPE_CHECKING:
    from installer.core.events import Event
    from installer.lifecycle.undo.model import Undone, UndoPlan
    from ui.background.jobs import Job
    from ui.wizard.controller import Flow


class UndoController:
    """What else one can do about an installation that stopped."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def on_wait_longer(self, _: i.WaitLonger) -> None:
        self._flow.install.install(skip=WAIT_LONGER)

    def on_continue_anyway(self, _: i.ContinueAnyway) -> None:
        self._flow.install.install(skip=frozenset({"admin"}))

    def on_follow_other_run(self, _: i.FollowOtherRun) -> None:
        self._flow.install.install(wait=True)

    def on_back_to_checks(self, _: i.BackToChecks) -> None:
        self._flow.set(idle(self._flow.state))
        self._flow.checks.look_again()

    def show(self) -> None:
        """What would go and what would stay; nothing is changed by that."""
        if self._flow.state.work.busy is not None:
            return
        undoing = self._flow.state.undoing
        before = undoing.before if undoing is not None else self._flow.state.work  # of the first look
        job = self._flow.jobs.look(self._flow.session.undo_plan(*self._flow.answers()))
        self._run("undo_look", job, self._planned)
        self._flow.set(replace(self._flow.state, undoing=Undoing(before=before)))

    def retry(self) -> None:
        """An undo whose end is not known: what is left of it is looked for, and nothing is installed."""
        if self._flow.session.host is not None:
            self.show()
        else:
            self._flow.install.set(resuming=False)
            self._flow.set(replace(idle(self._flow.state), page=PageId.LOGIN))

    def _planned(self, plan: UndoPlan) -> None:
        if self._flow.state.undoing is not None:
            self._flow.set(replace(self._flow.state, undoing=replace(self._flow.state.undoing, plan=plan)))

    def on_dismiss_undo(self, _: i.DismissUndo) -> None:
        """Back to what was shown before."""
        undoing = self._flow.state.undoing
        if undoing is None or self._flow.state.work.busy is not None:
            return
        self._flow.set(replace(self._flow.state, undoing=None, work=undoing.before))

    def on_undo(self, intent: i.Undo) -> None:
        plan = self._flow.state.undoing.plan if self._flow.state.undoing is not None else None
        if self._flow.state.work.busy is not None or plan is None:
            return
        wanted = self._flow.session.undo(
            *self._flow.answers(), confirm=intent.confirm, images=intent.images, shown=plan
        )
        job = self._flow.jobs.change(wanted)
        self._flow.install.set(progress=Progress())
        mine = self._run("undo", job, self._undone)
        job.events.connect(lambda events: self._take_events(mine, events))

    def _take_events(self, mine: int, events: tuple[Event, ...]) -> None:
        if self._flow.page_job.is_current(mine):
            progress = self._flow.state.install.progress
            for event in events:
                progress = progress.take(event)
            self._flow.install.set(progress=progress)

    def _undone(self, undone: Undone) -> None:
        self._flow.install.note(0.0)
        if self._flow.state.undoing is not None:
            self._flow.set(replace(self._flow.state, undoing=replace(self._flow.state.undoing, done=undone)))

    def _failed(self, error: InstallError) -> None:
        """What failed was the undo: then that is what can be tried again. After a mere look what was shown
        before is still there."""
        state = self._flow.page_job.with_failure(PageId.INSTALL, error)
        if state.undoing is not None:
            looked = state.undoing.plan is None
            broken = replace(state.undoing, broken=True) if looked else Undoing(broken=True)
            state = replace(state, undoing=broken, install=state.install.halted(time.time()))
        self._flow.install.show_failed(state, error)

    def _cancelled(self) -> None:
        """Nothing of an undo is an installation that was cancelled, and none begins after it by itself."""
        with self._flow.as_one():
            undoing = self._flow.state.undoing
            self._flow.install.cancelled()
            if undoing is None:
                return
            state = self._flow.state
            if undoing.plan is None:
                self._flow.set(replace(state, undoing=None, work=undoing.before))
            else:
                self._flow.set(replace(state, work=WorkState(), undoing=Undoing(halted=True)))

    def _run(self, what: str, job: Job, done: Callable[[Any], None]) -> int:
        return self._flow.page_job.run(
            what,
            PageId.INSTALL,
            job,
            done,
            otherwise=Otherwise(failed=self._failed, cancelled=self._cancelled),
        )
