"""Docker is put on a server without one, by the packages of Docker or of the distribution."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from installer.core.cancel import Cancelled
from installer.core.errors import Code, InstallError
from tests.cli_runner import events
from tests.lab import Server
from tests.lab.apt_repository import Repository, build, served
from tests.lab.names import DEBIAN_CODENAME
from tests.lab_apply.conftest import versions
from tests.lab_apply.test_main_job import http_status
from tests.lab_repairs.conftest import Bench, Maker, Workshop

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

#: A server whose sudo wants a password and that has no Docker.
BARE = "vps-bare:difyadmin"
Use = Callable[[str, Path], None]


def steps(objects: tuple[dict[str, Any], ...], kind: str = "step_finished") -> list[str]:
    return [o["step"] for o in objects if o["event"] == kind]


def packages(bench: Bench) -> str:
    return bench.run("dpkg -l | grep -E '^.i +(docker|containerd|runc)' | cut -c 1-40 || true").strip()


def test_without_leave_nothing_is_installed_and_the_repair_is_named(bench: Maker) -> None:
    b = bench(BARE)
    ran = b.cli.json("apply")
    assert ran.exit_code == 3
    (blocker,) = ran.last["blockers"]
    assert (blocker["code"], blocker["repairs"]) == ("docker.missing", ["docker.install"])
    assert packages(b) == ""
    assert b.run(f"ls -A {b.directory} 2>/dev/null || true") == ""
    plan = b.cli.json("plan").last
    assert [(r["id"], r["chosen"]) for r in plan["repairs"]] == [("docker.install", False)]
    words = b.cli.run("apply").stderr
    assert 'add "docker.install" to allow in the table [repairs]' in words


@pytest.mark.slow
def test_with_leave_dify_runs_in_the_end(
    bench: Maker, record_property: Callable[[str, object], None]
) -> None:
    b = bench(BARE)
    b.write(repairs={"allow": ["docker.install"]}, release={"version": versions()[-1]})
    began = time.monotonic()
    ran = b.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    assert ran.last["changed"] is True
    assert steps(ran.objects)[3] == "repair:docker.install", steps(ran.objects)
    assert http_status(f"{b.web}/console/api/setup") == 200
    assert b.run("systemctl is-enabled docker").strip() == "enabled"
    record_property("row", f"docker.install and Dify: {time.monotonic() - began:.0f} s")
    assert "adminpw" not in ran.stdout + b.run(f"cat {b.directory}/.dify-installer/journal.jsonl")
    again = b.cli.json("apply")
    assert (again.exit_code, again.last["changed"]) == (0, False)
    assert not any(step.startswith("repair") for step in steps(again.objects))


@pytest.mark.slow
def test_a_cancel_lets_the_packages_end_and_apply_goes_on(bench: Maker) -> None:
    b = bench(BARE)
    b.write(repairs={"allow": ["docker.install"]}, release={"version": versions()[-1]})
    process = b.cli.start("apply")
    for event in events(process):
        if event["event"] == "line" and "Unpacking" in event["text"]:
            os.killpg(process.pid, signal.SIGINT)
            break
    else:
        pytest.fail("the packages were not unpacked")
    last = list(events(process))[-1]
    assert (process.wait(120), last) == (130, {"event": "cancelled"})
    assert process.stdout
    process.stdout.close()
    assert b.run("dpkg --audit").strip() == "", "nothing is installed half"
    assert "docker.io" in packages(b)
    again = b.cli.json("apply")
    assert again.exit_code == 0, again.stdout[-2000:]
    assert http_status(f"{b.web}/console/api/setup") == 200


@pytest.mark.slow
def test_a_killed_program_leaves_the_repair_running_and_the_next_one_follows(bench: Maker) -> None:
    b = bench(BARE)
    b.write(repairs={"allow": ["docker.install"]}, release={"version": versions()[-1]})
    process = b.cli.start("apply")
    for event in events(process):
        if event["event"] == "line" and event["step"] == "repair:docker.install":
            os.killpg(process.pid, signal.SIGKILL)
            break
    process.wait()
    assert process.stdout
    process.stdout.close()
    again = b.cli.json("apply")
    assert again.exit_code == 0, again.stdout[-2000:]
    assert steps(again.objects, "step_started").count("attach") == 1
    assert http_status(f"{b.web}/console/api/setup") == 200


# ---------------------------------------------------------------- Docker's own repository


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return build(tmp_path_factory.mktemp("apt"), DEBIAN_CODENAME)


@pytest.mark.slow
def test_dockers_own_packages(
    workshop: Callable[..., Workshop], repository: Repository, own_repository: Use
) -> None:
    w = workshop(BARE)
    with served(repository.folder, w.server.place.gateway) as url:
        own_repository(url, repository.key)
        lines = w.make(w.offer("docker.install", Code.DOCKER_MISSING))
        assert any("Docker Engine" in line for line in lines), lines[-20:]
        assert w.run("dpkg-query -W -f '${Status}' docker-ce") == "install ok installed"
        assert w.run("stat -c %a:%U /etc/apt/keyrings/dify-installer-docker.asc") == "644:root"
        assert url in w.run("cat /etc/apt/sources.list.d/dify-installer-docker.sources")
        facts = w.facts()
        assert facts.docker.server and facts.docker.compose
        # once more: there is nothing left to do, and nothing breaks
        before = w.run("dpkg -l | md5sum")
        w.make(w.offer("docker.install", Code.DOCKER_MISSING))
        assert w.run("dpkg -l | md5sum") == before


@pytest.mark.slow
def test_a_repository_signed_by_somebody_else_is_not_used(
    workshop: Callable[..., Workshop], repository: Repository, own_repository: Use
) -> None:
    w = workshop(BARE)
    with served(repository.folder, w.server.place.gateway) as url:
        own_repository(url, Path("resources/keys/docker-apt.asc").resolve())
        lines = w.make(w.offer("docker.install", Code.DOCKER_MISSING))
    assert any("did not answer as it should" in line for line in lines)
    assert w.run("dpkg-query -W -f '${Status}' docker.io") == "install ok installed"
    assert w.run("ls /etc/apt/sources.list.d/ /etc/apt/keyrings/ | grep -c docker || true") == "0"


@pytest.mark.slow
def test_no_source_that_is_new_enough(workshop: Callable[..., Workshop]) -> None:
    w = workshop(BARE)
    with pytest.raises(InstallError) as caught:
        w.make(w.offer("docker.install", Code.DOCKER_MISSING, need="99.0.0"))
    assert caught.value.code is Code.REPAIR_NO_SOURCE
    assert "needed: 99.0.0" in caught.value.detail
    assert w.run("dpkg -l | grep -c docker || true") == "0"


@pytest.mark.slow
def test_podmans_stand_in_makes_room_and_that_was_shown(workshop: Callable[..., Workshop]) -> None:
    w = workshop(BARE)
    w.run(
        "apt-get -qq update && DEBIAN_FRONTEND=noninteractive"
        " apt-get -qq install -y --no-install-recommends podman-docker >/dev/null 2>&1"
    )
    what = w.offer("docker.install", Code.DOCKER_PODMAN)
    assert "- package podman-docker" in what.changes
    w.make(what)
    assert w.run("dpkg-query -W -f '${db:Status-Status}' podman-docker 2>/dev/null || true") != "installed"
    assert w.run("dpkg-query -W -f '${db:Status-Status}' podman") == "installed", (
        "only what was shown is gone"
    )
    assert w.facts().docker.server


# ---------------------------------------------------------------- somebody else installs packages

#: apt's own way to lock: a record lock on the whole file.
HOLD = """
import fcntl, sys, time
file = open("/var/lib/dpkg/lock-frontend", "w")
fcntl.lockf(file, fcntl.LOCK_EX)
open("/run/lab-held", "w").close()
time.sleep(float(sys.argv[1]))
"""


def hold_lock(server: Server, seconds: float) -> None:
    """From another process on the server, like a running apt."""
    server.write("/root/hold.py", HOLD)
    server.run(f"systemd-run --quiet --unit=lab-apt --no-block python3 /root/hold.py {seconds}")
    server.run("until [ -e /run/lab-held ]; do sleep 0.1; done", timeout=30)


def test_it_waits_for_another_package_program_and_says_for_which(workshop: Callable[..., Workshop]) -> None:
    w = workshop(BARE)
    what = w.offer("packages.wait", Code.PACKAGES_BUSY)
    assert w.make_at_once(what) == ["The package manager is free."]
    hold_lock(w.server, 5)
    began = time.monotonic()
    lines = w.make_at_once(what)
    assert time.monotonic() - began > 2
    assert lines[0].startswith("In use by: ") and "python3" in lines[0] and "process" in lines[0]
    assert lines[-1] == "The package manager is free."


def test_waiting_is_cancelled_and_the_other_program_lives_on(workshop: Callable[..., Workshop]) -> None:
    w = workshop(BARE)
    hold_lock(w.server, 60)
    threading.Timer(2, w.cancel.cancel).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        w.make(w.offer("docker.install", Code.DOCKER_MISSING))
    assert time.monotonic() - began < 15
    assert w.run("systemctl is-active lab-apt") == "active"
    assert w.run("dpkg -l | grep -c docker || true") == "0"
