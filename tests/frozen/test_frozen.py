"""Freezes this checkout and uses the result as people would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import installer
from installer.core.cancel import CancelToken
from installer.hosts.base import JobEnd, JobLine, JobSpec, Stage
from installer.hosts.local import jobs
from installer.hosts.local.environment import environment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

Row = Callable[[str, object], None]
SUFFIX = ".exe" if sys.platform == "win32" else ""
WINDOW, CONSOLE = f"dify-installer{SUFFIX}", f"dify-installer-cli{SUFFIX}"
LARGEST_MB = 190
#: The window's own process until something is painted, on a slow machine with other work.
LATEST_PAINT_MS = 5000
#: Parts of paths that must not be in the folder.
LEFT_OUT = ("Qt6Network", "libgtk", "libqvnc", "qtbase_de", "QtTest", "tkinter", "ui/wizard/welcome/page.py")

#: Starts the program given after the picture's path on this screen and prints how long it took until
#: something was painted where its window comes up; then takes a picture.
PAINTED = """
import subprocess, sys, time
from PySide6.QtGui import QGuiApplication
app = QGuiApplication(["look"])
screen = app.primaryScreen()
def seen():
    picture = screen.grabWindow(0, 100, 100, 600, 400).toImage()
    return len({picture.pixel(x, y) for x in range(0, 600, 50) for y in range(0, 400, 10)}) > 2
assert not seen(), "the screen is not empty"
begin = time.monotonic()
program = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL)
while not seen():
    assert program.poll() is None, program.returncode
    assert time.monotonic() < begin + 30, "nothing is painted"
    time.sleep(0.005)
print(round((time.monotonic() - begin) * 1000))
time.sleep(1)
assert program.poll() is None
screen.grabWindow(0).save(sys.argv[1])
program.terminate()
program.wait(20)
"""


def megabytes(folder: Path) -> float:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files) / 1e6


def run(*command: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """With the environment of somebody's desktop, not of our virtual environment."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV", "QT_"))}
    return subprocess.run(
        [str(part) for part in command], env={**env, **more}, capture_output=True, text=True, check=False
    )


def test_the_folder_holds_what_it_should(frozen: Path, record_property: Row) -> None:
    names = [path.relative_to(frozen).as_posix() for path in frozen.rglob("*")]
    assert not [name for name in names if any(part in name for part in LEFT_OUT)]
    dangling = [path for path in frozen.rglob("*") if path.is_symlink() and not path.exists()]
    assert not dangling
    assert (frozen / "_internal" / "licences" / "LICENSE").is_file()
    size = megabytes(frozen)
    record_property("row", f"folder          {size:6.1f} MB in {len(names)} files")
    for name in (WINDOW, CONSOLE):
        record_property("row", f"{name:18}{(frozen / name).stat().st_size / 1e6:4.1f} MB")
    assert size <= LARGEST_MB


def test_the_window_program_is_whole(frozen: Path, tmp_path: Path, record_property: Row) -> None:
    report = tmp_path / "report.txt"
    begin = time.monotonic()
    done = run(frozen / WINDOW, "--selftest", "--report", report, QT_QPA_PLATFORM="offscreen")
    record_property("row", f"whole self-test {(time.monotonic() - begin) * 1000:6.0f} ms")
    said = report.read_text(encoding="utf-8") if report.exists() else done.stderr
    assert done.returncode == 0, said
    assert f"program: {installer.__version__} frozen" in said
    assert "console twin: " in said


def test_the_console_program_starts(frozen: Path, record_property: Row) -> None:
    times = []
    for _ in range(3):
        begin = time.monotonic()
        done = run(frozen / CONSOLE, "--version")
        times.append((time.monotonic() - begin) * 1000)
        assert (done.returncode, done.stdout.strip(), done.stderr) == (0, installer.__version__, "")
    record_property("row", f"--version       {sorted(times)[1]:6.0f} ms, the second of three")


@pytest.mark.parametrize("name", [WINDOW, CONSOLE])
def test_a_job_of_this_computer_runs(
    frozen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(frozen / name))
    stages = (Stage("first", ("git", "--version")), Stage("second", ("git", "no-such-command")))
    folder = str(tmp_path / "a job" / "1")
    jobs.start(JobSpec("test", folder, str(tmp_path), stages), environment(), {})
    said = list(jobs.follow(folder, 0, CancelToken()))
    lines = [part.text for part in said if isinstance(part, JobLine)]
    assert lines[0].startswith("git version"), lines
    last = said[-1]
    assert isinstance(last, JobEnd)
    assert last.exit_code == 1
    assert not jobs.running(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="a screen of its own is for Linux")
@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_window_paints(frozen: Path, tmp_path: Path, language: str, record_property: Row) -> None:
    if shutil.which("Xvfb") is None:
        pytest.skip("LEFT OUT: the frozen window on a screen, Xvfb is not installed.")
    read, write = os.pipe()
    screen = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as numbers:
        display = f":{numbers.readline().strip()}"
    picture = tmp_path / f"{language}.png"
    try:
        done = run(
            *(sys.executable, "-c", PAINTED, picture, frozen / WINDOW, "--language", language),
            DISPLAY=display,
            QT_QPA_PLATFORM="xcb",
            DIFY_INSTALLER_HOME=str(tmp_path / "home"),
        )
    finally:
        screen.terminate()
        screen.wait(20)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert picture.stat().st_size > 10_000
    record_property("row", f"window painted  {int(done.stdout):6} ms, {language} (Xvfb)")
    assert int(done.stdout) < LATEST_PAINT_MS
