"""The grid of containers on real Engines, through the real window."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from installer.docker.wire import Wire
from installer.hosts.base import Host
from installer.operations.stats import ask
from installer.operations.usage import Usage, after
from tests.fakes import docker_cli
from tests.lab import Lab
from tests.lab_faults.line import line_to
from tests.lab_ui.grid_lab import Panel, Stack, on_server, on_this_computer, ssh
from ui.panel.containers.grid_columns import CPU, MEMORY

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

NAMES, ONE_SHOTS = ("nginx", "api", "redis"), ("init_permissions",)
Open = Callable[[Host, Stack], Panel]


@pytest.fixture(params=["server", pytest.param("this computer", marks=pytest.mark.slow)])
def stack(request: pytest.FixtureRequest, lab: Lab, tmp_path: Path) -> Iterator[Stack]:
    """An installation there."""
    if request.param == "server":
        with on_server(lab, "grid", NAMES, ONE_SHOTS) as made:
            yield made
    else:
        with on_this_computer(lab, tmp_path, NAMES, ONE_SHOTS) as made:
            yield made


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:
    """``panel(host, stack)`` opens the window there."""
    with ExitStack() as ends:

        def make(host: Host, stack: Stack) -> Panel:
            ends.callback(host.close)
            made = Panel(host, stack.answers, tmp_path / "home")
            ends.callback(made.close)
            return made

        yield make


def test_events_are_shown_as_what_they_are(stack: Stack, panel: Open) -> None:
    shown = panel(stack.host(), stack)
    assert [shown.shown(n) for n in (*NAMES, *ONE_SHOTS)] == ["Running"] * 3 + ["Done"]
    stack.docker("pause api")
    shown.until(lambda: shown.shown("api") == "Paused")
    stack.docker("unpause api")
    shown.until(lambda: shown.shown("api") == "Running")
    stack.docker("kill redis")
    shown.until(lambda: shown.shown("redis") == "Stopped")
    stack.docker("rm redis")
    shown.until(lambda: shown.shown("redis") == "Not there")
    shown.until(shown.measured)
    place = shown.section.model.place_of("api")
    assert place is not None
    shown.until(lambda: shown.section.model.lines[place].cells[CPU])
    assert shown.section.model.lines[place].cells[MEMORY]


def test_a_container_that_memory_runs_out_for_is_told(lab: Lab, panel: Open) -> None:
    with on_server(lab, "grid-oom", NAMES) as stack:
        shown = panel(stack.host(), stack)
        stack.docker("rm -f api")
        stack.docker(
            "run -d --name api --memory 16m --memory-swap 16m --label com.docker.compose.project=dify "
            "--label com.docker.compose.service=api busybox:latest sh -c 'exec tail /dev/zero'"
        )
        shown.until(lambda: shown.shown("api") == "Out of memory", 40)


def test_a_cut_line_is_grey_at_once_and_comes_back(lab: Lab, panel: Open) -> None:
    with on_server(lab, "grid-cut", NAMES) as stack:
        assert stack.server is not None
        with line_to(stack.server) as line:
            shown = panel(ssh(lab, stack.key, "127.0.0.1", line.port), stack)
            shown.until(shown.measured)
            line.switch.set({"cut": True, "refuse": True})
            began = time.monotonic()
            shown.until(lambda: shown.shown("api") == "Not known")
            assert time.monotonic() - began < 3
            stack.docker("pause api")
            line.switch.set({})
            shown.until(lambda: shown.shown("api") == "Paused", 40)
            assert shown.controller.state.lost is None


def test_real_numbers_are_those_of_dockers_client(stack: Stack) -> None:
    """The same answers of a real Engine by our formula and by its client's, and beside what the client
    prints."""
    stack.docker(
        "run -d --name busy --label com.docker.compose.project=dify busybox:latest "
        "sh -c 'while :; do :; done'"
    )
    host = stack.host()
    try:
        with Wire(host.docker_stream()) as stream, Wire(host.docker_stream()) as asked:
            stream.open("/containers/busy/stats")
            rest, usage, compared = b"", None, 0
            while compared < 3:
                *whole, rest = (rest + stream.more(20)).split(b"\n")
                for data in map(json.loads, whole):
                    usage, compared = compare(usage, data, compared)
            first = ask(asked, ["busy"])
            time.sleep(1)
            ours = after(Usage(first[0]), ask(asked, ["busy"])[0])
        assert ours.cpu is not None and ours.cpu > 1
        printed = json.loads(stack.docker("stats --no-stream --format '{{json .}}' busy"))
        assert float(printed["MemPerc"].rstrip("%")) == pytest.approx(ours.of_limit, abs=1)
    finally:
        host.close()
        stack.docker("rm -f busy")


def compare(usage: Usage | None, data: dict[str, object], compared: int) -> tuple[Usage | None, int]:
    """Follow the stream with our own formula."""
    from installer.operations.stats import parse_stats

    sample = parse_stats("busy", data)
    assert sample is not None
    usage = after(usage, sample)
    if usage.cpu is None:
        return usage, compared
    assert usage.cpu == pytest.approx(docker_cli.cpu_percent(data), abs=1)
    assert usage.of_limit == pytest.approx(docker_cli.memory_percent(data), abs=1)
    return usage, compared + 1
