"""A cited line is found whatever stands before it where it is cited."""

from __future__ import annotations

import pytest

from installer.core.cancel import CancelToken
from installer.logs.cited_line import cited, nearest, newest, place_in, whose, written
from installer.logs.log_buffer import LogBuffer
from installer.state.history import ANY_TIME, Times
from tests.unit.logs.lines import at, head

#: ``lines.at(0)`` in seconds since the epoch.
ZERO = 1732179600.0
SAID = "FATAL:  password authentication failed"


@pytest.mark.parametrize(
    "before",
    [
        "",
        "api  | ",
        "api-1  | ",
        "2026-11-24T08:00:00.512345678Z ",
        "api | 2026-11-24T08:00:00.5Z ",
        "\x1b[36mapi-1  | \x1b[0m",
    ],
)
def test_what_others_write_before_a_line_is_not_cited(before: str) -> None:
    assert cited(before + SAID) == SAID


def test_a_citation_that_is_only_a_beginning_is_kept() -> None:
    assert cited("api | ") == "api |"
    assert len(cited("x" * 500)) == 120


@pytest.mark.parametrize(
    ("service", "line", "found"),
    [
        ("worker", "api | x", "worker"),
        ("", "api | x", "api"),
        ("", "db_postgres-1  | x", "db_postgres"),
        ("", "no_such_service | x", ""),
        ("", "x", ""),
        ("", "2026-11-24T08:00:00.5Z x", ""),
    ],
)
def test_whose_line_it_is(service: str, line: str, found: str) -> None:
    assert whose(service, (line,)) == found


def test_the_newest_one_is_found() -> None:
    buffer = LogBuffer()
    buffer.tags("api")
    for n, text in enumerate([SAID, "fine", f"again: {SAID}", "fine"]):
        buffer.append([head(n)], [text.encode() + b"\n"])
    assert newest(buffer, "api", (f"api-1  | {SAID}",), CancelToken()) == 2
    assert newest(buffer, "worker", (SAID,), CancelToken()) == -1
    buffer.close()


def buffer_of(*lines: tuple[float, str], service: str = "api") -> LogBuffer:
    buffer = LogBuffer()
    buffer.tags(service)
    for second, text in lines:
        buffer.append([head(second)], [text.encode() + b"\n"])
    return buffer


def run(begun: float, failed: float) -> Times:
    return Times(ZERO + begun, ZERO + failed)


@pytest.mark.parametrize(
    ("when", "found"),
    [
        (run(700, 760), 2),  # the newest one before it failed, not the one of the next run
        (run(700, 720), 1),  # nearer than the one after it
        (run(700, 740), 2),  # nearer than the one before it
        (run(1900, 1950), 3),
        (Times(0, ZERO + 760), 2),  # of a run whose beginning is forgotten
        (run(1100, 1200), -1),  # one before and one after: both too far from the run
        (run(350, 450), 1),  # clocks differ by less than five minutes
        (run(350, 390), -1),  # by more
    ],
)
def test_the_one_of_the_run_s_time_is_found(when: Times, found: int) -> None:
    buffer = buffer_of((0, SAID), (700, SAID), (755, f"again: {SAID}"), (2000, SAID), (2001, "fine"))
    assert nearest(buffer, "api", (f"api-1  | {SAID}",), when, CancelToken()) == (found, True)
    assert nearest(buffer, "worker", (SAID,), when, CancelToken()) == (-1, True)
    assert written(buffer, 1) == ZERO + 700 and written(buffer, 99) == 0
    buffer.close()


def test_the_first_citation_that_is_there_counts() -> None:
    buffer = buffer_of((600, "one"), (601, "two"))
    assert nearest(buffer, "", ("none", "one", "two"), run(590, 610), CancelToken()) == (0, True)
    buffer.close()


def test_lines_that_are_not_loaded_may_be_better() -> None:
    buffer = buffer_of((650, SAID), (700, "fine"))
    buffer.cut, buffer.cut_at = True, at(640)

    def look(when: Times, text: str = SAID) -> tuple[int, bool]:
        return nearest(buffer, "", (text,), when, CancelToken())

    assert look(run(600, 660)) == (0, True), "older ones are further away"
    assert look(run(630, 640)) == (0, False), "one from before the failure may be nearer"
    assert look(run(1200, 1260)) == (-1, True), "all of the run is there"
    assert look(run(930, 1260), "nowhere") == (-1, False), "clocks may differ"
    buffer.close()


LOG = f"""{at(10).decode()} {SAID}
{at(600).decode()} \x1b[31mFATAL:\x1b[0m  password authentication failed for dify
{at(601).decode()} \tfine
{at(2000).decode()} {SAID}
"""


@pytest.mark.parametrize(
    ("when", "line", "other"),
    [
        (run(0, 20), 0, False),
        (run(590, 610), 1, False),
        (run(1990, 2010), 3, False),
        (run(1200, 1210), 3, True),
        (ANY_TIME, 3, False),
    ],
)
def test_the_one_of_the_run_s_time_in_a_report(when: Times, line: int, other: bool) -> None:
    place, of_other_time = place_in(LOG, ("no such words", f"api | {SAID}"), when)
    assert (LOG[:place].count("\n"), of_other_time) == (line, other)


def test_what_is_not_in_a_report_or_has_no_times() -> None:
    assert place_in(LOG, ("no such words", ""), ANY_TIME) == (-1, False)
    assert place_in(LOG, ("    fine",), ANY_TIME)[0] == LOG.index(at(601).decode())
    assert place_in(f"a\n{SAID}\nb\n", (SAID,), run(0, 9)) == (2, False)
