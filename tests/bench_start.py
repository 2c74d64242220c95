"""Measures the program beside a PySide6 window with one label: ``bench/start``.

Warm start from the beginning of the process to the first paint of the window and to that of the first page
(medians of ten, in turns), memory and processor while nothing is done, on the first page without known
servers: before somebody has come to the window, and after everything was loaded and made ahead. Memory is
what the process holds (RSS, ``/proc/self/smaps_rollup``); the processor's time is that of all its threads
over the seconds given.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNS = 10
IDLE_SECONDS = 20.0

_PAINTED = """
from PySide6.QtCore import QEvent, QObject
class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            end(watched)
        return False
filter = Painted()
"""
_LEAVE = """
import os
def end(watched):
    os._exit(0)
"""
_STAY = """
import json, os, time, threading
from PySide6.QtCore import QTimer
def rss():
    with open("/proc/self/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("Rss:"))
asked = False
def end(watched):
    global asked
    if not asked:
        asked = True
        QTimer.singleShot(200, settled)
def settled():
    if not ready():
        QTimer.singleShot(500, settled)
    else:
        QTimer.singleShot(3000, begin)
def begin():
    global at, used
    at, used = time.monotonic(), time.process_time()
    QTimer.singleShot(round(SECONDS * 1000), finish)
def finish():
    spent = (time.process_time() - used) / (time.monotonic() - at)
    print(json.dumps({"rss": rss(), "cpu": spent, "threads": threading.active_count()}), flush=True)
    os._exit(0)
"""
_LABEL = """
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication(["label"])
window = QLabel("Dify Installer")
window.installEventFilter(filter)
window.show()
app.exec()
"""
_BEGIN = """
import sys
import ui.__main__
import ui.app.app
apps = []
started = ui.app.app.App.start
def start(self, *given):
    apps.append(self)
    WATCH(self)
    started(self, *given)
ui.app.app.App.start = start
sys.argv = ["dify-installer"]
"""
_WINDOW = """
def WATCH(app):
    app.shell.installEventFilter(filter)
"""
_PAGE = """
def WATCH(app):
    show = app._show_wizard
    def shown(state):
        show(state)
        app.shell.stack.currentWidget().installEventFilter(filter)
    app._show_wizard = shown
"""
_RUN = """
ui.__main__.main([])
"""


@dataclass(frozen=True)
class Figures:
    """Milliseconds, MiB and percent of one core: the label's window and the program. *page*: its first page,
    *loaded*: once everything was made ahead."""

    label_ms: float
    program_ms: float
    page_ms: float
    label_mib: float
    program_mib: float
    loaded_mib: float
    label_cpu: float
    program_cpu: float
    loaded_cpu: float

    @property
    def start(self) -> float:
        """How many times the label's time."""
        return self.program_ms / self.label_ms

    @property
    def memory(self) -> float:
        """How many times the label's memory."""
        return self.program_mib / self.label_mib


def run(program: str, home: Path) -> tuple[float, str]:
    """Seconds from the start of the process to its end, and what it said."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "DIFY_INSTALLER_HOME": str(home)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = str(home / "compiled")
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return time.perf_counter() - began, done.stdout


def measure(runs: int = RUNS, seconds: float = IDLE_SECONDS) -> Figures:
    """Everything, in turns, so that what the machine does beside it meets both."""
    with tempfile.TemporaryDirectory(prefix="dify-bench-") as folder:
        home = Path(folder)
        programs = _LABEL, _BEGIN + _WINDOW + _RUN, _BEGIN + _PAGE + _RUN
        started = [f"{_LEAVE}{_PAINTED}{program}" for program in programs]
        for program in started:
            run(program, home)
        took = [[run(program, home)[0] for program in started] for _ in range(runs)]
        stay = f"SECONDS = {seconds}\n{_STAY}{_PAINTED}"
        always = "\ndef ready():\n    return True\n"
        made = "\ndef ready():\n    apps[0].wake()\n    return apps[0].prepared\n"
        idle = [
            json.loads(run(stay + text, home)[1])
            for text in (always + programs[0], always + programs[2], made + programs[2])
        ]
    label_ms, program_ms, page_ms = (1000 * statistics.median(each) for each in zip(*took, strict=True))
    label_mib, program_mib, loaded_mib = (each["rss"] / 1024 for each in idle)
    label_cpu, program_cpu, loaded_cpu = (100 * each["cpu"] for each in idle)
    return Figures(
        label_ms=label_ms,
        program_ms=program_ms,
        page_ms=page_ms,
        label_mib=label_mib,
        program_mib=program_mib,
        loaded_mib=loaded_mib,
        label_cpu=label_cpu,
        program_cpu=program_cpu,
        loaded_cpu=loaded_cpu,
    )


def rows(found: Figures) -> tuple[str, ...]:
    """The figures for people."""
    ms, mib = found.label_ms, found.label_mib
    cpu = (
        f"{found.program_cpu:.2f} % of a core, loaded {found.loaded_cpu:.2f} %, label {found.label_cpu:.2f} %"
    )
    return (
        f"first window    {found.program_ms:.0f} ms of {ms:.0f} ms: {found.start:.2f} x (wanted 1.5)",
        f"its first page  {found.page_ms:.0f} ms: {found.page_ms / ms:.2f} x",
        f"idle memory     {found.program_mib:.1f} MiB of {mib:.1f} MiB: {found.memory:.2f} x (wanted 1.4)",
        f"... loaded      {found.loaded_mib:.1f} MiB: {found.loaded_mib / mib:.2f} x",
        f"idle CPU        {cpu} (wanted 0.5 %)",
    )


def main() -> int:
    """Print the figures beside what is wanted."""
    options = argparse.ArgumentParser(prog="bench/start")
    options.add_argument("--json", action="store_true")
    options.add_argument("--runs", type=int, default=RUNS)
    options.add_argument("--seconds", type=float, default=IDLE_SECONDS)
    chosen = options.parse_args()
    found = measure(chosen.runs, chosen.seconds)
    if chosen.json:
        print(json.dumps({**asdict(found), "start": found.start, "memory": found.memory}))
        return 0
    print(f"{platform.platform()}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}")
    for row in rows(found):
        print(row)
    return 0


if __name__ == "__main__":
    sys.exit(main())
