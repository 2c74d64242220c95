"""Numbers, times and shapes of data of others: nothing raises, everything has a limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.core.formatting import moment
from installer.untrusted.values import (
    MOST_SECONDS,
    decimal,
    integer,
    items,
    mapping,
    port,
    real,
    timestamp,
    whole,
)

ODD = ["", "²", "٣", "-1", "+1", " 1", "1e9", "0x10", "1_000", "9" * 5000, "nan", "1" * 19]


@pytest.mark.parametrize("text", ODD)
def test_what_is_no_number(text: str) -> None:
    assert whole(text, -7) == -7 and port(text) == 0 and timestamp(text) == 0.0
    assert decimal(text, -7.0) == -7.0


def test_numbers_in_text() -> None:
    assert [whole(t) for t in ("0", "007", "1" * 18)] == [0, 7, int("1" * 18)]
    assert [port(t) for t in ("1", "65535", "0", "65536", "99999999999")] == [1, 65535, 0, 0, 0]
    assert [decimal(t) for t in ("12.5", "3", "3.", ".5", "1.2.3", "inf")] == [12.5, 3.0, 3.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("value", [10**400, float("inf"), float("nan"), True, None, [], {}, "x", b"1"])
def test_what_is_no_number_of_json(value: object) -> None:
    assert integer(value, -7) == -7 and real(value, -7.0) == -7.0 and timestamp(value) == 0.0


def test_values_of_json() -> None:
    assert [integer(v) for v in (5, 2.9, -3, 2**64 - 1, "12")] == [5, 2, -3, 2**64 - 1, 12]
    assert real(1.5) == 1.5 and timestamp(MOST_SECONDS) == MOST_SECONDS and timestamp(-1) == 0.0
    assert mapping({"a": 1}) == {"a": 1} and mapping([1]) == {} == mapping("a")
    assert items([1]) == [1] and items("ab") == [] == items({"a": 1})


@given(st.floats(allow_nan=False))
def test_every_time_can_be_shown(at: float) -> None:
    assert len(moment(at)) == len("2026-11-25 21:13")
