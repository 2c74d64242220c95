"""A desktop without a screen: X server, window manager, session bus; a program and the client on it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WALK = Path(__file__).with_name("walk.py")
#: Debian's packages that bring what is used here.
PACKAGES = ("xvfb", "openbox", "dbus", "at-spi2-core", "python3-pyatspi", "gir1.2-atspi-2.0")
SYSTEM_PYTHON = "/usr/bin/python3"

Node = dict[str, Any]


def missing() -> str:
    """What is not there, in a sentence; "" if all is."""
    lacking = [name for name in ("Xvfb", "openbox", "dbus-run-session") if shutil.which(name) is None]
    has_client = Path(SYSTEM_PYTHON).exists() and not _quiet(SYSTEM_PYTHON, "-c", "import pyatspi")
    if not has_client:
        lacking.append("pyatspi")
    if not any(Path(p, "at-spi-bus-launcher").exists() for p in ("/usr/libexec", "/usr/lib/at-spi2-core")):
        lacking.append("at-spi-bus-launcher")
    packages = " ".join(PACKAGES)
    return f"{', '.join(lacking)} not there: apt-get install {packages}" if lacking else ""


def _quiet(*argv: str) -> int:
    return subprocess.run(argv, capture_output=True, check=False).returncode


class Desk:
    """``start`` runs a program on it, ``tree``, ``act`` and ``listening`` ask the client."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)

    @contextmanager
    def start(self, *module: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """``python -m`` *module*, ended afterwards."""
        program = subprocess.Popen(
            [sys.executable, "-m", *module],
            cwd=ROOT,
            env=self.environment | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield program
        finally:
            _end(program)

    def tree(self, pid: int) -> list[Node]:
        """Everything the client is told about the program, in the tree's order."""
        return self._ask(pid, "tree")

    def act(self, pid: int, role: str, name: str) -> None:
        """Do the first action of what is shown with *role* and *name*."""
        (answer,) = self._ask(pid, "act", role, name)
        assert answer["result"], answer

    def wait(self, pid: int, role: str, name: str, state: str = "visible", seconds: float = 20) -> list[Node]:
        """The tree once *role* *name* is shown, and in *state*."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            nodes = self.tree(pid)
            if any(
                n["role"] == role and n["name"] == name and {"visible", state} <= {*n["states"]}
                for n in nodes
            ):
                return nodes
            time.sleep(0.2)
        raise AssertionError(f"no {role} {name!r}")

    @contextmanager
    def listening(self, pid: int, seconds: float, *kinds: str) -> Iterator[list[Node]]:
        """Events of *kinds* that come within *seconds*; complete after the block."""
        client = self._client(pid, "listen", str(seconds), *kinds)
        assert client.stdout is not None
        try:
            assert json.loads(client.stdout.readline())["listening"] == list(kinds)
            heard: list[Node] = []
            yield heard
            heard += [json.loads(line) for line in client.stdout]
            assert client.wait(seconds + 10) == 0
        finally:
            _end(client)

    def _ask(self, pid: int, *command: str) -> list[Node]:
        client = self._client(pid, *command)
        out, _ = client.communicate(timeout=60)
        assert client.returncode == 0, f"{command}: {out}"
        return [json.loads(line) for line in out.splitlines()]

    def _client(self, pid: int, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [SYSTEM_PYTHON, "-I", str(WALK), str(pid), *command],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )


def shown(node: Node) -> bool:
    """Whether it is on the page, or could be scrolled into view."""
    return "visible" in node["states"]


def focusable(node: Node) -> bool:
    """Whether it is on the screen and the keyboard can go there."""
    return shown(node) and "focusable" in node["states"]


@contextmanager
def desk(home: Path) -> Iterator[Desk]:
    """A desk of its own on a free display; programs there have *home* as home."""
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("QT_", "DBUS_", "AT_SPI", "XDG_"))
    }
    environment |= {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "QT_QPA_PLATFORM": "xcb",
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
    }
    with ExitStack() as stack:
        environment["DISPLAY"] = stack.enter_context(_screen())
        environment["DBUS_SESSION_BUS_ADDRESS"] = stack.enter_context(_bus(environment))
        manager = subprocess.Popen(["openbox"], env=environment, stderr=subprocess.DEVNULL)
        stack.callback(_end, manager)
        yield Desk(environment)


@contextmanager
def _screen() -> Iterator[str]:
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as numbers:
            yield f":{numbers.readline().strip()}"
    finally:
        _end(server)


@contextmanager
def _bus(environment: Mapping[str, str]) -> Iterator[str]:
    """The session lasts as long as the shell in it waits for a line."""
    session = subprocess.Popen(
        ["dbus-run-session", "--", "sh", "-c", 'echo "$DBUS_SESSION_BUS_ADDRESS"; read -r _ || true'],
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert session.stdout is not None
        yield session.stdout.readline().strip()
    finally:
        _end(session)


def _end(process: subprocess.Popen[Any]) -> None:
    """By closing what it reads if it reads something, else by asking it to."""
    if process.stdin is not None:
        process.stdin.close()
    else:
        process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
    if process.stdout is not None:
        process.stdout.close()
