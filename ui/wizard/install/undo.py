"""Undo, and the ways on from a failed step: wait longer, go on anyway, follow another run there."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from installer.core.errors import InstallError
from installer.views.progress import Progress
from installer.views.wizard import PageId, Undoing, WizardState
from ui import intents as i
from ui.wizard.controller_core import IDLE
from ui.wizard.install.controller import InstallFlow

if TYPE_CHECKING:
    from installer.core.events import Event
    from installer.lifecycle.undo.model import Undone, UndoPlan


class UndoFlow(InstallFlow):
    """What else one can do about an installation that stopped."""

    def _on_waitlonger(self, _: i.WaitLonger) -> None:
        from installer.engine import WAIT_LONGER

        self._install(skip=WAIT_LONGER)

    def _on_continueanyway(self, _: i.ContinueAnyway) -> None:
        self._install(skip=frozenset({"admin"}))

    def _on_followotherrun(self, _: i.FollowOtherRun) -> None:
        self._install(wait=True)

    def _on_backtochecks(self, _: i.BackToChecks) -> None:
        self.set(replace(self.state, **IDLE))
        self._look_again()

    def _on_showundo(self, _: i.ShowUndo) -> None:
        """What would go and what would stay; nothing is changed by that."""
        if self.state.busy is not None:
            return
        undoing = self.state.undoing
        shown = undoing if undoing is not None else self.state  # what was there before the first look
        failure, stopped = shown.failure, shown.stopped
        job = self.jobs.look(self.session.undo_plan(*self._answers()))
        self._run("undo_look", PageId.INSTALL, job, self._undo_planned)
        before = Undoing(failure=failure, stopped=stopped)
        self.set(replace(self.state, undoing=before))

    def _undo_planned(self, plan: UndoPlan) -> None:
        if self.state.undoing is not None:
            self.set(replace(self.state, undoing=replace(self.state.undoing, plan=plan)))

    def _on_dismissundo(self, _: i.DismissUndo) -> None:
        """Back to what was shown before."""
        undoing = self.state.undoing
        if undoing is None or self.state.busy is not None:
            return
        self.set(replace(self.state, undoing=None, failure=undoing.failure, stopped=undoing.stopped))

    def _on_undo(self, intent: i.Undo) -> None:
        plan = self.state.undoing.plan if self.state.undoing is not None else None
        if self.state.busy is not None or plan is None:
            return
        wanted = self.session.undo(*self._answers(), confirm=intent.confirm, images=intent.images, shown=plan)
        job = self.jobs.change(wanted)
        self.set(replace(self.state, progress=Progress()))
        self._run("undo", PageId.INSTALL, job, self._undone)
        mine = self._round
        job.events.connect(lambda events: self._undo_events(mine, events))

    def _undo_events(self, mine: int, events: tuple[Event, ...]) -> None:
        if self._round == mine:
            progress = self.state.progress
            for event in events:
                progress = progress.take(event)
            self.set(replace(self.state, progress=progress))

    def _undone(self, undone: Undone) -> None:
        self._note_install(0.0)
        if self.state.undoing is not None:
            self.set(replace(self.state, undoing=replace(self.state.undoing, done=undone)))

    def _install_failed(self, state: WizardState, error: InstallError) -> WizardState:
        """What failed was the undo, if there was one: then that is what can be tried again. After a mere look
        what was shown before is still there."""
        if state.undoing is not None:
            looked = state.undoing.plan is None
            broken = replace(state.undoing, broken=True) if looked else Undoing(broken=True)
            state = replace(state, undoing=broken, progress=state.progress.stopped(time.time()))
        return super()._install_failed(state, error)

    def _cancelled(self) -> None:
        """Nothing of an undo is an installation that was cancelled, and none begins after it by itself."""
        with self.as_one():
            undoing = self.state.undoing
            super()._cancelled()
            if undoing is None:
                return
            if undoing.plan is None:
                before = replace(self.state, failure=undoing.failure, stopped=undoing.stopped)
                self.set(replace(before, undoing=None))
            else:
                self.set(replace(self.state, stopped=False, undoing=Undoing(halted=True)))
