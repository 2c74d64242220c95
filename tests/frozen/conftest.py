"""One build for all tests here, whichever worker comes first."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD_SECONDS = 600


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder ``dify-installer`` made by ``build.spec`` from this checkout."""
    if importlib.util.find_spec("PyInstaller") is None:
        pytest.skip("LEFT OUT: everything about the frozen program, PyInstaller is not installed.")
    if sys.platform == "linux" and not (shutil.which("strip") and shutil.which("objdump")):
        pytest.skip("LEFT OUT: everything about the frozen program, binutils is not installed.")
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "frozen"
    try:
        shared.mkdir()
    except FileExistsError:
        _wait_for(shared / "over")
    else:
        _build(shared)
    assert (shared / "over").read_text(encoding="utf-8") == "0", (shared / "log").read_text(encoding="utf-8")
    return shared / "dist" / "dify-installer"


def _build(shared: Path) -> None:
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", "build.spec"]
    folders = ["--workpath", str(shared / "work"), "--distpath", str(shared / "dist")]
    code = 1
    try:
        with (shared / "log").open("w", encoding="utf-8") as log:
            command_line = [*command[:-1], *folders, command[-1]]
            done = subprocess.run(command_line, cwd=ROOT, stdout=log, stderr=log, check=False)
        code = done.returncode
        shutil.rmtree(shared / "work", ignore_errors=True)
    finally:
        (shared / "over").write_text(str(code), encoding="utf-8")


def _wait_for(path: Path) -> None:
    end = time.monotonic() + BUILD_SECONDS
    while not path.exists():
        assert time.monotonic() < end, "the other worker does not come to an end with the build"
        time.sleep(0.2)
    while not path.read_text(encoding="utf-8"):
        time.sleep(0.05)
