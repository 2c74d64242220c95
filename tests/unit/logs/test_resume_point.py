"""Going on with a log: nothing twice, nothing missing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from installer.logs import resume_point as module
from installer.logs.resume_point import OVERLAP_SECONDS, ResumePoint
from tests.unit.logs.lines import at, head

Line = tuple[bytes, bytes]


def reread(lines: list[Line], since: bytes) -> list[Line]:
    """As Docker gives it: that time is included."""
    return [line for line in lines if line[0][:-1] >= since]


@given(
    st.lists(st.tuples(st.integers(0, 200), st.sampled_from([b"a", b"b"]), st.integers(0, 1)), max_size=60),
    st.lists(st.integers(0, 60), max_size=3),
    st.booleans(),
)
def test_whatever_comes_again_comes_once(
    made: list[tuple[int, bytes, int]], breaks: list[int], bulk: bool
) -> None:
    """Also lines that are alike to the last bit, and two streams a little out of order."""
    made.sort(key=lambda line: line[0])
    lines = [(head(at_ / 10 + (stream * 0.05)), text + b"\n") for at_, text, stream in made]
    resume_point, taken, there = ResumePoint(), [], 0
    for stop in [*sorted(breaks), len(lines)]:
        stop = max(there, min(stop, len(lines)))
        again = reread(lines[:stop], resume_point.since) if resume_point.newest else lines[:stop]
        if bulk and not resume_point.newest:
            resume_point.remember([h for h, _ in again], [t for _, t in again])
            taken += again
        else:
            resume_point.again()
            taken += [line for line in again if resume_point.take(*line)]
        there = stop
    assert taken == lines


def test_reading_goes_on_a_little_before_the_end() -> None:
    resume_point = ResumePoint()
    assert resume_point.since == b""
    for second in range(100):
        resume_point.take(head(second), b"x\n")
    assert resume_point.since == at(99 - OVERLAP_SECONDS)
    assert resume_point.newest == at(99)


def test_a_flood_is_not_read_again_as_a_whole() -> None:
    resume_point = ResumePoint()
    count = 3 * module.MOST
    heads = [head(n / 1e6) for n in range(count)]
    for start in range(0, count, 1000):
        resume_point.remember(heads[start : start + 1000], [b"x\n"] * 1000)
    assert at((count - module.MOST - 1001) / 1e6) <= resume_point.since
    assert at(0) < resume_point.since
    resume_point.again()
    assert not any(resume_point.take(h, b"x\n") for h in heads if h[:-1] >= resume_point.since)
    assert resume_point.take(head(2), b"x\n")


def test_a_line_read_in_bulk_is_known_when_it_comes_as_text() -> None:
    resume_point = ResumePoint()
    resume_point.remember([head(1)], [b"\xff\xfe broken\r\n"])
    resume_point.again()
    assert not resume_point.take(head(1), "�� broken\n".encode())


def test_what_was_left_out_does_not_come_later() -> None:
    resume_point = ResumePoint()
    resume_point.remember([head(10), head(11)], [b"a\n", b"b\n"])
    assert resume_point.since == at(6)
    resume_point.not_before(at(10))
    assert resume_point.since == at(10) == resume_point.copy().since


def test_it_forgets_what_cannot_come_again() -> None:
    resume_point = ResumePoint()
    for n in range(20_000):
        resume_point.take(head(n / 100), b"x\n")
    assert len(resume_point._recent) < 2_000
