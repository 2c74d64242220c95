"""The icon in a tray by XEmbed, on a real X server: the window keeps the keyboard."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.accessibility.desk import Desk, desk, missing

pytestmark = pytest.mark.slow
#: Programs, called as Debian's packages are. This tray tells its icons that they have the keyboard focus.
PROGRAMS = ("stalonetray", "xdotool")

State = dict[str, Any]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Desk]:
    lacking = missing() or " ".join(name for name in PROGRAMS if shutil.which(name) is None)
    if lacking:
        pytest.skip(f"NO TRAY WAS TESTED: {lacking}")
    with desk(tmp_path) as made:
        yield made


class Program:
    """The program and its focus (``servers_program``)."""

    def __init__(self, here: Desk, process: subprocess.Popen[str]) -> None:
        self.here, self._process = here, process
        self._lines: queue.Queue[str] = queue.Queue()
        self.state: State = {}
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)

    def until(self, there: Callable[[State], bool], seconds: float = 20) -> None:
        """Wait until *there* is true of its state."""
        end = time.monotonic() + seconds
        while not (self.state and there(self.state)):
            try:
                self.state = json.loads(self._lines.get(timeout=max(0.0, end - time.monotonic())))
            except queue.Empty:
                raise AssertionError(self.state) from None

    def key(self, name: str) -> None:
        """Press *name* on the keyboard of the X server: it goes to the window that has the input focus."""
        subprocess.run(["xdotool", "key", name], env=self.here.environment, check=True)

    def tab_to(self, name: str) -> None:
        """Press Tab until *name* has the focus."""
        for _ in range(20):
            if self.state["focus"] == name:
                return
            passed = ("", self.state["focus"])
            self.key("Tab")
            self.until(lambda s, passed=passed: s["active"] and s["focus"] not in passed)  # type: ignore[misc]
        raise AssertionError(self.state)


def test_the_window_keeps_the_keyboard_when_its_icon_docks(here: Desk) -> None:
    tray = subprocess.Popen(["stalonetray"], env=here.environment, stderr=subprocess.DEVNULL)
    try:
        with here.start("tests.accessibility.servers_program") as process:
            program = Program(here, process)
            program.until(lambda s: s["ready"] and s["active"])
            program.tab_to("Open One")
            program.key("Return")
            program.until(lambda s: s["docked"])
            time.sleep(1)  # what the tray tells its new icon
            program.tab_to("Logs")
            program.tab_to("Server")
    finally:
        tray.terminate()
        tray.wait(10)
