"""The folder that the probe works in is removed, however the probe ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from installer.facts.gather import script
from tests.shells import SHELLS

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="for servers")


def probe(shell: str, place: Path, call: str) -> list[str]:
    """The command that runs *call* after all functions of the probe, with *place* for ``/dev/shm``."""
    text = script().partition("# In the order of how long they take")[0].replace("/dev/shm", str(place))
    return [*SHELLS[shell], "-c", f"{text}\n{call}", "sh", "===mark", "/nonexistent", "dify"]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE])
def test_nothing_is_left_after_a_signal(tmp_path: Path, shell: str, number: signal.Signals) -> None:
    # a shell cannot trap a signal that was ignored before it started, as SIGHUP is under nohup
    command = ["env", f"--default-signal={number:d}"]
    command += probe(shell, tmp_path, "go slow sleep 20; echo ready; collect 20")
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"ready\n" and list(tmp_path.iterdir())
            process.send_signal(number)
            process.wait(10)
        finally:
            with suppress(ProcessLookupError):  # no part had started yet
                os.killpg(process.pid, signal.SIGKILL)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_what_a_killed_probe_left_is_removed_by_the_next(tmp_path: Path, shell: str) -> None:
    place, elsewhere = tmp_path / "shm", tmp_path / "elsewhere"
    left, recent, public = (place / f"dify-probe.{end}" for end in ("aaaaaa", "bbbbbb", "cccccc"))
    for folder in (elsewhere, left, recent, public):
        folder.mkdir(parents=True, mode=0o700)
        (folder / "docker").write_text("x")
    public.chmod(0o755)
    link, file = place / "dify-probe.dddddd", place / "dify-probe.eeeeee"
    link.symlink_to(elsewhere)
    file.write_text("x")
    before = time.time() - 7200
    for old in (elsewhere, left, public, link, file):
        os.utime(old, (before, before), follow_symlinks=False)
    subprocess.run(probe(shell, place, ":"), stdin=subprocess.DEVNULL, check=True, timeout=20)
    assert sorted(place.iterdir()) == [recent, public, link, file]
    assert (elsewhere / "docker").exists()
