"""Follows logs in a job; resumes by itself after a lost connection or recreated containers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit
from installer.docker.containers import Container
from installer.logs.follow import follow
from installer.logs.log_buffer import LogBuffer
from installer.views.panel import LogState
from ui.background.jobs import Job, Jobs

if TYPE_CHECKING:
    from installer.hosts.base import Host
    from installer.logs.log_buffer import LogBuffer

#: The last lines of each container to begin with, and how many each time that older ones are wanted; 0: all.
DEPTHS: tuple[int, ...] = (2_000, 20_000, 200_000, 0)

_CAUGHT_UP = object()


class LogFollow(QObject):
    """``opened`` gives the buffer of another log, which fills by itself; ``changed`` the ``LogState``."""

    opened = Signal(object)
    changed = Signal(object)

    def __init__(self, jobs: Jobs, host: Host) -> None:
        super().__init__()
        self._jobs, self._host = jobs, host
        self.state = LogState()
        self.buffer: LogBuffer | None = None
        self._job: Job | None = None
        self._containers: tuple[Container, ...] = ()
        self._ids: frozenset[str] = frozenset()
        #: A buffer with older lines that is being read, and its job.
        self._older: tuple[LogBuffer, Job] | None = None

    def follow(self, services: tuple[str, ...], containers: Sequence[Container] | None) -> None:
        """Show the log of *services* (none = all), if it is not shown already. *containers* are those known
        by now, None if nothing is known yet."""
        if self.state.phase == "off" or self.state.services != services:
            if self.state.services != services or self.buffer is None:
                self._restart(len(services) == 1)
            assert self.buffer is not None  # noqa: S101
            self._set(LogState(services, "loading", cut=self.buffer.cut))
            if containers is not None:
                self.check(containers)

    def _restart(self, one: bool) -> None:
        self._end()
        self._swap(LogBuffer(DEPTHS[1 if one else 0]))

    def _swap(self, buffer: LogBuffer) -> None:
        former, self.buffer = self.buffer, buffer
        self.opened.emit(buffer)
        if former is not None:
            former.close()

    def leave(self) -> None:
        """The logs are no longer in view. What was shown stays; ``follow`` continues from there."""
        self._end()
        if self.state.phase != "off":
            self._set(replace(self.state, phase="off", older=False, error=None))

    def close(self) -> None:
        """The panel goes, and with it what was read."""
        self.leave()
        if self.buffer is not None:
            self.buffer.close()

    def check(self, containers: Sequence[Container]) -> None:
        """These are there now: begin, or begin again, if they are not those that are followed."""
        if self.state.phase == "off":
            return
        wanted = tuple(c for c in containers if not self.state.services or c.service in self.state.services)
        ids = frozenset(c.id for c in wanted)
        if self._job is not None and ids == self._ids:
            return
        self._end()
        self._set(replace(self.state, older=False))
        if not wanted:
            self._set(replace(self.state, phase="nothing", error=None))
            return
        assert self.buffer is not None  # noqa: S101
        self._containers, self._ids = wanted, ids
        self._job = self._attach(self.buffer)
        if self.state.phase not in ("live", "waiting"):
            self._set(replace(self.state, phase="loading"))

    def older(self) -> None:
        """Read again from further back; what is shown stays until that is there."""
        if self._older is not None or self._job is None or self.buffer is None or not self.buffer.cut:
            return
        depth = next((d for d in DEPTHS if d > self.buffer.depth), 0)
        buffer = LogBuffer(depth)
        self._older = buffer, self._attach(buffer)
        self._set(replace(self.state, older=True))

    @property
    def read(self) -> int:
        """Lines read so far; of the older ones while those are being read."""
        buffer = self.buffer if self._older is None else self._older[0]
        return 0 if buffer is None else buffer.read

    def stop_older(self) -> None:
        """Read no further back; what is shown stays."""
        if self._older is not None:
            buffer, older = self._older
            self._older = None
            older.cancel()
            buffer.close()
            self._set(replace(self.state, older=False))

    def _attach(self, buffer: LogBuffer) -> Job:
        host, containers = self._host, self._containers

        def work(_emit: Emit, cancel: CancelToken, put: Callable[[Any], None]) -> None:
            try:
                follow(host, containers, buffer, cancel=cancel, on_caught_up=lambda: put(_CAUGHT_UP))
            except OSError as exc:
                import tempfile

                params = {"path": tempfile.gettempdir()}
                raise InstallError(Code.HOST_FILE_FAILED, params, detail=str(exc)) from exc

        job = self._jobs.stream(work)
        job.items.connect(lambda _: self._caught_up(job))
        job.done.connect(lambda _: self._ended(job, None))
        job.failed.connect(lambda error: self._ended(job, error))
        job.cancelled.connect(lambda: self._ended(job, None))
        return job

    def _caught_up(self, job: Job) -> None:
        if self._older is not None and job is self._older[1]:
            buffer, former = self._older[0], self._job
            self._job, self._older = job, None
            if former is not None:
                former.cancel()
            self._swap(buffer)
        elif job is not self._job:
            return
        assert self.buffer is not None  # noqa: S101
        self._set(replace(self.state, phase="live", cut=self.buffer.cut, older=False, error=None))

    def _ended(self, job: Job, error: InstallError | None) -> None:
        """The line broke, Docker failed, or no container is left: the next look at the containers tells."""
        if self._older is not None and job is self._older[1]:
            self._older[0].close()
            self._older = None
            self._set(replace(self.state, older=False))
        elif self._job is job:
            self._job, self._ids = None, frozenset()
            self._set(replace(self.state, phase="waiting", error=error))

    def _end(self) -> None:
        job, self._job, self._ids = self._job, None, frozenset()
        if job is not None:
            job.cancel()
        self.stop_older()

    def _set(self, state: LogState) -> None:
        if state != self.state:
            self.state = state
            self.changed.emit(state)
