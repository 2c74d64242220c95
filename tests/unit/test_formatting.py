"""How times are written."""

from __future__ import annotations

import time

import pytest

from installer.core.formatting import moment, moment_or_time
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
