"""The real window for ``bench/logs``, in a process of its own: shows logs of a server while its event loop,
its processor time and its memory are watched. Prints JSON."""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from installer.docker.containers import Container
from installer.logs.search import Query
from installer.views.panel import LogState
from tests.bench_probe import Place
from tests.ui.preview import application, look
from tests.ui.states import panel as states
from ui.background.gc_timer import Collector
from ui.background.jobs import Jobs
from ui.background.switch_interval import undisturbed
from ui.panel.logs.follower import LogFollow
from ui.panel.logs.search import LogSearch
from ui.panel.view import PanelView
from ui.window.window import Shell

#: Milliseconds between looks at the event loop.
BEAT = 2


class Beats(QObject):
    """How late the event loop is, in milliseconds: what a key press would wait. *own*: without the time in
    which the thread could have run, but something else had the processor; *work*: processor time alone."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []
        self.own: list[float] = []
        self.work: list[float] = []
        self._last = self._queued = self._spent = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self.late, self.own, self.work = [], [], []
        self._last, self._queued, self._spent = time.perf_counter(), queued(), time.thread_time()
        self._timer.start()

    def _beat(self) -> None:
        now, waited, spent = time.perf_counter(), queued(), time.thread_time()
        late = max(0.0, (now - self._last) * 1000 - BEAT)
        self.late.append(late)
        self.own.append(max(0.0, late - (waited - self._queued)))
        self.work.append((spent - self._spent) * 1000)
        self._last, self._queued, self._spent = now, waited, spent

    def stop(self) -> dict[str, Any]:
        self._timer.stop()
        return {"late": summary(self.late), "own": summary(self.own), "work": summary(self.work)}


def summary(late: list[float]) -> dict[str, float]:
    """The 99th part and the longest."""
    ordered = sorted(late)
    return {"p99": ordered[int(len(ordered) * 0.99)], "max": ordered[-1], "count": len(ordered)}


def queued() -> float:
    """Milliseconds that this thread has waited for a processor (Documentation/scheduler/sched-stats.rst)."""
    with open(f"/proc/self/task/{threading.get_native_id()}/schedstat", encoding="ascii") as file:  # noqa: PTH123
        return int(file.read().split()[1]) / 1e6


class Bench:
    """A window that follows *services*; each is a container's id."""

    def __init__(self, place: Place, containers: list[Container], depth: int | None) -> None:
        from ui.panel.logs import follower

        if depth is not None:
            follower.DEPTHS = (depth, depth, 0, 0)
        application()
        undisturbed.begin()
        self.collector = Collector()
        ui = look("en", "light")
        self.shell = Shell(ui)
        self.view = PanelView(ui, self.shell, states.running())
        self.state = states.running(section="logs", log=LogState(phase="loading"))
        self.view.show_state(self.state)
        self.shell.resize(1180, 760)
        self.shell.show()
        self.jobs, self.host = Jobs(), place.connect()
        self.log, self.search = LogFollow(self.jobs, self.host), LogSearch(self.jobs)
        self.log.opened.connect(self.view.open_log)
        self.log.changed.connect(self._changed)
        self.search.found.connect(self.view.log.show_hits)
        self.beats, self.containers = Beats(), containers
        self.settle(0.5)
        self.collector.settle()

    def _changed(self, log: LogState) -> None:
        self.view.show_state(states.running(section="logs", log=log))

    def settle(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            QApplication.processEvents()
            time.sleep(0.01)

    def run(self, until: Any, seconds: float = 300.0) -> None:
        """The event loop as the program runs it (without ``QApplication.quit``, which closes the window)."""
        loop, end = QEventLoop(), time.monotonic() + seconds
        timer = QTimer()
        timer.setInterval(50)
        timer.timeout.connect(lambda: loop.quit() if until() or time.monotonic() > end else None)
        timer.start()
        loop.exec()
        timer.stop()

    def ingest(self) -> dict[str, Any]:
        """Until everything is there, then a search for all of it."""
        before = memory()
        self.beats.start()
        self.run(lambda: False, 3)
        idle = self.beats.stop()
        self.beats.start()
        begin = time.perf_counter()
        self.log.follow(("million",), self.containers)
        self.run(lambda: self.log.state.phase == "live" and self.view.log.total >= len(self.log.buffer.store))  # type: ignore[union-attr]
        took = time.perf_counter() - begin
        reading = self.beats.stop()
        lines = self.view.log.total
        self.beats.start()
        assert self.log.buffer is not None
        done: list[bool] = []
        self.search.progressed.connect(lambda _bad, _why, all_: done.append(all_))
        begin = time.perf_counter()
        self.search.search(Query("GET"), self.log.buffer)
        self.run(lambda: done and done[-1])
        found = time.perf_counter() - begin
        return {
            **{"seconds": took, "lines": lines, "reading": reading, "search": found},
            **{"searching": self.beats.stop(), "hits": self.view.log.rowCount()},
            **{"idle": idle, "memory_before": before, "memory": memory(), "peak": peak()},
        }

    def live(self, seconds: float) -> dict[str, Any]:
        """Processor time while lines come."""
        self.log.follow((), self.containers)
        self.run(lambda: self.log.state.phase == "live")
        self.settle(3)
        before, lines, begin = time.process_time(), self.view.log.buffer.store.end, time.perf_counter()
        self.beats.start()
        self.run(lambda: False, seconds)
        took = time.perf_counter() - begin
        cpu = time.process_time() - before
        return {
            **{"seconds": took, "lines": self.view.log.buffer.store.end - lines, "cpu": cpu / took},
            **{"loop": self.beats.stop(), "memory": memory()},
        }

    def close(self) -> None:
        self.log.close()
        self.search.stop()
        self.jobs.close(10)
        self.host.close()
        self.view.stop()


def memory() -> float:
    """MB of this process now."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def peak() -> float:
    """MB at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main() -> int:
    given = json.loads(sys.argv[1])
    place = Place(**given["place"], sessions=lambda: 0)
    containers = [
        Container(c["id"], c["service"], c["service"], "running", "", 0, "", (), "2026-01-01T00:00:00Z", 0)
        for c in given["containers"]
    ]
    ingest = given["what"] == "ingest"
    bench = Bench(place, containers, 0 if ingest else None)
    print(json.dumps(bench.ingest() if ingest else bench.live(given["seconds"])), flush=True)
    bench.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
