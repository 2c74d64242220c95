"""Interrupted on purpose: the job on the target ends, too, and everything can be taken up again."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli_runner import Cli, events
from tests.lab_apply.conftest import Bench, Maker, versions
from tests.lab_apply.test_main_job import http_status

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]


def still_working(bench: Bench) -> str:
    """Processes that work in the installation's folder (other labs' are on this machine, too)."""
    return bench.run(f"ls -l /proc/[0-9]*/cwd 2>/dev/null | grep -c '{bench.docker_folder}$' || true").strip()


def until_the_pull(process: subprocess.Popen[str]) -> None:
    for event in events(process):
        if event.get("step") == "pull" and event["event"] == "step_progress" and event["done"] > 0:
            return
    pytest.fail("the pull ended too early")


def rest(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    found = list(events(process))
    assert process.stdout
    process.stdout.close()
    return found


@pytest.mark.slow
@pytest.mark.parametrize("target", ["vps:difyadmin", "local"])
def test_sigint_cancels_on_the_target_and_apply_resumes(bench: Maker, target: str) -> None:
    b = bench(target)
    b.write(release={"version": versions()[-1]})
    b.lab.registry.faults(bps=15_000_000)
    process = b.cli.start("apply")
    until_the_pull(process)
    os.killpg(process.pid, signal.SIGINT)
    ending = rest(process)[-1]
    assert process.wait(30) == 130
    assert ending == {"event": "cancelled"}
    assert still_working(b) == "0"
    b.lab.registry.faults()
    again = b.cli.json("apply")
    assert again.exit_code == 0, again.stdout[-2000:]
    assert http_status(f"{b.web}/console/api/setup") == 200


@pytest.mark.slow
def test_a_second_person_follows_the_first_ones_job(bench: Maker, tmp_path: Path) -> None:
    b = bench("vps:root")
    b.write(release={"version": versions()[-1]})
    b.lab.registry.faults(bps=15_000_000)
    first = b.cli.start("apply")
    until_the_pull(first)
    second = Cli(tmp_path / "another-home", b.cli.answers, b.cli.secrets)
    other = second.start("apply")
    for event in events(other):
        if event.get("step") == "pull":
            break
    else:
        pytest.fail("the second one did not follow the first one's job")
    b.lab.registry.faults()
    endings = [rest(process)[-1] for process in (first, other)]
    assert first.wait(120) == 0, endings
    # the second one may find the first one still looking at the result: then it says who is at work
    code = other.wait(120)
    assert (code, endings[1].get("code")) in ((0, None), (1, "installation.locked")), endings
    assert installed_once(b)


def installed_once(bench: Bench) -> bool:
    jobs = bench.run(f"ls {bench.directory}/.dify-installer/jobs").split()
    return len([j for j in jobs if j.startswith("apply-")]) == 1 and not bench.run(
        f"ls {bench.directory}/.dify-installer/lock 2>/dev/null || true"
    )
