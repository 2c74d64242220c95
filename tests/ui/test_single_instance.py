"""A second start brings the first window to the front."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from installer.core.app_folder import Home
from ui.app import single_instance
from ui.app.single_instance import OnlyWindow, claim_window

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def first(home: Home) -> Iterator[OnlyWindow]:
    found = claim_window(home)
    assert found is not None
    yield found
    found.close()


def test_the_first_window_is_asked_to_show_a_server(
    qtbot: QtBot, home: Home, first: OnlyWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    first.listen(shown.append)
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "token-1")
    assert claim_window(home) is None
    qtbot.waitUntil(lambda: shown == [""])
    assert claim_window(home, "shop") is None
    qtbot.waitUntil(lambda: shown == ["", "shop"])
    assert os.environ["XDG_ACTIVATION_TOKEN"] == "token-1"


def test_after_the_first_window_closed_the_next_start_opens_one(home: Home, first: OnlyWindow) -> None:
    first.listen(lambda _: None)
    first.close()
    again = claim_window(home)
    assert again is not None
    again.close()


def test_a_window_that_does_not_answer_hides_nobody(
    home: Home, first: OnlyWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds the claim and does not listen, as one that hangs."""
    monkeypatch.setattr(single_instance, "ANSWER_SECONDS", 0.2)
    second = claim_window(home)
    assert second is not None
    second.close()


def test_a_folder_that_cannot_be_written_opens_a_window(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = claim_window(Home(tmp_path / "file" / "home"))
    assert found is not None
    found.close()


def test_homes_do_not_share_a_window(tmp_path: Path, first: OnlyWindow) -> None:
    other = claim_window(Home(tmp_path / "other"))
    assert other is not None
    other.close()


def test_two_real_starts(tmp_path: Path) -> None:
    """The second process ends at once, with the first one's window in front; after a kill the next start has
    the window."""
    home = tmp_path / "home"
    environment = {**os.environ, "DIFY_INSTALLER_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "ui"]

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, cwd=ROOT, env=environment)
        end = time.monotonic() + 30
        while not single_instance._bring_to_front(single_instance._address(home), ""):
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.1)
        return process

    window = start()
    try:
        assert subprocess.run(command, cwd=ROOT, env=environment, timeout=30, check=False).returncode == 0
        assert window.poll() is None
        window.kill()
        window.wait()
        window = start()
    finally:
        window.kill()
        window.wait()
