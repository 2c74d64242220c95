"""Measures the grid of containers: ``bench/grid``.

A new server of the lab with 60 small containers that look like an installation, the program's own window and
controller on it over SSH. Printed:

- from the Engine's own time of an event (server and window share this machine's clock) to the end of the
  paint that shows it: median and the longest;
- processor time of this program (all threads) while it shows what all 60 use: in a window with every row, in
  one of the usual size, and in Overview, where only events are listened to; for comparison one stream of
  statistics per container, as many as SSH has room for, without a window;
- how far our formula and that of Docker's client lie apart on recorded answers of the Engine's API.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject, QTimer

from installer.core.errors import InstallError
from installer.docker.wire import Wire
from installer.hosts.base import Host
from installer.operations.stats import parse_stats
from installer.operations.usage import Usage, after
from tests.bench_probe import machine
from tests.fakes import docker_cli
from tests.lab import Lab
from tests.lab_ui.grid_lab import Panel, Stack, on_server
from ui.panel import intents as pi

CONTAINERS, EVENTS, SECONDS = 60, 30, 30
#: So many streams fit into the connections of one log-in (installer/hosts/ssh/pool.py).
STREAMS = 24
NAMES = tuple(f"service-{n:02}" for n in range(CONTAINERS))
_RECORDED = Path(__file__).parents[1] / "data" / "stats" / "stream.json"


@dataclass(frozen=True)
class Figures:
    """Milliseconds; percent of one processor; points. *whole*: every row in view, *usual*: a window of 1040
    by 720, *events*: Overview. *streams*: one stream each, told for all the containers."""

    paint_median: float
    paint_longest: float
    whole: float
    usual: float
    events: float
    streams: float
    apart: float


class Painted(QObject):
    """When a row was painted in a state, by this machine's clock."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self._panel = panel
        self._service, self._word = "", ""
        self.at: float | None = None
        panel.section.grid.viewport().installEventFilter(self)

    def wait_for(self, service: str, word: str) -> None:
        """From now on look for this."""
        self.at, self._service, self._word = None, service, word

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802
        painting = event.type() == QEvent.Type.Paint and self.at is None
        if painting and self._panel.shown(self._service) == self._word:
            QTimer.singleShot(0, self, self._note)  # after this paint
        return False

    def _note(self) -> None:
        self.at = self.at or time.time()


def event_to_paint(panel: Panel, stack: Stack) -> list[float]:
    """Seconds from each event's own time to the end of the paint that shows it."""
    painted, found = Painted(panel), []
    for n in range(EVENTS):
        service = panel.section.grid.in_view()[n // 2 % 6]
        action, word = ("pause", "Paused") if n % 2 == 0 else ("unpause", "Running")
        painted.wait_for(service, word)
        acting = threading.Thread(target=stack.docker, args=(f"{action} {service}",))
        acting.start()
        panel.until(lambda: painted.at is not None)
        acting.join()
        panel.run(1.2)  # the Engine tells of events by whole seconds
        told = stack.docker(
            f"events --since 60s --until 0s --filter container={service} --filter event={action} "
            "--format '{{.TimeNano}}'"
        )
        assert painted.at is not None
        found.append(painted.at - int(told.split()[-1]) / 1e9)
    return found


def streams(host: Host, seconds: float) -> float:
    """Percent of one processor for one stream of statistics per container, read and understood."""
    stop = threading.Event()

    def read(name: str) -> None:
        with suppress(InstallError), Wire(host.docker_stream()) as wire:
            wire.open(f"/containers/{name}/stats")
            rest: bytes = b""
            usage: Usage | None = None
            while not stop.is_set():
                with suppress(TimeoutError):
                    *whole, rest = (rest + wire.more(2.0)).split(b"\n")
                    for sample in (parse_stats(name, json.loads(line)) for line in whole):
                        usage = after(usage, sample) if sample else usage

    threads = [threading.Thread(target=read, args=(name,)) for name in NAMES[:STREAMS]]
    for thread in threads:
        thread.start()
    time.sleep(8)
    before, began = time.process_time(), time.monotonic()
    time.sleep(seconds)
    used = (time.process_time() - before) / (time.monotonic() - began) * 100
    stop.set()
    for thread in threads:
        thread.join(10)
    return used * CONTAINERS / STREAMS


def apart() -> float:
    """Points between our percent and those of Docker's client, at most, on recorded answers."""
    recorded: dict[str, list[dict[str, Any]]] = json.loads(_RECORDED.read_text())
    worst = 0.0
    for found in recorded.values():
        usage: Usage | None = None
        for data in found:
            sample = parse_stats("a", data)
            assert sample is not None
            usage = after(usage, sample)
            if usage.cpu is not None:
                worst = max(worst, abs(usage.cpu - docker_cli.cpu_percent(data)))
            worst = max(worst, abs((usage.of_limit or 0.0) - docker_cli.memory_percent(data)))
    return worst


def loads(panel: Panel, seconds: float) -> tuple[float, float, float]:
    """Percent of a processor: a window with every row, the usual one, Overview."""
    panel.until(panel.measured)
    usual = panel.run(seconds)
    panel.shell.resize(1700, 2600)
    panel.run(1)
    assert len(panel.section.grid.in_view()) == CONTAINERS
    panel.until(panel.measured)
    whole = panel.run(seconds)
    panel.controller.ask(pi.ShowSection("overview"))
    panel.run(2)
    return whole, usual, panel.run(seconds)


def measure(seconds: float) -> Figures:
    """All of it."""
    with on_server(Lab.open(), "bench-grid", NAMES) as stack, tempfile.TemporaryDirectory() as folder:
        host = stack.host()
        panel = Panel(host, stack.answers, Path(folder))
        panel.run(3)
        times = [seconds_ * 1000 for seconds_ in event_to_paint(panel, stack)]
        print(f"event to paint: {sorted(round(t) for t in times)} ms", file=sys.stderr)
        whole, usual, events = loads(panel, seconds)
        print(f"load: {whole:.1f} %, {usual:.1f} %, {events:.1f} %", file=sys.stderr)
        panel.close()
        host.close()
        host = stack.host()
        each = streams(host, seconds)
        host.close()
    return Figures(statistics.median(times), max(times), whole, usual, events, each, apart())


def table(f: Figures) -> Iterator[str]:
    """Lines of Markdown."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    yield f"{time.strftime('%Y-%m-%d')}, commit {commit or '?'}, {machine()}"
    yield ""
    yield "| what | measured | wanted |"
    yield "|---|---|---|"
    yield f"| event to painted grid, median of {EVENTS} | {f.paint_median:.0f} ms | ≤ 150 ms |"
    yield f"| … the longest | {f.paint_longest:.0f} ms | |"
    yield f"| {CONTAINERS} containers with stats, every row in view | {f.whole:.1f} % | ≤ 10 % |"
    yield f"| … in a window of 1040 × 720 | {f.usual:.1f} % | |"
    yield f"| … in Overview, events only | {f.events:.1f} % | |"
    yield f"| … one stream each ({STREAMS} measured), without a window | {f.streams:.1f} % | |"
    yield f"| our formula and that of Docker's client, at most apart | {f.apart:.3f} points | ≤ 1 point |"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each measurement of load")
    options = parser.parse_args(arguments)
    found = measure(options.seconds)
    if options.json:
        print(json.dumps(asdict(found)))
        return 0
    for line in table(found):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
