"""The cited line, among those that are there: of the time of the run whose failure it explains,
or the newest one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from installer.core.cancel import CancelToken
from installer.core.thresholds import threshold
from installer.logs.highlighting import plain
from installer.logs.line import TIME, fixed, line_time, stamp
from installer.logs.log_buffer import LogBuffer
from installer.logs.search import Query, Search
from installer.release.services import service as knows
from installer.state.history import Times

#: What ``docker compose logs`` and an installation's own log write before a line: whose it is, Docker's time.
_BEFORE = re.compile(
    r"\s*(?:(?P<service>[A-Za-z0-9][\w.-]{0,80}?)(?:-\d{1,3})? {1,40}\| ?)?"
    r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z )?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Characters of a citation that must agree: it may have been cut, or cleaned.
_SAME = 120


def cited(line: str) -> str:
    """What of a cited *line* a program wrote, as far as a log must agree with it."""
    text = plain(line)
    found = _BEFORE.match(text)
    return (text[found.end() if found else 0 :].strip() or text.strip())[:_SAME]


def whose(service: str, lines: Sequence[str]) -> str:
    """The service whose log *lines* are of: *service* where that is known, or the one they begin with. Empty:
    of none that is known."""
    found = _BEFORE.match(plain(lines[0])) if lines and not service else None
    name = (found["service"] or "") if found else service
    return name if service or knows(name) else ""


@dataclass(frozen=True)
class Window:
    """A run's time in times of lines (``line.TIME``): *since* (empty: no limit) until *until*, around
    *failed*."""

    since: bytes
    failed: bytes
    until: bytes


def window(when: Times) -> Window:
    """Where lines of a run may be. It has its times from the clock of who did it, lines have them from the
    server's: both may differ by as much as the checks let pass."""
    clocks = float(threshold("clock", "stop"))
    since = _stamp(when.started - clocks) if when.started else b""
    return Window(since, _stamp(when.failed), _stamp(when.failed + clocks))


def _stamp(at: float) -> bytes:
    return stamp(_EPOCH + timedelta(seconds=max(at, 0.0)))


def _seconds(at: bytes) -> float:
    """A line's time in seconds since the epoch; 0 if it is none."""
    when = line_time(at)
    return 0.0 if when is None else (when - _EPOCH).total_seconds()


def written(buffer: LogBuffer, number: int) -> float:
    """When a line was written, in seconds since the epoch by the server's clock; 0 if that is not known."""
    try:
        return _seconds(buffer.store.head(number)[:TIME])
    except IndexError:  # forgotten meanwhile
        return 0.0


def nearest(
    buffer: LogBuffer, service: str, lines: Sequence[str], when: Times, cancel: CancelToken
) -> tuple[int, bool]:
    """The number of the line of *service* that holds the first of *lines* that is there in the run's time at
    all, the nearest to its failure; -1 if none is. And whether reading further back cannot give a better
    one. ``Cancelled``."""
    time = window(when)
    for text in filter(None, map(cited, lines)):
        before = _newest(buffer, service, Query(text, since=time.since, until=time.failed), cancel)
        after = _oldest(buffer, service, Query(text, since=time.failed, until=time.until), cancel)
        if after >= 0:
            nearer = 2 * when.failed - written(buffer, after)  # as far away, on the other side
            if before < 0 or written(buffer, before) < nearer:
                return after, buffer.reaches(max(time.since, _stamp(nearer)))
        if before >= 0:
            return before, True
    return -1, buffer.reaches(time.since)


def newest(buffer: LogBuffer, service: str, lines: Sequence[str], cancel: CancelToken) -> int:
    """The number of the newest line of *service* (empty: of any) that holds the first of *lines* that is
    there at all; -1 if none is. ``Cancelled``."""
    for wanted in lines:
        text = cited(wanted)
        if text:
            found = _newest(buffer, service, Query(text), cancel)
            if found >= 0:
                return found
    return -1


def _newest(buffer: LogBuffer, service: str, query: Query, cancel: CancelToken) -> int:
    found = -1
    for hits in Search(query).find(buffer, buffer.store.first, buffer.store.end, cancel):
        found = next(_of(buffer, service, reversed(hits)), found)
    return found


def _oldest(buffer: LogBuffer, service: str, query: Query, cancel: CancelToken) -> int:
    for hits in Search(query).find(buffer, buffer.store.first, buffer.store.end, cancel):
        for number in _of(buffer, service, hits):
            return number
    return -1


def _of(buffer: LogBuffer, service: str, numbers: Iterator[int] | Sequence[int]) -> Iterator[int]:
    """Those that are lines of *service* (empty: of any)."""
    for number in numbers:
        try:
            if not service or buffer.line(number).service == service:
                yield number
        except IndexError:  # forgotten meanwhile
            continue


def place_in(text: str, lines: Sequence[str], when: Times) -> tuple[int, bool]:
    """The same in a report's *text*, whose lines may begin with Docker's times: where the line begins that
    is shown for *lines*, -1 if none is there, and whether it is known to be of another time than the run."""
    for wanted in filter(None, map(cited, lines)):
        found = list(_places(text, wanted))
        if not found:
            continue
        time = window(when)
        if not when.failed or not any(at for _, at in found):
            return found[-1][0], False
        then = [(place, at) for place, at in found if at and time.since <= at < time.until]
        near = [(abs(_seconds(at) - when.failed), -place) for place, at in then]
        return (-min(near)[1], False) if near else (found[-1][0], True)
    return -1, False


def _places(text: str, wanted: str) -> Iterator[tuple[int, bytes]]:
    """Where lines with *wanted* begin, and their times (empty: none)."""
    begin = 0
    for line in text.split("\n"):
        if wanted in line or (not line.isprintable() and wanted in plain(line)):
            yield begin, fixed(line.partition(" ")[0].encode()) or b""
        begin += len(line) + 1
