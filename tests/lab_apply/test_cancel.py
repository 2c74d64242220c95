"""A cancel is heard at once, whatever is being waited for, and also when the line is dead."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.cli_runner import ROOT, events
from tests.lab_apply.conftest import Bench, Maker, versions
from tests.lab_apply.test_main_job import http_status

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

#: What a person waits for at most.
SECONDS = 2.0

Moment = Callable[[dict[str, Any]], bool]


def begun(step: str) -> Moment:
    return lambda event: event["event"] == "step_started" and event["step"] == step


def moves(step: str) -> Moment:
    return lambda e: e["event"] == "step_progress" and e["step"] == step and e["done"] > 0


@pytest.fixture
def over_the_line(bench: Maker) -> Iterator[Bench]:
    """The server, reached through the line that can be bad."""
    b = bench("vps:difyadmin")
    b.lab.line.set({})
    web = str(b.tables["target"]["host"])
    b.write(
        target={"host": "127.0.0.1", "port": b.lab.place.ports.line},
        release={"version": versions()[-1]},
        site={"address": web},
    )
    yield b
    b.lab.line.set({})
    b.lab.registry.faults()


def cancelled(process: subprocess.Popen[str]) -> tuple[float, dict[str, Any]]:
    """Interrupt it: seconds until it was gone, and its last word."""
    at = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    last = list(events(process))[-1]
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(30) == 130
    return time.monotonic() - at, last


def until(process: subprocess.Popen[str], moment: Moment) -> None:
    for event in events(process):
        if moment(event):
            return
    pytest.fail("it ended too early")


@pytest.mark.slow
def test_at_each_step_on_a_line_that_went_dead(over_the_line: Bench) -> None:
    b = over_the_line
    b.lab.registry.faults(bps=15_000_000)
    took: dict[str, float] = {}
    moments = {
        "facts": begun("facts"),
        "upload": begun("upload"),
        "pull": moves("pull"),
        "attach": begun("attach"),
        "ready": begun("ready"),
    }
    for name, moment in moments.items():
        process = b.cli.start("apply")
        until(process, moment)
        b.lab.line.set({"stall": True})
        took[name], last = cancelled(process)
        b.lab.line.set({})
        assert last["event"] == "cancelled", (name, last)
        assert last.get("goes_on", False) == (name in ("pull", "attach")), (name, last)
        if name == "attach":
            b.lab.registry.faults()
    b.lab.line.set({"stall": True})
    process = b.cli.start("apply")
    until(process, begun("connect"))
    time.sleep(0.5)
    took["connect"], _ = cancelled(process)
    b.lab.line.set({})
    assert max(took.values()) < SECONDS, took
    again = b.cli.json("apply")
    assert again.exit_code == 0, again.stdout[-2000:]
    assert http_status(f"{b.web.replace('127.0.0.1', b.lab.place.vps_ip)}/console/api/setup") == 200


@pytest.mark.slow
def test_a_word_at_once_in_the_terminal(over_the_line: Bench) -> None:
    b = over_the_line
    command = [word for word in b.cli.command("apply") if word != "--json"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=b.cli.env(),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("→ Look at the machine"):
            break
    b.lab.line.set({"stall": True})
    at = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    for line in process.stderr:
        if line.startswith("Stopping"):
            break
    heard = time.monotonic() - at
    rest = process.stderr.read()
    assert process.wait(20) == 130
    process.stderr.close()
    assert heard < 0.5, heard
    assert "Cancelled" in rest and time.monotonic() - at < SECONDS
