"""The main job, for several releases on several targets: installed, repeated, killed and taken up again."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable

import pytest

from tests.cli_runner import events
from tests.lab_apply.conftest import Bench, Maker, versions

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

TARGETS = ("vps-bare:difyadmin", "vps:difyadmin", "vps:root", "local")

#: Run by ``./test``; the other rows by ``./test --all``.
USUAL = {
    0: ("vps-bare:difyadmin",),  # where Docker is installed first
}


def rows() -> list[object]:
    """Every release on every target."""
    return [
        pytest.param(version, target, marks=[] if target in USUAL.get(number, ()) else [pytest.mark.slow])
        for number, version in enumerate(versions())
        for target in TARGETS
    ]


def http_status(url: str) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return int(answer.status)


def containers(bench: Bench) -> dict[str, tuple[str, str, str, int]]:
    """Service → id, start time, state, exit code; asked of Docker, not of the program under test."""
    ids = bench.run("docker ps -aq --filter label=com.docker.compose.project").split()
    data = json.loads(bench.run(f"docker inspect {' '.join(ids)}")) if ids else []
    return {
        c["Config"]["Labels"]["com.docker.compose.service"]: (
            c["Id"],
            c["State"]["StartedAt"],
            c["State"]["Status"],
            c["State"]["ExitCode"],
        )
        for c in data
    }


def file_times(bench: Bench) -> str:
    """Every file that we place (data in volumes/ lives)."""
    return bench.run(
        f"cd {bench.directory} && find docker .dify-installer -type f "
        "! -path 'docker/volumes/*' ! -name '*.log' -printf '%p %T@\\n' | sort"
    )


def kill_in_the_middle_of_the_pull(bench: Bench) -> None:
    process = bench.cli.start("apply")
    assert process.stdout
    event = {}
    try:
        for event in events(process):
            if (
                event.get("step") == "pull"
                and event["event"] == "step_progress"
                and event["done"] > 1_000_000
            ):
                break
        else:
            pytest.fail(f"apply ended before its pull could be interrupted: {event}")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize(("version", "target"), rows())
def test_main_job(
    bench: Maker, target: str, version: str, record_property: Callable[[str, object], None]
) -> None:
    b = bench(target)
    b.write(release={"version": version}, repairs={"allow": ["docker.install"]})
    began = time.monotonic()

    kill_in_the_middle_of_the_pull(b)
    killed = time.monotonic()

    second = b.cli.json("apply")
    assert second.exit_code == 0, second.stdout[-3000:] + second.stderr
    assert second.last["event"] == "done"
    assert second.last["version"] == version
    assert second.last["changed"] is True
    ready = time.monotonic()

    # ready, seen from outside and without our own program
    assert http_status(f"{b.web}/console/api/setup") == 200
    checks = json.loads(urllib.request.urlopen(f"{b.web}/console/api/_lab").read())["checks"]
    assert checks and all(v is True or v == "ok" for v in checks.values()), checks
    before = containers(b)
    assert all(
        state == "running" or (state, code) == ("exited", 0) for _, _, state, code in before.values()
    ), before

    times, pulls = file_times(b), b.lab.registry.pulls()
    third = b.cli.json("apply")
    assert third.exit_code == 0
    assert third.last["changed"] is False
    assert containers(b) == before
    assert file_times(b) == times
    assert b.lab.registry.pulls() == pulls
    end = time.monotonic()

    record_property(
        "row",
        f"{version:14} {target:14} killed after {killed - began:5.1f} s, ready {ready - killed:5.1f} s "
        f"later, repeated in {end - ready:4.1f} s, {len(before)} services",
    )
