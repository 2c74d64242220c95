"""Blocking work beside the window: engine events come back in batches, and every job has one ending.

Threads never touch a Qt object: they fill queues and ring a bell, at which the GUI thread empties them.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal

from installer.apply.plan import Blocked
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit, Event
from ui.background.chunked_work import TURN_SECONDS
from ui.background.wakeup import Bell

if TYPE_CHECKING:
    from ui.background.wakeup import Bell

#: What jobs report reaches the window at once, but not more often than this, in milliseconds.
BATCH_MS = 50
_LOOKS, _GLANCES, _STREAMS = 6, 3, 32

Work = Callable[[Emit, CancelToken], Any]
Put = Callable[[Any], None]


class Desk:
    """What the thread and the job share. Plain Python: a thread must not hold the last reference to a Qt
    object, which would then be destroyed there."""

    def __init__(self) -> None:
        self.work: Work | None = None
        self.bell: Bell | None = None
        self.token = CancelToken()
        self.events: deque[Event] = deque()
        self.items: deque[Any] = deque()
        self.ending: tuple[str, Any] | None = None

    def ring(self) -> None:
        """Something has come."""
        if self.bell is not None:
            self.bell.ring()

    def emit(self, event: Event) -> None:
        """An event of the engine."""
        self.events.append(event)
        self.ring()

    def put(self, item: Any) -> None:
        """An item of a stream."""
        self.items.append(item)
        self.ring()

    def run(self) -> None:
        """The whole job, in its thread."""
        try:
            self._run()
        finally:
            self.ring()

    def _run(self) -> None:
        work, self.work = self.work, None
        assert work is not None  # noqa: S101
        try:
            ending = ("done", work(self.emit, self.token))
        except InstallError as e:
            ending = ("failed", e)
        except Blocked as e:
            ending = ("blocked", e.plan)
        except Cancelled as e:
            # the target did not get the stop request and continues: a lost connection for the page
            unheard = InstallError(Code.CANCEL_UNANSWERED)
            ending = (
                ("failed", unheard) if e.still_running and not self.token.leaving else ("cancelled", None)
            )
        except Exception as e:  # noqa: BLE001  (the one place where everything is caught: the page shows it)
            ending = ("failed", internal_error(e))
        self.ending = ending


class Job(QObject):
    """One piece of work. Signals arrive in the GUI thread; of the last four exactly one is emitted, once."""

    events = Signal(object)  # tuple of Event
    items = Signal(object)  # tuple of whatever the work gave to ``put``
    done = Signal(object)
    failed = Signal(object)  # InstallError
    blocked = Signal(object)  # Plan
    cancelled = Signal()
    over = Signal()  # after any of the four

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.future: Future[None] | None = None

    @property
    def token(self) -> CancelToken:
        """What the work is cancelled by."""
        return self._desk.token

    def cancel(self) -> None:
        """Ask for the end. The hooks of a cancel may talk to the target, so not in this thread."""
        threading.Thread(target=self.token.cancel, name="cancel", daemon=True).start()

    def leave(self) -> None:
        """As ``cancel``, but what runs on the target continues."""
        threading.Thread(target=self.token.leave, name="leave", daemon=True).start()

    def drain(self) -> bool:
        """Deliver what has come; True after the ending."""
        desk = self._desk
        ending = desk.ending  # first: what is reported before the end is delivered before it
        if desk.events:
            self.events.emit(_take(desk.events))
        if desk.items:
            self.items.emit(_take(desk.items))
        if ending is None:
            return False
        kind, value = ending
        if kind == "cancelled":
            self.cancelled.emit()
        else:
            getattr(self, kind).emit(value)
        self.over.emit()
        return True


def _take(queue: deque[Any]) -> tuple[Any, ...]:
    found = []
    for _ in range(len(queue)):
        found.append(queue.popleft())
    return tuple(found)


def internal_error(error: BaseException) -> InstallError:
    """An unexpected exception as an error that can be shown."""
    trace = "".join(traceback.format_exception(error))
    return InstallError(Code.INTERNAL, {"error": type(error).__name__}, detail=trace)


class Jobs(QObject):
    """Runs jobs: changes of an installation one after the other, looks side by side."""

    def __init__(self) -> None:
        super().__init__()
        self._changes: dict[str, ThreadPoolExecutor] = {}
        self._looks = ThreadPoolExecutor(_LOOKS, thread_name_prefix="look")
        self._glances = ThreadPoolExecutor(_GLANCES, thread_name_prefix="glance")
        self._streams = ThreadPoolExecutor(_STREAMS, thread_name_prefix="stream")
        self._running: list[Job] = []
        self._closed = False
        self._bell: Bell | None = None
        self._notifier: QSocketNotifier | None = None
        self._due, self._last = False, 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._deliver)
        self._round: list[Job] = []
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(0)
        self._rest.timeout.connect(self._go_on)

    def change(self, work: Work, lane: str = "") -> Job:
        """Start work that changes something. Jobs of one *lane* (an installation) run one after the other;
        lanes do not wait for each other."""
        if lane not in self._changes:
            self._changes[lane] = ThreadPoolExecutor(1, thread_name_prefix="change")
        return self._begin(Desk(), work, self._changes[lane])

    def look(self, work: Work) -> Job:
        """Start work that only looks."""
        return self._begin(Desk(), work, self._looks)

    def glance(self, work: Work) -> Job:
        """As ``look``, for work in the background: it never takes a thread that a page waits for."""
        return self._begin(Desk(), work, self._glances)

    def stream(self, work: Callable[[Emit, CancelToken, Put], Any]) -> Job:
        """As ``look``, for work that also gets ``put``, which hands an item over with the next batch. It may
        go on for hours: no look waits for its thread."""
        desk = Desk()
        return self._begin(desk, lambda emit, cancel: work(emit, cancel, desk.put), self._streams)

    def _begin(self, desk: Desk, work: Work, pool: ThreadPoolExecutor) -> Job:
        desk.work = work
        job = Job(desk)
        if self._closed:
            # from a timer of the panel or a closing page: the window is gone, the result is not needed
            desk.ending = ("cancelled", None)
            return job
        self._running.append(job)
        desk.bell = self._listen()
        job.future = pool.submit(desk.run)
        # nothing is delivered before the caller has connected: that takes the event loop
        return job

    def _listen(self) -> Bell:
        """Made with the first job: the first window needs none."""
        if self._bell is None:
            self._bell = Bell()
            self._notifier = QSocketNotifier(self._bell.descriptor, QSocketNotifier.Type.Read, self)
            self._notifier.activated.connect(self._heard)
        return self._bell

    def _heard(self) -> None:
        """Something has come: deliver it now, or when the last delivery is long enough ago."""
        if self._bell is not None:
            self._bell.hush()
        self._due = True
        self._plan()

    def _plan(self) -> None:
        if self._due and not self._round and not self._timer.isActive():
            passed = (time.perf_counter() - self._last) * 1000
            self._timer.start(max(0, round(BATCH_MS - passed)))

    def _deliver(self) -> None:
        """Everything that has come, turn by turn: what several jobs bring at once is long to show. A job is
        asked once in a round, so that one with much to say does not keep the others waiting."""
        self._due, self._last = False, time.perf_counter()
        self._round = list(self._running)
        self._go_on()

    def _go_on(self) -> None:
        try:
            self._turn()
        finally:  # also after a slot of a page raised: other jobs have results to deliver
            if self._round and not self._closed:
                self._rest.start()
            else:
                self._plan()

    def _turn(self) -> None:
        # no parent and no deleteLater: a job goes with its last Python reference (deleting one with lambdas
        # connected to it from the event loop ended the process, PySide 6.11.3)
        end = time.perf_counter() + TURN_SECONDS
        while self._round and not self._closed:
            job = self._round.pop(0)
            if job.drain() and job in self._running:
                self._running.remove(job)
            if time.perf_counter() >= end:
                return

    @property
    def running(self) -> tuple[Job, ...]:
        """Jobs that have not ended."""
        return tuple(self._running)

    def close(self, seconds: float = 3.0) -> bool:
        """End everything without stopping what runs on targets. Returns whether all threads ended in time.

        Nothing is delivered from here on, and what is asked for later never begins.
        """
        self._closed = True
        self._timer.stop()
        self._rest.stop()
        if self._notifier is not None:
            self._notifier.setEnabled(False)
        futures = [job.future for job in self._running if job.future]
        for job in self._running:
            job.leave()
        for pool in self._changes.values():
            pool.shutdown(wait=False, cancel_futures=True)
        self._looks.shutdown(wait=False, cancel_futures=True)
        self._glances.shutdown(wait=False, cancel_futures=True)
        self._streams.shutdown(wait=False, cancel_futures=True)
        return not wait(futures, timeout=seconds).not_done
