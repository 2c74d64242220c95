"""Searches a log in a job, including lines that come later."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from installer.core.cancel import CancelToken
from installer.core.events import Emit
from installer.logs.pattern import BadPattern
from installer.logs.search import Query, Search, TooSlow, watch
from ui.background.jobs import Job, Jobs

if TYPE_CHECKING:
    from installer.logs.log_buffer import LogBuffer


class LogSearch(QObject):
    """``began``: what is found next is from the beginning. ``found`` gives the query and what it found lately
    (numbers of lines; None: nothing is searched for); ``progressed`` why it cannot be (``invalid``, ``slow``,
    or nothing), the reason, whether the whole log was searched."""

    began = Signal()
    found = Signal(object, object)
    progressed = Signal(str, str, bool)

    def __init__(self, jobs: Jobs) -> None:
        super().__init__()
        self._jobs = jobs
        self.query = Query()
        self._job: Job | None = None

    def search(self, query: Query, buffer: LogBuffer) -> None:
        """Search *buffer* for *query* from now on."""
        self.stop()
        self.query = query
        if query.empty:
            self.progressed.emit("", "", True)
            self.found.emit(query, None)
            return
        job = self._jobs.stream(_work(query, buffer))
        self._job = job
        self.began.emit()
        job.items.connect(lambda items: self._take(job, items))
        job.done.connect(lambda bad: self._ended(job, *bad))
        job.failed.connect(lambda _: self._ended(job, "", ""))
        self.progressed.emit("", "", False)

    def again(self, buffer: LogBuffer) -> None:
        """Another buffer is shown."""
        if not self.query.empty:
            self.search(self.query, buffer)

    def stop(self) -> None:
        """Search no longer; what was found stays."""
        job, self._job = self._job, None
        if job is not None:
            job.cancel()

    def _take(self, job: Job, items: tuple[Any, ...]) -> None:
        if job is not self._job:
            return
        hits = array("q")
        for item in items:
            hits.extend(item)
        self.found.emit(self.query, hits)
        if not items[-1]:
            self.progressed.emit("", "", True)

    def _ended(self, job: Job, bad: str, why: str) -> None:
        if job is self._job:
            self._job = None
            self.progressed.emit(bad, why, True)


def _work(
    query: Query, buffer: LogBuffer
) -> Callable[[Emit, CancelToken, Callable[[Any], None]], tuple[str, str]]:
    def work(_emit: Emit, cancel: CancelToken, put: Callable[[Any], None]) -> tuple[str, str]:
        try:
            watch(buffer, Search(query), lambda hits, _end: put(hits), cancel)
        except BadPattern as exc:
            return exc.kind, exc.why
        except TooSlow:
            pass
        return "slow", ""

    return work
