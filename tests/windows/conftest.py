"""A Wine prefix with a Windows Python and the locked packages as Windows wheels, and a screen for it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from installer.core.file_lock import claim
from tests.lab.fixtures import fresh_server, lab

__all__ = ["Wine", "fresh_server", "lab"]

ROOT = Path(__file__).resolve().parents[2]
#: Where the Windows Python lies (``use.sh``, ``python-win64.zip``), unless the variable names another folder.
RIG = Path(os.environ.get("DIFY_WINDOWS") or ROOT.parent / "shared" / "windows")
LOCK = ROOT / "requirements.lock"
PYTHON = "C:/Python313/python.exe"
SETUP_SECONDS = 900


@dataclass(frozen=True)
class Ran:
    """How a Windows process ended."""

    exit_code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Wine:
    """Runs this checkout with the Windows Python. *home* is the program's folder there."""

    environment: Mapping[str, str]
    home: Path

    def python(self, *words: str, seconds: float = 120) -> Ran:
        """``python.exe WORDS`` in the checkout."""
        environment = {**self.environment, "DIFY_INSTALLER_HOME": self.path(self.home)}
        command = ["wine", PYTHON, "-X", "utf8", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, timeout=seconds, check=False
        )
        out, err = (
            part.decode("utf-8", "replace").replace("\r\n", "\n") for part in (done.stdout, done.stderr)
        )
        return Ran(done.returncode, out, err)

    def path(self, path: Path) -> str:
        """*path* as Windows sees it: Wine's drive Z is the root of this machine."""
        return "Z:" + str(path).replace("/", "\\")


@pytest.fixture(scope="session")
def prefix() -> Path:
    """The prefix, set up once for each lock file."""
    if not (RIG / "use.sh").is_file():
        pytest.skip(f"LEFT OUT, everything on Windows: no Windows Python in {RIG} (DIFY_WINDOWS)")
    name = hashlib.sha256(LOCK.read_bytes() + (RIG / "use.sh").read_bytes()).hexdigest()[:16]
    folder = Path("/var/tmp") / f"dify-installer-wine-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    while (claimed := claim(folder / "setup.lock")) is None:
        subprocess.run(["sleep", "1"], check=True)
    try:
        if not (folder / "ready").exists():
            words = ["bash", str(RIG / "use.sh"), str(folder), str(LOCK)]
            # not in the checkout: uv would take the constraints of its pyproject.toml for requirements
            done = subprocess.run(
                words, cwd=folder, capture_output=True, text=True, timeout=SETUP_SECONDS, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
            (folder / "ready").touch()
    finally:
        claimed.release()
    return folder


@pytest.fixture(scope="session")
def screen(prefix: Path) -> Iterator[str]:
    """A display of its own. It must be there before the prefix' first process, or no window ever shows."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x900x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as number:
        display = f":{number.readline().strip()}"
    yield display
    server.terminate()
    server.wait()


@pytest.fixture(scope="session")
def wine(prefix: Path, screen: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wine]:
    """The Windows Python with this checkout."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    runtime = prefix / "xdg"
    runtime.mkdir(mode=0o700, exist_ok=True)
    environment = {
        **kept,
        "DISPLAY": screen,
        "WINEPREFIX": str(prefix),
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml=",
        "XDG_RUNTIME_DIR": str(runtime),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    wineserver = shutil.which("wineserver") or "/usr/lib/wine/wineserver64"
    subprocess.run([wineserver, "-k"], env=environment, check=False)
    yield Wine(environment, tmp_path_factory.mktemp("windows-home"))
    subprocess.run([wineserver, "-k"], env=environment, check=False)
