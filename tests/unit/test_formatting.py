"""How times are written."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from installer.core.formatting import clock_time, moment, moment_or_time
from installer.texts import Texts

DAY = 86_400


def test_a_time_of_today_has_no_date() -> None:
    now, earlier = time.time(), time.time() - 2 * DAY
    assert moment(now).endswith(f" {moment_or_time(now)}")
    assert moment_or_time(earlier) == moment(earlier)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (59.9, "59 s"),
        (125, "2 min 05 s"),
        (3600, "1 h 00 min"),
        (2 * DAY - 1, "47 h 59 min"),
        (2 * DAY, "2 d"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert Texts("en").duration(seconds) == text


def test_a_time_of_day_is_of_this_computer_s_zone() -> None:
    at = datetime(2026, 11, 25, 21, 13, 5).astimezone()
    assert clock_time(at.timestamp() + 0.9) == "21:13:05"
    assert len(clock_time(-1e30)) == len(clock_time(1e30)) == len("21:13:05")
