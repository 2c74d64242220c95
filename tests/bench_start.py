"""Measures the program beside a PySide6 window with one label: ``bench/start``.

Warm start from the beginning of the process to the first paint (median of ten, in turns), memory and
processor while nothing is done: after everything was loaded and made ahead, on the first page without known
servers. Memory is what the process holds (RSS, ``/proc/self/smaps_rollup``); the processor's time is that of
all its threads over the seconds given.
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
_PROGRAM = """
import sys
import ui.__main__
import ui.shell
show = ui.shell.Shell.show
def watched(self):
    self.installEventFilter(filter)
    show(self)
ui.shell.Shell.show = watched
import ui.app
begin_app = ui.app.App.start
def started(self, *given):
    globals().setdefault("apps", []).append(self)
    begin_app(self, *given)
ui.app.App.start = started
sys.argv = ["dify-installer"]
ui.__main__.main([])
"""


@dataclass(frozen=True)
class Figures:
    """Milliseconds, MiB and percent of one core: the label's window and the program."""

    label_ms: float
    program_ms: float
    label_mib: float
    program_mib: float
    label_cpu: float
    program_cpu: float

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
        label, program = f"{_LEAVE}{_PAINTED}{_LABEL}", f"{_LEAVE}{_PAINTED}{_PROGRAM}"
        run(label, home), run(program, home)
        pairs = [(run(label, home)[0], run(program, home)[0]) for _ in range(runs)]
        stay = f"SECONDS = {seconds}\n{_STAY}{_PAINTED}"
        always = "\ndef ready():\n    return True\n"
        made = """
apps = []
def ready():
    return bool(apps) and apps[0].prepared
"""
        idle = [json.loads(run(stay + text, home)[1]) for text in (always + _LABEL, made + _PROGRAM)]
    return Figures(
        label_ms=1000 * statistics.median(a for a, _ in pairs),
        program_ms=1000 * statistics.median(b for _, b in pairs),
        label_mib=idle[0]["rss"] / 1024,
        program_mib=idle[1]["rss"] / 1024,
        label_cpu=100 * idle[0]["cpu"],
        program_cpu=100 * idle[1]["cpu"],
    )


def rows(found: Figures) -> tuple[str, ...]:
    """The figures for people."""
    start = f"{found.program_ms:.0f} ms of {found.label_ms:.0f} ms: {found.start:.2f} x (wanted 1.5)"
    memory = f"{found.program_mib:.1f} MiB of {found.label_mib:.1f} MiB: {found.memory:.2f} x (wanted 1.4)"
    cpu = f"{found.program_cpu:.2f} % of a core, label {found.label_cpu:.2f} % (wanted 0.5 %)"
    return f"first window  {start}", f"idle memory   {memory}", f"idle CPU      {cpu}"


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
