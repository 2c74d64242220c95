"""Blocking work beside the window: engine events come back in batches, and every job has one ending."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from installer.cancel import Cancelled, CancelToken
from installer.errors import Code, InstallError
from installer.events import Emit, Event

#: How often what a job reports reaches the window, in milliseconds.
BATCH_MS = 60
_LOOKS = 6

Work = Callable[[Emit, CancelToken], Any]


class Job(QObject):
    """One piece of work. Signals arrive in the GUI thread; of the last four exactly one is emitted, once."""

    events = Signal(object)  # tuple of Event
    items = Signal(object)  # tuple of whatever the work gave to ``put``
    done = Signal(object)
    failed = Signal(object)  # InstallError
    blocked = Signal(object)  # Plan
    cancelled = Signal()
    over = Signal()  # after any of the four
    _ended = Signal()

    def __init__(self, work: Work, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.token = CancelToken()
        self._work = work
        self._queue: deque[Event] = deque()
        self._items: deque[Any] = deque()
        self._ending: tuple[str, Any] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(BATCH_MS)
        self._timer.timeout.connect(self._drain)
        self._ended.connect(self._finish)
        self.future: Future[None] | None = None

    def start(self, pool: ThreadPoolExecutor) -> Job:
        """Begin in *pool*."""
        self._timer.start()
        self.future = pool.submit(self._run)
        return self

    def put(self, item: Any) -> None:
        """For the work: hand over *item* with the next batch. May be called from any thread."""
        self._items.append(item)

    def cancel(self) -> None:
        """Ask for the end. The hooks of a cancel may talk to the target, so not in this thread."""
        threading.Thread(target=self.token.cancel, name="cancel", daemon=True).start()

    def leave(self) -> None:
        """As ``cancel``, but what runs on the target goes on."""
        threading.Thread(target=self.token.leave, name="leave", daemon=True).start()

    def _run(self) -> None:
        from installer.engine import Blocked

        try:
            self._ending = ("done", self._work(self._queue.append, self.token))
        except InstallError as e:
            self._ending = ("failed", e)
        except Blocked as e:
            self._ending = ("blocked", e.plan)
        except Cancelled:
            self._ending = ("cancelled", None)
        except Exception as e:  # noqa: BLE001  (the one place where everything is caught: the page shows it)
            self._ending = ("failed", internal_error(e))
        try:
            self._ended.emit()
        except RuntimeError:
            pass  # the window is gone

    def _drain(self) -> None:
        if self._queue:
            self.events.emit(_take(self._queue))
        if self._items:
            self.items.emit(_take(self._items))

    def _finish(self) -> None:
        self._timer.stop()
        self._drain()
        kind, value = self._ending or ("cancelled", None)
        if kind == "cancelled":
            self.cancelled.emit()
        else:
            getattr(self, kind).emit(value)
        self.over.emit()
        self.deleteLater()


def _take(queue: deque[Any]) -> tuple[Any, ...]:
    found = []
    for _ in range(len(queue)):
        found.append(queue.popleft())
    return tuple(found)


def internal_error(error: BaseException) -> InstallError:
    """An error nobody expected, as one that can be shown."""
    import traceback

    trace = "".join(traceback.format_exception(error))
    return InstallError(Code.INTERNAL, {"error": type(error).__name__}, detail=trace)


class Jobs(QObject):
    """Runs jobs: changes one after the other, looks side by side."""

    def __init__(self) -> None:
        super().__init__()
        self._changes = ThreadPoolExecutor(1, thread_name_prefix="change")
        self._looks = ThreadPoolExecutor(_LOOKS, thread_name_prefix="look")
        self._running: list[Job] = []

    def change(self, work: Work) -> Job:
        """Start work that changes something."""
        return self._start(work, self._changes)

    def look(self, work: Work) -> Job:
        """Start work that only looks."""
        return self._start(work, self._looks)

    def _start(self, work: Work, pool: ThreadPoolExecutor) -> Job:
        job = Job(work, self)
        self._running.append(job)
        job.over.connect(lambda: self._running.remove(job))
        # connections are made by the caller first: nothing is delivered before the event loop runs again
        return job.start(pool)

    @property
    def running(self) -> tuple[Job, ...]:
        """Jobs that have not ended."""
        return tuple(self._running)

    def close(self, seconds: float = 3.0) -> bool:
        """End everything without stopping what runs on targets. Returns whether all threads ended in time."""
        from concurrent.futures import wait

        futures = [job.future for job in self._running if job.future]
        for job in self._running:
            job.leave()
        self._changes.shutdown(wait=False, cancel_futures=True)
        self._looks.shutdown(wait=False, cancel_futures=True)
        return not wait(futures, timeout=seconds).not_done
