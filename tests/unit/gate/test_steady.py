"""A container that ends again and again is not taken for one that runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from installer.apply.readiness.crash_loop import engine_time, just_started, steady, unproven
from installer.docker.containers import Container

UP = "2026-11-26T02:30:00.5Z"


class Engine:
    """*seconds* after ``UP`` by its own clock, in Japan."""

    def __init__(self, seconds: int) -> None:
        self.seconds, self.asked = seconds, 0

    def info(self) -> dict[str, Any]:
        self.asked += 1
        return {"SystemTime": f"2026-11-26T11:30:{self.seconds:02}.500000123+09:00"}


def container(restarts: int, state: str = "running") -> Container:
    return Container("1", "worker", "dify-worker-1", state, "", 0, "x", (), UP, restarts)


def state(engine: Engine, one: Container) -> str:
    (found,) = steady(engine, [one])  # type: ignore[arg-type]
    return found.state


@pytest.mark.parametrize(("seconds", "seen"), [(1, "restarting"), (9, "restarting"), (10, "running")])
def test_one_that_was_started_again_must_stay_up(seconds: int, seen: str) -> None:
    assert state(Engine(seconds), container(restarts=3)) == seen


@pytest.mark.parametrize("one", [container(0), container(3, "exited"), container(3, "restarting")])
def test_others_are_as_they_are_and_no_clock_is_asked(one: Container) -> None:
    engine = Engine(1)
    assert state(engine, one) == one.state
    assert engine.asked == 0


@pytest.mark.parametrize(("seconds", "health", "left"), [(1, "", 1), (9, "starting", 1), (10, "", 0)])
def test_one_that_began_just_now_may_still_end(seconds: int, health: str, left: int) -> None:
    one = replace(container(0), health=health)
    assert len(unproven(Engine(seconds), [one])) == left  # type: ignore[arg-type]


@pytest.mark.parametrize(("seconds", "begun"), [(1, True), (2, False)])
def test_the_first_moment_is_short(seconds: int, begun: bool) -> None:
    assert just_started(Engine(seconds), [container(0)]) is begun  # type: ignore[arg-type]


def test_a_clock_that_was_put_back_makes_nobody_young_for_hours() -> None:
    later = replace(container(0), started_at="2026-11-26T05:00:00Z")
    assert not just_started(Engine(1), [later])  # type: ignore[arg-type]


@pytest.mark.parametrize("one", [replace(container(0), health="healthy"), container(0, "exited")])
def test_whose_check_passed_or_who_ended_is_not_waited_for(one: Container) -> None:
    engine = Engine(1)
    assert not unproven(engine, [one])  # type: ignore[arg-type]
    assert engine.asked == 0


def test_without_a_time_docker_is_believed() -> None:
    assert engine_time("") is None
    assert engine_time("2026-11-26T11:30:00.000000009+09:00") == engine_time("2026-11-26T02:30:00Z")
