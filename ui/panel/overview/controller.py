"""The panel's looks for Overview: the machine, the certificate, and the list of releases. Calm: when Overview
comes into view, and every few minutes while it is."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from installer.core.errors import InstallError
from installer.core.resources import table
from ui.panel import work

if TYPE_CHECKING:
    from installer.operations.overview import Condition
    from ui.background.jobs import Job
    from ui.panel.controller import PanelController


class General:
    """Works for *panel*, whose state it changes. One look at a time."""

    def __init__(self, panel: PanelController) -> None:
        self._panel = panel
        self._look = table("overview")["look"]
        self._job: Job | None = None
        self._listing: Job | None = None
        self._seen = False
        self._lost = self._held = False  # the line; a look that waits for it
        self._next = QTimer(panel)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._due)

    def follow(self, *, seen: bool) -> None:
        """Look while it is *seen*, and as often as that is worth it."""
        lost = self._panel.state.lost is not None
        back, self._lost = self._lost and not lost, lost
        first, self._seen = seen and not self._seen, seen
        if seen and back and (self._held or self._panel.state.overview.error is not None):
            self.look()
        elif first:
            self._due()
        elif not seen:
            self._next.stop()

    def look(self) -> None:
        """Look now."""
        panel = self._panel
        self._next.stop()
        self._held = panel.state.lost is not None
        if self._job is not None or self._held:
            return
        self._job = job = panel.jobs.glance(work.look_at_machine(panel.host, panel.state.answers))
        self._set(busy=True)
        job.done.connect(lambda found: self._found(job, found))
        job.failed.connect(lambda error: self._failed(job, error))
        job.cancelled.connect(lambda: self._failed(job, None))
        panel.look_at_certificate()
        self._look_for_update()

    def close(self) -> None:
        """The panel closes; the results are no longer needed."""
        self._next.stop()
        self._seen = False
        for job in (self._job, self._listing):
            if job is not None:
                job.leave()
        self._job = self._listing = None

    def _due(self) -> None:
        age = time.time() - self._panel.state.overview.seen_at
        if 0 <= age < self._seconds():
            self._plan(self._seconds() - age)
        else:
            self.look()

    def _seconds(self) -> float:
        """Between two looks."""
        condition = self._panel.state.overview.condition
        waits = condition is not None and bool(condition.setup_open)
        return float(self._look["account_seconds" if waits else "seconds"])

    def _plan(self, seconds: float | None = None) -> None:
        if self._seen:
            self._next.start(round(1000 * (self._seconds() if seconds is None else seconds)))

    def _found(self, job: Job, found: Condition) -> None:
        if job is self._job:
            self._job = None
            if found.guard is not None:
                self._panel.session.redact.learn(found.guard)
            self._set(condition=found, seen_at=time.time(), error=None, busy=False)
            self._plan()

    def _failed(self, job: Job, error: InstallError | None) -> None:
        """What was seen before stays, with the time it is of."""
        if job is self._job:
            self._job = None
            self._set(error=error, busy=False)
            self._plan()

    # ------------------------------------------------------------- newer release

    def _look_for_update(self) -> None:
        panel = self._panel
        if self._listing is not None:
            return
        self._listing = job = panel.jobs.glance(work.newest_release(panel.home, panel.state.answers))
        job.done.connect(lambda found: self._listed(job, newest=found, list_error=None))
        job.failed.connect(lambda error: self._listed(job, list_error=error))
        job.cancelled.connect(lambda: self._listed(job))

    def _listed(self, job: Job, **found: Any) -> None:
        if job is self._listing:
            self._listing = None
            self._set(**found)

    def _set(self, **changes: Any) -> None:
        panel = self._panel
        panel.set(replace(panel.state, overview=replace(panel.state.overview, **changes)))
