"""The first window is there soon: at most twice the time of a window with one label, without what it does
not need yet."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUNS = 7

#: Ends at the first paint and says what was imported by then.
_END = """
from PySide6.QtCore import QEvent, QObject
class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            import sys
            heavy = ("paramiko", "docker", "cryptography", "yaml", "installer.engine")
            print(*(m for m in heavy if m in sys.modules))
            sys.stdout.flush()
            import os
            os._exit(0)
        return False
"""
LABEL = f"""
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication(["label"])
window = QLabel("Dify Installer")
{_END}
filter = Painted()
window.installEventFilter(filter)
window.show()
app.exec()
"""
PROGRAM = f"""
import sys
from unittest import mock
{_END}
import ui.__main__
from PySide6.QtWidgets import QApplication
filter = Painted()
show = None
def watched(self):
    self.installEventFilter(filter)
    show(self)
import ui.shell
show = ui.shell.Shell.show
ui.shell.Shell.show = watched
sys.argv = ["dify-installer"]
ui.__main__.main([])
"""


def seconds(program: str, home: Path) -> tuple[float, str]:
    """From the start of the process to its first paint, and what it said."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "DIFY_INSTALLER_HOME": str(home)}
    # compiled once, as on every computer but those of some tests
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = str(home / "compiled")
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return time.perf_counter() - began, done.stdout.strip()


def test_the_first_window(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    seconds(LABEL, tmp_path), seconds(PROGRAM, tmp_path)
    labels, programs = [], []
    for _ in range(RUNS):
        labels.append(seconds(LABEL, tmp_path)[0])
        took, heavy = seconds(PROGRAM, tmp_path)
        programs.append(took)
        assert heavy == "", "imported before the first paint"
    # the fastest of each: what the machine does beside it only ever adds
    label, program = min(labels), min(programs)
    record_property(
        "row", f"label {label * 1000:.0f} ms, first window {program * 1000:.0f} ms: {program / label:.2f} x"
    )
    assert program <= 2 * label


@pytest.mark.parametrize("module", ["ui.app", "ui.pages.welcome", "installer.wizard"])
def test_nothing_heavy_comes_with_what_the_first_paint_needs(module: str) -> None:
    heavy = ("paramiko", "docker", "cryptography", "yaml", "installer.engine", "concurrent.futures")
    program = f"import sys, {module}; print(*(m for m in {heavy!r} if m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
