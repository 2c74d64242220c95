"""A log put together again after a broken line: nothing twice, nothing missing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from installer.stack.joint import OVERLAP_SECONDS, Joint
from installer.stack.logs import LogLine


def line(at: float, text: str = "x", service: str = "api") -> LogLine:
    minutes, seconds = divmod(at, 60)
    return LogLine(f"2024-11-21T09:{int(minutes):02}:{seconds:09.6f}Z", service, "stdout", text)


def test_nothing_was_there_yet() -> None:
    assert Joint().since == ""


def test_a_line_is_taken_once() -> None:
    joint = Joint()
    assert joint.take(line(10))
    assert not joint.take(line(10))
    assert joint.take(line(10, "another text at the same time"))
    assert joint.take(line(10, service="worker"))


def test_reading_goes_on_a_little_before_the_end() -> None:
    joint = Joint()
    joint.take(line(60.25))
    assert joint.since == "2024-11-21T09:00:55.000000000Z"


def test_a_late_line_of_another_container_is_taken() -> None:
    joint = Joint()
    joint.take(line(60))
    assert joint.take(line(58, service="worker"))
    assert not joint.take(line(58, service="worker"))


def test_it_forgets_what_cannot_come_again() -> None:
    joint = Joint()
    for second in range(100):
        joint.take(line(second))
    assert len(joint._known) <= OVERLAP_SECONDS + 1


@given(st.lists(st.integers(0, 300), min_size=1, max_size=60), st.data())
def test_whatever_comes_again_from_there_is_known(times: list[int], data: st.DataObject) -> None:
    """All lines up to any place, then again everything since ``since``: each line once."""
    lines = [line(at / 10, f"{n}") for n, at in enumerate(sorted(times))]
    cut = data.draw(st.integers(1, len(lines)))
    joint = Joint()
    taken = [entry for entry in lines[:cut] if joint.take(entry)]
    again = [entry for entry in lines if entry.at >= joint.since[:26] + "Z" or entry.at >= joint.since]
    taken += [entry for entry in again if joint.take(entry)]
    assert taken == lines
