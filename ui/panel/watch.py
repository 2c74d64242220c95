"""Watches the state of the containers: by the Engine's events, or by polling where there are none. Never two
queries at once; retries with a growing delay while the connection is lost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from installer.answers import Answers
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit
from installer.operations import live
from installer.operations.status import read_status
from installer.views.panel import passes
from ui.background.jobs import Job, Jobs, Put

if TYPE_CHECKING:
    from installer.hosts.base import Host
    from installer.operations.status import Status

#: Seconds until the next try, after the first, second… failure in a row.
WAITS = (1.0, 2.0, 4.0, 8.0, 15.0)
#: A look that takes so much longer than the one before it is a line that does not answer (paramiko's own
#: silence is noticed after 40 s only).
PATIENCE_SECONDS = 8.0
#: Pause before events are requested again where there are none (a proxy, nothing installed yet).
NO_EVENTS_SECONDS = 60.0


class StatusWatch(QObject):
    """``seen`` gives each ``Status``, ``failed`` why there is none; both in the GUI thread."""

    seen = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, host: Host, answers: Answers) -> None:
        super().__init__()
        self._jobs, self._host, self._answers = jobs, host, answers
        self._job: Job | None = None  # a look, or the stream of events
        self._live = False  # it is the stream
        self._status: Status | None = None  # last from the stream
        self._reported_at = 0.0
        self._silent = False  # its silence was reported
        self._no_events_until = 0.0
        self._seconds = 0.0  # between polls where there are no events; 0 = off
        self._failures = 0
        self._last = 0.0
        self._began = 0.0
        self._halted = False
        self._next = self._timer(self.look)
        self._slow = self._timer(self._no_answer)

    def _timer(self, act: Any) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(act)
        return timer

    def every(self, seconds: float) -> None:
        """Report changes from now on, after at most *seconds* where there are no events; 0: off."""
        if seconds == self._seconds:
            return
        before, self._seconds = self._seconds, seconds
        if not seconds:
            self._next.stop()
            self._leave_stream()
        elif not before:
            self.look()
        elif self._next.isActive() and not self._failures:
            self._next.start(round(min(self._next.remainingTime(), seconds * 1000)))

    def look(self) -> None:
        """Query now, unless a query is running or the watch is off. With events the known state is current:
        it is reported again."""
        self._next.stop()
        if self._job is not None and self._live:
            QTimer.singleShot(0, self, self._tell)
        if self._job is not None or not self._seconds or self._halted:
            return
        host, answers = self._host, self._answers
        self._live, self._status, self._silent = time.monotonic() >= self._no_events_until, None, False

        def work(_emit: Emit, _cancel: CancelToken) -> Any:
            return read_status(host, answers)

        def listen(_emit: Emit, cancel: CancelToken, put: Put) -> None:
            try:
                live.follow(host, answers, put, cancel)
            except live.NoEvents:
                return

        self._job = job = self._jobs.stream(listen) if self._live else self._jobs.look(work)
        self._began = time.monotonic()
        job.items.connect(lambda items: self._stream_items(job, items))
        job.done.connect(lambda status: self._done(job, status))
        job.failed.connect(lambda error: self._fail(job, error))
        job.cancelled.connect(lambda: self._fail(job, None))
        if self._last:
            self._slow.start(round((PATIENCE_SECONDS + 2 * self._last) * 1000))

    def retry(self) -> None:
        """A person asks to try at once, also what does not pass by itself."""
        self._halted = False
        if self._silent:
            self._leave_stream()
        self.look()

    def stop(self) -> None:
        """No more queries; the result of a running one is not reported."""
        self._next.stop()
        self._slow.stop()
        self._leave_stream()
        self._job, self._halted = None, True

    def _leave_stream(self) -> None:
        """A look ends by itself, a stream does not."""
        if self._job is not None and self._live:
            self._slow.stop()
            job, self._job = self._job, None
            job.leave()

    def _stream_items(self, job: Job, items: tuple[Status | live.Alive, ...]) -> None:
        """By the stream: of what came at once the newest matters."""
        if self._job is not job:
            return
        found = [item for item in items if not isinstance(item, live.Alive)]
        if self._status is None:
            self._last = max(0.1, time.monotonic() - self._began)
        self._failures = 0
        self._slow.start(round((PATIENCE_SECONDS + live.ALIVE_SECONDS) * 1000))
        old = time.monotonic() - self._reported_at >= self._seconds
        if found or self._silent or old:
            self._silent = False
            self._status = found[-1] if found else self._status
            self._tell()

    def _tell(self) -> None:
        """Report the last state of the stream, which is current as long as the connection answers."""
        if self._job is not None and self._live and self._status is not None and not self._silent:
            self._reported_at = time.monotonic()
            self.seen.emit(self._status)

    def _done(self, job: Job, status: Any) -> None:
        if self._job is not job:
            return
        self._job = None
        self._slow.stop()
        if self._live:
            self._no_events_until = time.monotonic() + NO_EVENTS_SECONDS
            self.look()
            return
        self._failures = 0
        self._last = max(0.1, time.monotonic() - self._began)
        self.seen.emit(status)
        self._plan(self._seconds)

    def _fail(self, job: Job, error: InstallError | None) -> None:
        if self._job is not job:
            return
        self._job = None
        self._slow.stop()
        wait = WAITS[min(self._failures, len(WAITS) - 1)]
        if self._seconds > WAITS[-1]:  # not in view: no need for a fast retry
            wait = self._seconds
        self._failures += 1
        if error is not None:
            self._halted = not passes(error)
            self.failed.emit(error)
        self._plan(wait)

    def _plan(self, seconds: float) -> None:
        if self._seconds and not self._halted:
            self._next.start(round(seconds * 1000))

    def _no_answer(self) -> None:
        """The query continues; meanwhile what is on the screen is out of date."""
        self._silent = True
        remote = self._answers.target.host_kind.remote
        code = Code.SSH_CONNECTION_LOST if remote else Code.DOCKER_NOT_RUNNING
        self.failed.emit(InstallError(code, {"host": self._host.label}))
