"""The panel's part that changes containers: restart, stop, start, recreate, scale. One action at a time."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from installer.core.errors import InstallError
from installer.state.history import ANY_TIME, Times
from installer.views.panel import ALL, Acting, Doing, run_mark
from ui.panel import work

if TYPE_CHECKING:
    from ui.background.jobs import Job, Work
    from ui.panel.controller import PanelController
    from ui.panel.intents import RunAction, ScaleService

#: How long "back after 14 s" is shown.
BACK_SECONDS = 30.0


class ServiceActions:
    """Works for *panel*, whose state it changes."""

    def __init__(self, panel: PanelController) -> None:
        self._panel = panel
        self._job: Job | None = None

    def run(self, intent: RunAction) -> None:
        """Restart, stop, start or recreate services."""
        p = self._panel
        job = work.act(p.host, p.home, p.state.answers, intent, p.session.redact)
        self._begin(intent.action, intent.services or (ALL,), job)

    def scale(self, intent: ScaleService) -> None:
        """Run another number of containers of a service."""
        p = self._panel
        job = work.scale(p.host, p.home, p.state.answers, intent, p.session.redact)
        self._begin("scale", (intent.service,), job)

    def close_debug_port(self) -> None:
        """Bind the plugin debugging port to the server's loopback address."""
        p = self._panel
        job = work.close_debugging(p.session, p.host, p.state.answers)
        self._begin("recreate", ("plugin_daemon",), job)

    def cancel(self) -> None:
        """Cancel the running action, if there is one."""
        state = self._panel.state
        if self._job is not None and not state.cancelling:
            self._panel.set(replace(state, cancelling=True))
            self._job.cancel()

    def close(self) -> None:
        """The panel closes; the action continues on the target."""
        if self._job is not None:
            self._job.leave()

    def _begin(self, action: Doing, keys: tuple[str, ...], work_: Work) -> None:
        if self._job is not None:
            return
        panel, status = self._panel, self._panel.state.status
        before = {c.service: run_mark(c) for c in (status.containers if status else ())}
        acting = Acting(action, time.time(), before)
        state = replace(panel.state, acting=dict.fromkeys(keys, acting), back={}, action_error=None)
        state = replace(state, outside=replace(state.outside, found=None, error=None))  # of before
        panel.set(replace(state, cancelling=False))
        self._job = job = panel.jobs.change(work_, panel.lane)
        job.done.connect(lambda _: self._done(acting, keys))
        job.failed.connect(lambda error: self._failed(error, acting.since))
        job.cancelled.connect(lambda: self._failed(None))
        panel.act_began()

    def _done(self, acting: Acting, keys: tuple[str, ...]) -> None:
        self._job = None
        panel, took = self._panel, time.time() - acting.since
        back = dict.fromkeys(keys, took) if acting.action not in ("stop", "scale") else {}
        panel.set(replace(panel.state, acting={}, back=back, cancelling=False))
        QTimer.singleShot(round(BACK_SECONDS * 1000), panel, lambda: self._forget_back(back))
        panel.act_ended(succeeded=True)

    def _failed(self, error: InstallError | None, since: float = 0.0) -> None:
        self._job = None
        times = Times(since, time.time()) if since else ANY_TIME
        state = replace(self._panel.state, acting={}, action_error=error, action_times=times)
        self._panel.set(replace(state, cancelling=False))
        self._panel.act_ended(succeeded=False)

    def _forget_back(self, back: dict[str, float]) -> None:
        if self._panel.state.back is back:
            self._panel.set(replace(self._panel.state, back={}))
