"""Follows logs in a job, and goes on by itself after the line broke or containers were made anew."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from installer.cancel import CancelToken
from installer.errors import InstallError
from installer.events import Emit
from installer.panel import LogState
from installer.stack.containers import Container
from installer.stack.joint import Joint
from installer.stack.logs import LogLine
from ui.jobs import Job, Jobs

if TYPE_CHECKING:
    from installer.hosts.base import Host

#: Lines of each container to begin with, and at most so many that a broken line is made up for.
FIRST_TAIL, NEXT_TAIL = "200", "5000"
#: Lines handed on at once, so that no batch holds the window up; more than the backlog is never shown.
PIECE, BACKLOG = 1000, 20_000
_PIECE_MS = 10

_CAUGHT_UP = object()


class LogFollow(QObject):
    """``lines`` gives tuples of ``LogLine``, ``reset`` says that another log begins, ``changed`` gives the
    ``LogState``."""

    lines = Signal(object)
    reset = Signal()
    changed = Signal(object)

    def __init__(self, jobs: Jobs, host: Host) -> None:
        super().__init__()
        self._jobs, self._host = jobs, host
        self.state = LogState()
        self._job: Job | None = None
        self._ids: frozenset[str] = frozenset()
        self._joint = Joint()
        self._waiting: deque[LogLine] = deque(maxlen=BACKLOG)
        self._timer = QTimer(self)
        self._timer.setInterval(_PIECE_MS)
        self._timer.timeout.connect(self._hand_on)

    def follow(self, services: tuple[str, ...], containers: Sequence[Container] | None) -> None:
        """Show the log of *services* (none = all), if it is not shown already. *containers* are those known
        by now, None if nothing is known yet."""
        if self.state.phase == "off" or self.state.services != services:
            if self.state.services != services or not self._joint.since:
                self._begin_anew()
            self._set(LogState(services, "loading"))
            if containers is not None:
                self.check(containers)

    def _begin_anew(self) -> None:
        self._end()
        self._joint = Joint()
        self._waiting.clear()
        self.reset.emit()

    def leave(self) -> None:
        """Nobody looks any more. What was shown stays; ``follow`` goes on from there."""
        self._end()
        if self.state.phase != "off":
            self._set(replace(self.state, phase="off", error=None))

    def check(self, containers: Sequence[Container]) -> None:
        """These are there now: begin, or begin again, if they are not those that are followed."""
        if self.state.phase == "off":
            return
        wanted = [c for c in containers if not self.state.services or c.service in self.state.services]
        ids = frozenset(c.id for c in wanted)
        if self._job is not None and ids == self._ids:
            return
        self._end()
        if not wanted:
            self._set(replace(self.state, phase="nothing", error=None))
            return
        self._attach(wanted, ids)

    def _attach(self, containers: Sequence[Container], ids: frozenset[str]) -> None:
        host, since = self._host, self._joint.since

        def work(_emit: Emit, cancel: CancelToken, put: Callable[[Any], None]) -> None:
            from installer.stack.logs import follow

            follow(
                host,
                containers,
                put,
                tail=NEXT_TAIL if since else FIRST_TAIL,
                since=since,
                cancel=cancel,
                on_caught_up=lambda: put(_CAUGHT_UP),
            )

        job = self._jobs.stream(work)
        self._job, self._ids = job, ids
        job.items.connect(lambda items: self._take(job, items))
        job.done.connect(lambda _: self._ended(job, None))
        job.failed.connect(lambda error: self._ended(job, error))
        job.cancelled.connect(lambda: self._ended(job, None))
        if self.state.phase not in ("live", "waiting"):
            self._set(replace(self.state, phase="loading"))

    def _take(self, job: Job, items: tuple[Any, ...]) -> None:
        if self._job is not job:
            return
        if any(item is _CAUGHT_UP for item in items):
            self._set(replace(self.state, phase="live", error=None))
        take = self._joint.take
        self._waiting.extend(item for item in items if item is not _CAUGHT_UP and take(item))
        if self._waiting and not self._timer.isActive():
            self._hand_on()
            self._timer.start()

    def _hand_on(self) -> None:
        waiting = self._waiting
        piece = tuple(waiting.popleft() for _ in range(min(PIECE, len(waiting))))
        if not waiting:
            self._timer.stop()
        if piece:
            self.lines.emit(piece)

    def _ended(self, job: Job, error: InstallError | None) -> None:
        """The line broke, Docker failed, or no container is left: the next look at the containers tells."""
        if self._job is job:
            self._job, self._ids = None, frozenset()
            self._set(replace(self.state, phase="waiting", error=error))

    def _end(self) -> None:
        job, self._job, self._ids = self._job, None, frozenset()
        if job is not None:
            job.cancel()

    def _set(self, state: LogState) -> None:
        if state != self.state:
            self.state = state
            self.changed.emit(state)
