"""The panel's part about logs: following, searching, jumping to a line, saving to a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from installer.docker.containers import Container
from installer.views.panel import LogSaving, LogState
from ui.panel import intents as pi
from ui.panel.logs.follower import LogFollow
from ui.panel.logs.save_job import save_work
from ui.panel.logs.search import LogSearch
from ui.panel.logs.seek import LogSeek

if TYPE_CHECKING:
    from installer.logs.log_buffer import LogBuffer
    from ui.background.jobs import Job
    from ui.panel.controller import PanelController


class LogDesk(QObject):
    """Works for *panel*, whose state it changes. ``opened`` gives the buffer of another log; ``began`` and
    ``found`` what a search finds; ``jump`` the number of a line that is to be shown."""

    opened = Signal(object)
    began = Signal()
    found = Signal(object, object)
    jump = Signal(int)

    def __init__(self, panel: PanelController) -> None:
        super().__init__()
        self._panel = panel
        self._follow = LogFollow(panel.jobs, panel.host)
        self._search = LogSearch(panel.jobs)
        self._follow.opened.connect(self._opened)
        self._follow.changed.connect(self._changed)
        self._search.began.connect(self.began)
        self._search.found.connect(self.found)
        self._search.progressed.connect(self._search_progress)
        self._seek = LogSeek(panel.jobs, self._follow)
        self._seek.jump.connect(self.jump)
        self._seek.progressed.connect(lambda how: panel.set(replace(panel.state, seeking=how)))
        self._saving: Job | None = None

    @property
    def buffer(self) -> LogBuffer | None:
        """What is shown."""
        return self._follow.buffer

    # ---------------------------------------------------------------- following

    def follow(self, services: tuple[str, ...], containers: Sequence[Container] | None) -> None:
        """Show the logs of *services* (none = all)."""
        before = self._follow.buffer
        self._seek.drop()
        self._follow.follow(services, containers)
        if self._follow.buffer is before and before is not None:
            self._search.again(before)

    def check(self, containers: Sequence[Container]) -> None:
        """These containers are there now."""
        self._follow.check(containers)

    def leave(self) -> None:
        """The logs are no longer in view."""
        self._seek.drop()
        self._follow.leave()
        self._search.stop()

    def close(self) -> None:
        """The panel goes."""
        self._search.stop()
        self._seek.drop()
        self._follow.close()
        if self._saving is not None:
            self._saving.cancel()

    def older(self) -> None:
        """Read further back."""
        self._follow.older()

    def search(self, intent: pi.SearchLog) -> None:
        """Search what is there and what comes."""
        self._seek.read()
        if self._follow.buffer is not None:
            self._search.search(intent.query, self._follow.buffer)

    def _opened(self, buffer: LogBuffer) -> None:
        self.opened.emit(buffer)
        self._search.again(buffer)

    def _changed(self, log: LogState) -> None:
        state = self._panel.state.log
        kept = {"bad": state.bad, "why": state.why, "searched": state.searched}
        self._panel.log_changed(replace(log, **kept))  # type: ignore[arg-type]
        self._seek.go_on(log)

    def _search_progress(self, bad: Any, why: str, searched: bool) -> None:
        state = self._panel.state
        self._panel.set(replace(state, log=replace(state.log, bad=bad, why=why, searched=searched)))

    def show_line(self, intent: pi.ShowLogLine) -> None:
        """Go to a line, as soon as its log is there; further back, if it is not among what was read."""
        self._seek.begin(intent)

    def stop_seeking(self) -> None:
        """Look for that line no longer."""
        self._seek.stop()

    # ------------------------------------------------------------------- saving

    def save(self, intent: pi.SaveLog) -> None:
        """Write whole logs to a file, or stop writing."""
        if intent.path is None:
            if self._saving is not None:
                self._saving.cancel()
            return
        status = self._panel.state.status
        if self._saving is not None or status is None:
            return
        containers = [c for c in status.containers if not intent.services or c.service in intent.services]
        job = self._panel.jobs.stream(save_work(self._panel, intent, containers))
        self._saving = job
        path = str(intent.path)
        self._saved(LogSaving("busy", path))
        job.items.connect(lambda counts: self._saved(LogSaving("busy", path, counts[-1])))
        job.done.connect(lambda count: self._saved(LogSaving("saved", path, count)))
        job.failed.connect(lambda error: self._saved(LogSaving("failed", path, error=error)))
        job.cancelled.connect(lambda: self._saved(LogSaving("cancelled", path)))

    def _saved(self, how: LogSaving) -> None:
        if how.phase != "busy":
            self._saving = None
        self._panel.set(replace(self._panel.state, log_saving=how))
