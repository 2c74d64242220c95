"""How long is waited."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installer.apply.readiness.timeouts import Patience, database_seconds, small
from installer.facts.model import Facts
from tests.situations import GOOD


def machine(cpus: int, gib: float) -> Facts:
    return replace(GOOD, system=replace(GOOD.system, cpus=cpus, memory=int(gib * 2**30)))


def patience() -> Patience:
    return Patience(100.0, least=600, most=1800, quiet=120)


def test_never_given_up_before_the_least() -> None:
    assert not patience().over(699.9)
    assert patience().over(700.0), "nothing happened for the last two minutes"


def test_signs_of_life_make_it_longer() -> None:
    waiting = patience()
    waiting.saw("log", "line 1", 650.0)
    assert not waiting.over(700.0)
    assert not waiting.over(769.9)
    assert waiting.over(770.0)


def test_the_same_again_is_no_sign_of_life() -> None:
    waiting = patience()
    waiting.saw("container api", "running", 110.0)
    waiting.saw("container api", "running", 690.0)
    assert waiting.over(700.0)


def test_there_is_an_end_whatever_happens() -> None:
    waiting = patience()
    for now in range(100, 1900, 5):
        waiting.saw("log", now, float(now))
        assert not waiting.over(float(now))
    waiting.saw("log", "again", 1900.0)
    assert waiting.over(1900.0)


@pytest.mark.parametrize(
    ("cpus", "gib", "is_small"),
    [(1, 8, True), (4, 2, True), (2, 3.7, False), (0, 0, False), (2, 0, False), (0, 3, True)],
)
def test_small_machines_are_given_more(cpus: int, gib: float, is_small: bool) -> None:
    facts = machine(cpus, gib)
    assert small(facts) is is_small
    usual = Patience(0.0, least=600, most=1800, quiet=120)
    assert usual.over(601.0)
    assert Patience.of(facts, 0.0).over(601.0) is not is_small
    assert (database_seconds(facts) > 180) is is_small
    assert database_seconds(facts) >= 180
