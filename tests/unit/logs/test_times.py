"""Times as people write and read them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from installer.logs.line import fixed, line_time, stamp
from installer.logs.times import local, written, zone


@pytest.fixture(autouse=True)
def _tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("9:14", "2026-11-26T09:14:00"),
        (" 09:14:02 ", "2026-11-26T09:14:02"),
        ("09:14:02.5", "2026-11-26T09:14:02.500000"),
        ("23:00", "2026-11-25T23:00:00"),  # still to come today: it was yesterday
        ("2026-11-20", "2026-11-20T00:00:00"),
        ("2026/11/20 7:05", "2026-11-20T07:05:00"),
        ("2026-11-30T23:00", "2026-11-30T23:00:00"),
        ("", None),
        ("25:00", None),
        ("2026-13-01", None),
        ("soon", None),
        ("9", None),
    ],
)
def test_written(text: str, wanted: str | None) -> None:
    now = datetime(2026, 11, 26, 12).astimezone()
    found = written(text, now)
    assert (found and found.replace(tzinfo=None).isoformat()) == wanted


def test_local_time_and_its_zone() -> None:
    assert local(b"2026-11-26T23:14:02.118123456Z") == "2026-11-27 08:14:02.118"
    assert local(b"1970-01-01T00:00:00.000000000Z") == "" and local(b"x") == ""
    assert zone(datetime(2026, 11, 26).astimezone()) == "JST (UTC+09:00)"


def test_the_zone_of_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    assert zone(datetime(2026, 11, 26).astimezone()) == "UTC"


def test_widths() -> None:
    assert fixed(b"2026-11-26T23:14:02.5Z") == b"2026-11-26T23:14:02.500000000Z"
    assert fixed(b"2026-11-26T23:14:02Z") == b"2026-11-26T23:14:02.000000000Z"
    assert fixed(b"2026-11-26 23:14:02Z") is None and fixed(b"x" * 30) is None
    when = line_time(b"2026-11-26T23:14:02.123456789Z")
    assert when is not None and stamp(when) == b"2026-11-26T23:14:02.123456000Z"
