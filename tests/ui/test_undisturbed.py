"""While the window works, threads wait longer for their turn; afterwards the window has precedence again."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from ui.background.switch_interval import SWITCH_SECONDS, WORK_SECONDS, _Undisturbed


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def interval() -> object:
    """Python keeps whole microseconds."""
    return pytest.approx(sys.getswitchinterval(), abs=2e-6)


def test_the_window_has_precedence() -> None:
    _Undisturbed().begin()
    assert interval() == SWITCH_SECONDS


def test_work_within_work_ends_with_the_outer_one() -> None:
    undisturbed = _Undisturbed()
    undisturbed.begin()
    for _ in range(100):
        with undisturbed:
            assert interval() == WORK_SECONDS
            with undisturbed:
                assert interval() == WORK_SECONDS
            assert interval() == WORK_SECONDS
        assert interval() == SWITCH_SECONDS


def test_also_after_an_error() -> None:
    undisturbed = _Undisturbed()
    undisturbed.begin()
    with pytest.raises(ValueError, match="x"), undisturbed:
        raise ValueError("x")
    assert interval() == SWITCH_SECONDS


def test_a_program_without_a_window_keeps_its_own() -> None:
    before = sys.getswitchinterval()
    with _Undisturbed():
        assert sys.getswitchinterval() == before
    assert sys.getswitchinterval() == before
