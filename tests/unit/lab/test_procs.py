"""Daemons are known by pid and start time; nothing else is ever stopped."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.lab.locks import held
from tests.lab.procs import Daemon, belonging, run, start_time, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc")


def test_a_daemon_lives_and_ends(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path / "pid", tmp_path / "log", "unit-lab")
    pid = daemon.start(["sleep", "60"], "key")
    assert daemon.pid() == pid
    assert daemon.key() == "key"
    assert wait_until(lambda: pid in belonging("unit-lab", "no-such-group"), 2)
    daemon.stop(2)
    assert daemon.pid() is None
    assert start_time(pid) is None


def test_a_pid_used_again_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text(json.dumps({"pid": os.getpid(), "started": "1", "key": ""}))
    daemon = Daemon(tmp_path / "pid", tmp_path / "log", "unit-lab")
    assert daemon.pid() is None
    daemon.stop()


def test_the_tail_of_what_failed_is_told() -> None:
    with pytest.raises(RuntimeError, match="exit 3"):
        run(["sh", "-c", "echo reason >&2; exit 3"])


def test_a_lock_is_exclusive(tmp_path: Path) -> None:
    script = f"flock -n {tmp_path / 'lock'} true"
    with held(tmp_path / "lock"):
        assert run(["sh", "-c", script], check=False).returncode == 1
    assert run(["sh", "-c", script], check=False).returncode == 0


def test_a_lock_that_its_holder_removed_is_taken_anew(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with held(path):
        path.unlink()
    with held(path):
        assert path.exists()
