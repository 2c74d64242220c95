"""The panel's part about HTTPS: looking at the certificate, and having it renewed."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from installer.core.errors import InstallError
from ui.panel import work

if TYPE_CHECKING:
    from installer.https.https_now import HttpsNow
    from ui.background.jobs import Job
    from ui.panel.controller import PanelController


class Encryption:
    """Works for *panel*, whose state it changes. One thing at a time."""

    def __init__(self, panel: PanelController) -> None:
        self._panel = panel
        self._job: Job | None = None

    def look(self, error: InstallError | None = None) -> None:
        """See how it is now. *error*: of what was done before, and still to be shown."""
        panel = self._panel
        if self._job is not None:
            return
        job = panel.jobs.look(work.look_at_https(panel.host, panel.state.answers))
        self._follow(job, "look", error)

    def renew(self) -> None:
        """Have the certificate renewed, if it is time."""
        panel, now = self._panel, self._panel.state.https.now
        if self._job is not None or now is None or now.certificate is None:
            return
        there = now.certificate
        job = panel.jobs.change(
            work.renew(panel.host, panel.state.answers, there, panel.session.redact), panel.lane
        )
        self._follow(job, "renew")

    def stop(self) -> None:
        """Cancel the running work."""
        if self._job is not None:
            self._job.cancel()

    def close(self) -> None:
        """The panel closes; work on the machine continues."""
        if self._job is not None:
            self._job.leave()
        self._job = None

    def _follow(self, job: Job, what: str, error: InstallError | None = None) -> None:
        self._job = job
        renewing = what == "renew"
        self._set(busy=what, since=time.time(), error=error, **({"wish": ""} if renewing else {}))
        job.done.connect(lambda found: self._found(job, found, renewing=renewing))
        job.failed.connect(lambda error: self._failed(job, error, renewing=renewing))
        job.cancelled.connect(lambda: self._stopped(job))

    def _found(self, job: Job, found: HttpsNow, *, renewing: bool) -> None:
        if job is self._job:
            self._job = None
            before = self._panel.state.https.now
            wish = {"wish": _wish(before, found)} if renewing else {}
            self._set(now=found, seen_at=time.time(), busy="", **wish)

    def _failed(self, job: Job, error: InstallError, *, renewing: bool) -> None:
        """A renewal that failed has been written down by the machine: that is looked at, the error stays."""
        if job is not self._job:
            return
        self._job = None
        if renewing:
            self.look(error)
        else:
            self._set(error=error, busy="")

    def _stopped(self, job: Job) -> None:
        if job is self._job:
            self._job = None
            self._set(busy="", wish="stopped")

    def _set(self, **changes: Any) -> None:
        panel = self._panel
        panel.set(replace(panel.state, https=replace(panel.state.https, **changes)))


def _wish(before: HttpsNow | None, after: HttpsNow) -> str:
    old, new = before.certificate if before else None, after.certificate
    if new is None:
        return ""  # nothing to be read any more: how it is now is said above
    return "kept" if old is not None and old.info.fingerprint == new.info.fingerprint else "renewed"
