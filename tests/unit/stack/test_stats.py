"""Counters of containers: recorded answers of an Engine, by our formula and by that of Docker's client."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.core.cancel import Cancelled, CancelToken
from installer.operations import stats
from installer.operations.stats import Sample, Wanted, cpu_percent, parse_stats
from installer.operations.usage import GAP_SECONDS, KEPT, Usage, after, updated
from tests.fakes import docker_cli
from tests.fakes.engine_wire import WireEngine, WireHost

RECORDED: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[2] / "data" / "stats" / "stream.json").read_text()
)
PAIRS = [
    pytest.param(before, now, id=f"{name}-{n}")
    for name, found in RECORDED.items()
    for n, (before, now) in enumerate(itertools.pairwise(found))
]


def sample(data: dict[str, Any]) -> Sample:
    found = parse_stats("a", data)
    assert found is not None
    return found


def version_2(data: dict[str, Any]) -> dict[str, Any]:
    """*data* as control groups of version 2 would tell it (Engine API reference, ContainerStats)."""
    memory = {"usage": 90_000_000, "stats": {"inactive_file": 30_000_000, "file": 50_000_000}, "limit": 10**9}
    blocks = [
        {"major": 8, "minor": 0, "op": "read", "value": 4096},
        {"major": 8, "minor": 0, "op": "write", "value": 8192},
        {"major": 8, "minor": 16, "op": "write", "value": 1},
    ]
    return {**data, "memory_stats": memory, "blkio_stats": {"io_service_bytes_recursive": blocks}}


@pytest.mark.parametrize(("before", "now"), PAIRS)
@pytest.mark.parametrize("change", [dict, version_2])
def test_ours_agrees_with_dockers_own_client(
    before: dict[str, Any], now: dict[str, Any], change: Any
) -> None:
    before, now = change(before), change(now)
    usage = after(Usage(sample(before)), sample(now))
    assert usage.cpu == pytest.approx(docker_cli.cpu_percent(now), abs=1e-9)
    assert usage.sample.memory == docker_cli.memory_used(now)
    assert usage.of_limit == pytest.approx(docker_cli.memory_percent(now))
    assert (usage.sample.received, usage.sample.sent) == docker_cli.network(now)
    assert (usage.sample.from_disk, usage.sample.to_disk) == docker_cli.blocks(now)


def test_recordings_hold_something_to_measure() -> None:
    assert docker_cli.cpu_percent(RECORDED["busy"][2]) > 5
    assert docker_cli.network(RECORDED["net"][2])[1] > 10_000
    assert sample(RECORDED["half"][0]).limit == 64 << 20
    assert docker_cli.blocks(version_2(RECORDED["disk"][0])) == (4096, 8193)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"read": "0001-01-01T00:00:00Z", "cpu_stats": {"cpu_usage": {"total_usage": 0}}, "memory_stats": {}},
        {
            "read": "2026-11-26T13:37:41Z",
            "cpu_stats": {"cpu_usage": {"total_usage": 0}},
            "memory_stats": {"usage": 1},
        },
        {"read": "2026-11-26T13:37:41Z", "cpu_stats": {"cpu_usage": {"total_usage": 5}}, "memory_stats": {}},
    ],
)
def test_a_container_that_does_not_run_has_no_sample(data: dict[str, Any]) -> None:
    assert parse_stats("a", data) is None


ONE = Sample("a", 100.0, 10**9, 10**12, 2, 500, 1000)


def test_without_the_systems_counter_the_clock_tells() -> None:
    first, second = replace(ONE, system=0), replace(ONE, system=0, read=102.0, cpu=2 * 10**9)
    assert cpu_percent(first, second) == pytest.approx(50)


def test_rates_are_per_second_and_two_cores_are_200_percent() -> None:
    now = replace(ONE, read=102.0, cpu=5 * 10**9, system=10**12 + 4 * 10**9, received=200, to_disk=50)
    usage = after(Usage(ONE), now)
    assert usage.cpu == pytest.approx(200)
    assert (usage.received, usage.sent, usage.network, usage.disk) == (100, 0, 100, 25)
    assert usage.of_limit == 50 and len(usage.history) == 1


def test_one_sample_tells_no_rate() -> None:
    usage = after(None, ONE)
    assert (usage.cpu, usage.network, usage.disk, usage.history) == (None, None, None, ())
    assert replace(usage, sample=replace(ONE, limit=0)).of_limit is None


def test_a_container_that_began_again_is_not_measured_across_it() -> None:
    usage = after(Usage(ONE), replace(ONE, read=102.0, cpu=2 * 10**9, system=2 * 10**12))
    again = after(usage, replace(ONE, read=104.0, cpu=5))
    assert again.cpu is None and again.history == ()
    assert after(usage, replace(ONE, id="b", read=104.0)).cpu is None


def test_the_same_sample_twice_changes_nothing() -> None:
    usage = Usage(ONE)
    assert after(usage, ONE) is usage


def test_a_graph_is_bounded_and_begins_anew_after_a_gap() -> None:
    usage = Usage(ONE)
    for n in range(1, KEPT + 9):
        usage = after(usage, replace(ONE, read=ONE.read + 2 * n, memory=n))
    assert len(usage.history) == KEPT and usage.history[-1].memory == KEPT + 8
    late = after(usage, replace(ONE, read=usage.sample.read + GAP_SECONDS + 1))
    assert len(late.history) == 1


def test_containers_that_are_gone_are_forgotten() -> None:
    other = replace(ONE, id="b")
    known = updated({"old": Usage(replace(ONE, id="old"))}, (ONE, other), frozenset({"a"}))
    assert set(known) == {"a"}


# ------------------------------------------------------------------ transport


def answer(path: str, query: Mapping[str, str]) -> tuple[int, Any]:
    """Containers named ``gone`` are not there."""
    if "gone" in path:
        return 404, {"message": "no such container"}
    assert query == {"stream": "false", "one-shot": "true"}
    return 200, RECORDED["busy"][0]


def test_all_wanted_are_asked_for_in_rounds_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(stats, "EACH_SECONDS", 30.0)
    host, wanted, cancel = WireHost(WireEngine(answer)), Wanted(), CancelToken()
    rounds: list[tuple[str, ...]] = []
    arrived = threading.Semaphore(0)

    def put(found: tuple[Sample, ...]) -> None:
        rounds.append(tuple(one.id for one in found))
        arrived.release()

    def run() -> None:
        with suppress(Cancelled):
            stats.follow(host, wanted, put, cancel)
            raise AssertionError("it never returns")

    wanted.set(("a", "gone", "b"))
    thread = threading.Thread(target=run)
    thread.start()
    assert arrived.acquire(timeout=5) and arrived.acquire(timeout=5)
    assert rounds == [("a", "b")] * 2  # the second one soon, for rates
    wanted.set(("a", "c"))  # who comes into view is not waited for
    assert arrived.acquire(timeout=5)
    assert rounds[2] == ("a", "c")
    cancel.cancel()
    thread.join(5)
    assert not thread.is_alive() and host.engine.opened == 1
