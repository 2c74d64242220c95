"""What is kept of a line: a head of fixed width beside its bytes, so that time and service cost nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

#: Width of a time: RFC 3339 with nanoseconds in UTC, as Docker's API writes it (moby, pkg/jsonmessage,
#: RFC3339NanoFixed). Times of this form compare as bytes.
TIME = 30
#: Width of a head: the time and a byte that tells service and stream.
HEAD = TIME + 1
#: Services in one log: they share a byte's values with marks.
MOST_SERVICES = 120
#: The last byte of a mark of ours, which so comes before the lines of its time.
MARK = 0
#: Earlier lines are not loaded; lines are missing here; the container was recreated; earlier lines went, as
#: there is no room for more (of all services).
MARKS = ("cut", "skipped", "recreated", "dropped")

_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?Z\Z")


@dataclass(frozen=True)
class Line:
    """One line. *at* as above; *service* is empty for a mark, whose *text* is of ``MARKS``, and maybe a
    service."""

    at: bytes
    service: str
    error: bool
    mark: bool
    text: bytes


def tag(service: int, *, error: bool = False) -> bytes:
    """The last byte of a head: the number of a service, and the stream."""
    return bytes((service * 2 + 2 + error,))


def fixed(time: bytes) -> bytes | None:
    """*time* in its fixed width, None if it is none. Other engines drop zeros at the end."""
    if len(time) == TIME and time[19] == 0x2E:
        return time if time[29] == 0x5A else None
    m = _TIME.match(time)
    if not m:
        return None
    return time[:19] + b"." + (m[1] or b"").ljust(9, b"0") + b"Z"


def line_time(at: bytes) -> datetime | None:
    """A time as ``datetime`` (UTC, microseconds); None if it is none."""
    try:
        return datetime.strptime(at[:26].decode("ascii"), "%Y-%m-%dT%H:%M:%S.%f").replace(tzinfo=UTC)
    except ValueError:
        return None


def stamp(when: datetime) -> bytes:
    """The other way round."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}000Z".encode()


def before(at: bytes, seconds: float) -> bytes:
    """*seconds* earlier; the same if it is no time."""
    when = line_time(at)
    try:
        return at if when is None else stamp(when - timedelta(seconds=seconds))
    except OverflowError:  # the first second of the year 1, which only a hostile Engine writes
        return at
