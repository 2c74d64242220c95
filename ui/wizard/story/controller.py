"""Beside the way: what happened, and saving a report for support."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from installer.core.errors import InstallError
from installer.support.story import Story, Support
from installer.views.wizard import PageId, place_of
from ui import intents as i
from ui.background.jobs import Job
from ui.story import work
from ui.wizard.welcome.controller import WelcomeFlow


class ReportFlow(WelcomeFlow):
    """What is read replaces what was shown; a report is saved beside everything else."""

    _saving: Job | None = None
    _reading = 0

    @property
    def _support(self) -> Support:
        return self.state.support or Support()

    def _on_showhistory(self, intent: i.ShowHistory) -> None:
        self._reading += 1
        mine, host = self._reading, self.session.host
        back = self._support.back if self.state.page is PageId.REPORT else place_of(self.state).value
        shown = replace(self._support, back=back, live=intent.file is None, error=None, story=Story())
        if intent.file is None and host is None:
            self.set(
                replace(self.state, page=PageId.REPORT, support=replace(shown, live=False, phase="empty"))
            )
            return
        self.set(replace(self.state, page=PageId.REPORT, support=replace(shown, phase="loading")))
        if intent.file is not None:
            job = self.jobs.look(work.read(intent.file))
        else:
            assert host is not None  # noqa: S101
            job = self.jobs.look(work.look(host, self._answers()[0]))
        job.done.connect(lambda story: self._read(mine, phase="shown", story=story))
        job.failed.connect(lambda error: self._read(mine, phase="failed", error=error))

    def _read(self, mine: int, **found: Any) -> None:
        if self._reading == mine and self.state.page is PageId.REPORT:
            self.set(replace(self.state, support=replace(self._support, **found)))

    def _leave_report(self) -> None:
        self._reading += 1
        self.set(replace(self.state, page=place_of(self.state), support=replace(self._support, back="")))

    # ------------------------------------------------------------------ saving

    def _on_savereport(self, intent: i.SaveReport) -> None:
        if intent.path is None:
            if self._saving is not None:
                self._saving.cancel()
            return
        if self._saving is not None:
            return
        answers, secrets = self._answers()
        language = self.language
        host, redact = self.session.host, self.session.redact
        job = self.jobs.look(
            work.save(intent.path, language, self.home, answers, secrets, host, redact, self._on_screen())
        )
        self._saving = job
        self._saved(Support(saving="busy", saved=str(intent.path)))
        job.done.connect(self._saved)
        job.failed.connect(lambda e: self._saved(Support(saving="failed", save_error=e)))
        job.cancelled.connect(lambda: self._saved(Support(saving="cancelled")))

    def _saved(self, how: Support) -> None:
        if how.saving != "busy":
            self._saving = None
        self.set(replace(self.state, support=work.with_saved(self._support, how)))

    def _on_screen(self) -> dict[str, Any]:
        """The error that was shown and the lines under it; the engine takes secrets out."""
        state = self.state
        found: dict[str, Any] = {}
        error = state.failed_on(PageId.INSTALL)
        if error is not None:
            found["failure.json"] = _as_data(error)
        if state.progress.lines:
            found["screen.log"] = "\n".join(state.progress.lines) + "\n"
        return found


def _as_data(error: InstallError) -> dict[str, Any]:
    params = dict(error.params)
    return {"at": time.time(), "code": error.code.value, "params": params, "detail": error.detail}
