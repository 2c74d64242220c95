"""Looks for a cited line: among the loaded ones, then further back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from installer.logs.cited_line import nearest, newest, written
from installer.views.panel import LogState, Seeking
from ui.panel.logs.follower import LogFollow

if TYPE_CHECKING:
    from installer.core.cancel import CancelToken
    from installer.logs.log_buffer import LogBuffer
    from ui.background.jobs import Job, Jobs
    from ui.panel.intents import ShowLogLine

#: Interval of progress reports; a search that ends sooner reports none.
PROGRESS_MS = 300
#: How often lines further back are asked for, if they do not come.
_TRIES = 3


class _Seen(NamedTuple):
    """What was found in a buffer. *sure*: lines further back cannot be better; *newest_at*: when the newest
    line of another time was written, None if there is none."""

    number: int
    sure: bool
    newest_at: float | None = None


class LogSeek(QObject):
    """Looks in what *follow* reads. ``jump`` gives the line's number, ``progressed`` each new ``Seeking``."""

    jump = Signal(int)
    progressed = Signal(object)

    def __init__(self, jobs: Jobs, follow: LogFollow) -> None:
        super().__init__()
        self._jobs, self._follow = jobs, follow
        self.state = Seeking()
        self._intent: ShowLogLine | None = None
        self._job: Job | None = None
        self._tried: tuple[LogBuffer | None, int] = (None, 0)
        #: Whether what is read further back is read for this alone.
        self._reads = False
        self._timer = QTimer(self)
        self._timer.setInterval(PROGRESS_MS)
        self._timer.timeout.connect(self._tell)

    def begin(self, intent: ShowLogLine) -> None:
        """Look for a line, as soon as its log is there."""
        self.drop()
        self._intent, self._tried = intent, (None, 0)
        self._timer.start()
        self.go_on(self._follow.state)

    def stop(self) -> None:
        """Look no longer, and say so; where it is over: how it ended was read."""
        if self._intent is None:
            self._set(Seeking())
        else:
            self._end("stopped")

    def read(self) -> None:
        """The user has read how it ended; a running search continues."""
        if self._intent is None:
            self._set(Seeking())

    def drop(self) -> None:
        """The result is no longer needed."""
        self._halt()
        self._set(Seeking())

    def go_on(self, log: LogState) -> None:
        """How following goes now."""
        if self._intent is None or self._job is not None:
            return
        if log.phase == "live" and not log.older:
            self._look(self._intent)
        elif log.phase == "nothing":
            self._end("missing")

    def _look(self, intent: ShowLogLine) -> None:
        buffer = self._follow.buffer
        assert buffer is not None  # noqa: S101
        job = self._jobs.look(lambda _emit, cancel: _seen(buffer, intent, cancel))
        self._job = job
        job.done.connect(lambda seen: self._looked(job, buffer, seen))

    def _looked(self, job: Job, buffer: LogBuffer, seen: _Seen) -> None:
        if job is not self._job:
            return
        self._job = None
        if buffer is not self._follow.buffer:  # more was read meanwhile: its lines have other numbers
            self.go_on(self._follow.state)
        elif not seen.sure and self._read_on(buffer):
            return  # it is looked for again once that is there
        elif seen.number >= 0:
            self.drop()
            self.jump.emit(seen.number)
        elif not seen.sure:
            self._end("unread")
        elif seen.newest_at is not None:
            self._end("other_time", newest_at=seen.newest_at)
        else:
            self._end("further" if buffer.cut else "missing")

    def _read_on(self, buffer: LogBuffer) -> bool:
        """Have lines further back read; whether they will come."""
        tries = self._tried[1] + 1 if self._tried[0] is buffer else 1
        if tries > _TRIES:
            return False
        self._tried = buffer, tries
        self._reads = not self._follow.state.older
        self._follow.older()
        return self._follow.state.older or self._follow.state.phase == "waiting"

    # ------------------------------------------------------------------ telling

    def _tell(self) -> None:
        """Report the progress."""
        if self._intent is not None:
            self._set(replace(self._about(self._intent), phase="busy", read=self._read_so_far()))

    def _read_so_far(self) -> int:
        return self._follow.read if self._follow.state.older else -1

    def _about(self, intent: ShowLogLine) -> Seeking:
        return Seeking(service=intent.service, wanted=intent.lines, when=intent.when)

    def _end(self, phase: Any, newest_at: float = 0.0) -> None:
        """It is over without a line to show."""
        assert self._intent is not None  # noqa: S101
        ended = replace(self._about(self._intent), phase=phase, newest_at=newest_at)
        self._halt()
        self._set(ended)

    def _halt(self) -> None:
        self._timer.stop()
        job, self._job, self._intent = self._job, None, None
        if job is not None:
            job.cancel()
        reads, self._reads = self._reads, False
        if reads:
            self._follow.stop_older()

    def _set(self, state: Seeking) -> None:
        if state != self.state:
            self.state = state
            self.progressed.emit(state)


def _seen(buffer: LogBuffer, intent: ShowLogLine, cancel: CancelToken) -> _Seen:
    service, lines = intent.service, intent.lines
    if not intent.when.failed:
        number = newest(buffer, service, lines, cancel)
        return _Seen(number, number >= 0 or not buffer.cut)
    number, sure = nearest(buffer, service, lines, intent.when, cancel)
    if number >= 0 or not sure:
        return _Seen(number, sure)
    other = newest(buffer, service, lines, cancel)
    return _Seen(-1, sure, written(buffer, other) if other >= 0 else None)
