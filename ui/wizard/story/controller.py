"""Beside the way: what happened, and saving a report for support."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from installer.core.errors import InstallError
from installer.support.story import Story, Support
from installer.views.wizard import PageId, place_of
from ui import intents as i
from ui.background.jobs import Job
from ui.story import work

if TYPE_CHECKING:
    from ui.wizard.controller import Flow


class ReportController:
    """What is read replaces what was shown; a report is saved beside everything else."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._saving: Job | None = None
        self._reading = 0

    @property
    def _support(self) -> Support:
        return self._flow.state.support or Support()

    def on_show_history(self, intent: i.ShowHistory) -> None:
        self._reading += 1
        mine, host = self._reading, self._flow.session.host
        back = (
            self._support.back if self._flow.state.page is PageId.REPORT else place_of(self._flow.state).value
        )
        shown = replace(self._support, back=back, live=intent.file is None, error=None, story=Story())
        if intent.file is None and host is None:
            self._flow.set(
                replace(
                    self._flow.state, page=PageId.REPORT, support=replace(shown, live=False, phase="empty")
                )
            )
            return
        self._flow.set(replace(self._flow.state, page=PageId.REPORT, support=replace(shown, phase="loading")))
        if intent.file is not None:
            job = self._flow.jobs.look(work.read(intent.file))
        else:
            assert host is not None  # noqa: S101
            job = self._flow.jobs.look(work.look(host, self._flow.answers()[0]))
        job.done.connect(lambda story: self._read(mine, phase="shown", story=story))
        job.failed.connect(lambda error: self._read(mine, phase="failed", error=error))

    def _read(self, mine: int, **found: Any) -> None:
        if self._reading == mine and self._flow.state.page is PageId.REPORT:
            self._flow.set(replace(self._flow.state, support=replace(self._support, **found)))

    def leave(self) -> None:
        """Back to where the page was opened."""
        self._reading += 1
        self._flow.set(
            replace(
                self._flow.state, page=place_of(self._flow.state), support=replace(self._support, back="")
            )
        )

    # ------------------------------------------------------------------ saving

    def on_save_report(self, intent: i.SaveReport) -> None:
        if intent.path is None:
            if self._saving is not None:
                self._saving.cancel()
            return
        if self._saving is not None:
            return
        answers, secrets = self._flow.answers()
        language = self._flow.language
        session, host = self._flow.session, self._flow.session.host
        job = self._flow.jobs.look(
            work.save(
                intent.path,
                language,
                lambda emit, cancel: session.engine(answers, secrets, emit, cancel, host),
                self._on_screen(),
            )
        )
        self._saving = job
        self._saved(Support(saving="busy", saved=str(intent.path)))
        job.done.connect(self._saved)
        job.failed.connect(lambda e: self._saved(Support(saving="failed", save_error=e)))
        job.cancelled.connect(lambda: self._saved(Support(saving="cancelled")))

    def _saved(self, how: Support) -> None:
        if how.saving != "busy":
            self._saving = None
        self._flow.set(replace(self._flow.state, support=work.with_saved(self._support, how)))

    def _on_screen(self) -> dict[str, Any]:
        """The error that was shown and the lines under it; the engine takes secrets out."""
        state = self._flow.state
        found: dict[str, Any] = {}
        error = state.failed_on(PageId.INSTALL)
        if error is not None:
            found["failure.json"] = _as_data(error)
        if state.install.progress.lines:
            found["screen.log"] = "\n".join(state.install.progress.lines) + "\n"
        return found


def _as_data(error: InstallError) -> dict[str, Any]:
    params = dict(error.params)
    return {"at": time.time(), "code": error.code.value, "params": params, "detail": error.detail}
