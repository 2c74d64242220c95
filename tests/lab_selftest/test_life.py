"""Up, again, beside another, killed, down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.lab import Lab
from tests.lab.place import CHECKOUT, Place, state_folder
from tests.lab.places import find
from tests.lab.procs import belonging, run
from tests.lab_selftest.snapshot import left_behind, machine

pytestmark = pytest.mark.lab
SECOND = f"self-{os.getpid()}"


def command(*words: str, lab_id: str = "") -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **({"LAB_ID": lab_id} if lab_id else {})}
    line = [sys.executable, "-m", "tests.lab", *words]
    return subprocess.run(line, cwd=CHECKOUT, env=env, capture_output=True, text=True, check=False)


def kill_everything(place: Place) -> None:
    """What a machine that runs out of memory might do."""
    for pid in belonging(place.id, place.cgroup):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def second() -> Iterator[str]:
    """The id of a lab beside the shared one, gone afterwards."""
    yield SECOND
    command("down", lab_id=SECOND)


@pytest.fixture
def docker0() -> Iterator[None]:
    """The default bridge of another engine on this machine; made for the test where there is none."""
    ours = not Path("/sys/class/net/docker0").exists()
    if ours:
        run(["ip", "link", "add", "docker0", "type", "bridge"])
    yield
    if ours:
        run(["ip", "link", "delete", "docker0"])


def test_up_again_takes_seconds_and_changes_nothing(lab: Lab) -> None:
    before = lab.engine.docker("ps", "-q", "--no-trunc").split()
    start = time.monotonic()
    again = command("up")
    assert again.returncode == 0, again.stderr
    assert time.monotonic() - start < 5
    assert lab.engine.docker("ps", "-q", "--no-trunc").split() == before


def test_status_tells_what_runs(lab: Lab) -> None:
    state = json.loads(command("status", "--json").stdout)
    assert state["running"]
    assert all(state[part]["answers"] for part in ("registry", "acme", "releases", "line"))
    assert {"vps", "vps-bare", "lab-registry", "lab-acme"} <= {c["name"] for c in state["containers"]}
    assert state["versions"]["engine"]
    assert state["versions"]["compose"]


def test_two_ups_at_once(lab: Lab) -> None:
    line = [sys.executable, "-m", "tests.lab", "up"]
    running = [subprocess.Popen(line, cwd=CHECKOUT, stdout=-1, stderr=-1) for _ in range(3)]
    for process in running:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("docker0")
@pytest.mark.slow
def test_a_second_lab_beside_killed_and_gone_again(lab: Lab, second: str) -> None:
    first = lab.engine.docker("ps", "-q", "--no-trunc")
    before = machine()
    up = command("up", lab_id=second)
    assert up.returncode == 0, up.stderr
    place = find(second)
    assert place is not None
    assert not place.network.overlaps(lab.place.network)
    ours = "|".join([second, place.short, str(place.network[0]).rpartition(".0.0")[0] + r"\."])
    assert {"links", "rules", "control groups", "folders", "processes"} <= set(
        left_behind(before, machine(), ours)
    )

    kill_everything(place)
    again = command("up", lab_id=second)
    assert again.returncode == 0, again.stderr
    assert Lab(place).server("vps").ssh("docker info -f '{{.ServerVersion}}'").stdout.strip()

    assert command("down", lab_id=second).returncode == 0
    assert left_behind(before, machine(), ours) == {}
    assert "docker0" in machine()["links"]
    assert belonging(place.id, place.cgroup) == []
    assert not state_folder(second).exists()
    assert lab.engine.docker("ps", "-q", "--no-trunc") == first


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_down_clears_what_a_kill_left(second: str) -> None:
    before = machine()
    assert command("up", lab_id=second).returncode == 0
    place = find(second)
    assert place is not None
    kill_everything(place)
    assert command("down", lab_id=second).returncode == 0
    ours = "|".join([second, place.short, str(place.network[0]).rpartition(".0.0")[0] + r"\."])
    assert left_behind(before, machine(), ours) == {}
