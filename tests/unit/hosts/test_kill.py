"""Ending a process tree: the whole of it, and nobody else whose number is the same."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.hosts.framing import Gate, carry
from installer.hosts.jobs.kill import END_TREE
from tests.shells import SHELLS

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def started(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[19]


@pytest.fixture
def tree() -> Iterator[subprocess.Popen[str]]:
    """A leader with a child in its group and one in a session of its own; the child ignores TERM."""
    text = "(trap '' TERM; while :; do sleep 0.1; done) & echo $!; setsid sleep 60 & echo $!; wait"
    with subprocess.Popen(
        ["sh", "-c", text], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as leader:
        try:
            yield leader
        finally:
            leader.kill()
            subprocess.run(["sh", "-c", END_TREE, "sh", str(leader.pid), "0", ""], check=False)


def end(shell: str, pid: int, start: str) -> int:
    words = [*SHELLS[shell], "-c", END_TREE, "sh", str(pid), "1", start]
    return subprocess.run(words, check=False, timeout=30).returncode


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("known", [True, False])
def test_all_of_it_ends(shell: str, known: bool, tree: subprocess.Popen[str]) -> None:
    assert tree.stdout is not None
    children = [int(tree.stdout.readline()) for _ in range(2)]
    assert end(shell, tree.pid, started(tree.pid) if known else "") == 0
    assert not any(lives(pid) for pid in (tree.pid, *children))


@pytest.mark.parametrize("shell", SHELLS)
def test_a_number_that_was_used_again_is_somebody_else(shell: str, tree: subprocess.Popen[str]) -> None:
    assert tree.stdout is not None
    children = [int(tree.stdout.readline()) for _ in range(2)]
    assert end(shell, tree.pid, str(int(started(tree.pid)) - 1)) == 0
    time.sleep(0.2)
    assert all(lives(pid) for pid in (tree.pid, *children))


@pytest.mark.parametrize(
    "shell", [*SHELLS, *(name for name in ("csh", "tcsh", "fish") if shutil.which(name))]
)
def test_the_marker_tells_pid_and_start(shell: str) -> None:
    words = SHELLS.get(shell, (shell,))
    carrier = carry('echo "$$ $(sed "s/.*) //" /proc/$$/stat | cut -d " " -f 20)"', "0123abcd")
    done = subprocess.run([*words, "-c", carrier.line], capture_output=True, check=True)
    gate = Gate("0123abcd")
    told = gate.feed(done.stdout).decode().split()
    assert [str(gate.pid), gate.began] == told and gate.began.isdigit()
