"""Testing an external service from Settings, before anything is planned."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from installer.core.errors import Code, InstallError
from installer.views.wizard import PageId, Trial, WizardState
from installer.views.wizard.external import described, tried, with_found
from ui import intents as i
from ui.background.jobs import Job

if TYPE_CHECKING:
    from installer.state.external_report import Tested
    from ui.wizard.controller import Flow


class TrialsController:
    """One at a time; results for answers that have changed meanwhile are dropped, and so are those for which
    the page was left."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._trying: Job | None = None
        self._trying_what: tuple[object, ...] = ()

    def adjust(self, state: WizardState) -> WizardState:
        """*state*, which is to be shown next."""
        if self._trying is None or self._still_wanted(state):
            return state
        self._trying.cancel()
        self._trying = None
        return replace(state, trial=replace(state.trial, going="", since=0.0))

    def _still_wanted(self, state: WizardState) -> bool:
        if state.page is not PageId.SETTINGS or not state.connected or not state.trial.going:
            return False
        return described(state.answers, state.secrets, state.trial.going) == self._trying_what

    def known(self) -> tuple[Tested, ...]:
        """What is known by now."""
        trial = self._flow.state.trial
        if not trial.found:
            return ()
        return tried(trial)

    def note(self, results: tuple[Tested, ...]) -> None:
        """What a plan found on its way."""
        if results:
            self._flow.set(replace(self._flow.state, trial=with_found(self._flow.state.trial, results)))

    # ------------------------------------------------------------------ actions

    def on_check(self, intent: i.CheckService) -> None:
        state, section = self._flow.state, intent.section
        if self._trying is not None or state.checks.facts is None or state.release.obtained is None:
            return
        if self._flow.session.host is None:
            self._cannot(section, InstallError(Code.SSH_CONNECTION_LOST, {"host": state.answers.target.host}))
            return
        work = self._flow.session.try_service(
            *self._flow.answers(), state.checks.facts, state.release.obtained, section
        )
        job = self._flow.jobs.stream(lambda emit, cancel, _: work(emit, cancel))
        trial = state.trial
        found = {name: tested for name, tested in trial.found.items() if name != section}
        errors = {name: error for name, error in trial.errors.items() if name != section}
        self._flow.set(replace(state, trial=Trial(found, errors, section, time.time())))
        self._trying, self._trying_what = job, described(state.answers, state.secrets, section)
        job.done.connect(lambda results: self._tried_it(job, results))
        job.failed.connect(lambda error: self._could_not(job, section, error))
        job.cancelled.connect(lambda: self._end_trying(job))

    def on_stop(self, _: i.StopServiceCheck) -> None:
        if self._trying is not None:
            job = self._trying
            job.cancel()
            self._end_trying(job)

    def _end_trying(self, job: Job) -> bool:
        """Whether *job* was the current one."""
        if job is not self._trying:
            return False
        self._trying = None
        self._flow.set(replace(self._flow.state, trial=replace(self._flow.state.trial, going="", since=0.0)))
        return True

    def _tried_it(self, job: Job, results: tuple[Tested, ...]) -> None:
        with self._flow.as_one():
            if self._end_trying(job):
                self.note(results)
        self._flow.checks.judge_soon()  # the rows of the checks say it, too

    def _could_not(self, job: Job, section: str, error: InstallError) -> None:
        with self._flow.as_one():
            if self._end_trying(job):
                self._cannot(section, error)

    def _cannot(self, section: str, error: InstallError) -> None:
        trial = self._flow.state.trial
        self._flow.set(
            replace(self._flow.state, trial=replace(trial, errors={**trial.errors, section: error}))
        )
