"""When the bytes of a pull are told, and when they are not yet."""

from __future__ import annotations

import json

from installer.apply.pull_events import PullEvents
from installer.core.events import Event, ImageProgress, StepProgress
from installer.core.secrets import Redactor
from installer.docker.pulls import TICK

A = "a" * 12
PLAN = json.dumps({"images": {"web": [[A, 1000]], "api": [["b" * 12, 500]]}})


def got(count: int) -> str:
    detail = {"current": count, "total": 1000}
    return f"web {json.dumps({'status': 'Downloading', 'progressDetail': detail, 'id': A})}"


class Pull:
    def __init__(self) -> None:
        self.seen: list[Event] = []
        self.now = 100.0
        self.events = PullEvents(self.seen.append, Redactor(), lambda: self.now)

    def take(self, *lines: str, after: float = 0.0) -> list[int]:
        """The bytes that are told for *lines*."""
        self.now += after
        self.seen.clear()
        for line in lines:
            self.events.line(line)
        return [e.done for e in self.seen if isinstance(e, StepProgress)]


def test_what_was_written_before_is_no_news() -> None:
    pull = Pull()
    assert pull.take(PLAN, TICK, got(10), TICK, got(400), TICK, got(700)) == []
    assert pull.take(TICK, after=0.5) == [700]
    told = [(e.image, e.state) for e in pull.seen if isinstance(e, ImageProgress)]
    assert told == [("web", "running"), ("api", "waiting")]


def test_bytes_are_told_some_times_a_second_and_also_when_nothing_comes() -> None:
    pull = Pull()
    pull.take(PLAN, TICK)
    assert pull.take(TICK, after=0.5) == [0]
    assert pull.take(got(10), got(20), after=0.5) == [10]
    assert pull.take(got(30), after=0.1) == []
    assert pull.take(TICK, after=0.4) == [30]
    assert pull.take(TICK, after=0.5) == [30]
    assert not [e for e in pull.seen if isinstance(e, ImageProgress)]  # nothing new of it
    pull.seen.clear()
    pull.events.report()
    assert [e.total for e in pull.seen if isinstance(e, StepProgress)] == [1500]
