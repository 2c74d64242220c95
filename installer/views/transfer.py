"""What is downloaded, how fast, and for how long still. Pure: time is the reports' own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

#: The speed is that of this many seconds.
WINDOW_SECONDS = 10.0
#: A speed of less time than this would jump about.
LEAST_SECONDS = 2.0


@dataclass(frozen=True)
class Transfer:
    """Bytes; *total* 0 = not known. *speed* in bytes a second and *seconds_left* are None until they are
    known."""

    done: int = 0
    total: int = 0
    speed: float | None = None
    seconds_left: float | None = None


@dataclass(frozen=True)
class Track:
    """A transfer as it is now, and its last reports."""

    now: Transfer = Transfer()
    #: (seconds since the epoch, bytes), those of the last ``WINDOW_SECONDS``.
    samples: tuple[tuple[float, int], ...] = field(default=(), repr=False, compare=False)

    def take(self, at: float, done: int, total: int) -> Track:
        """The track after a report of *at*; what is done falls only where *total* is another one."""
        total = max(0, total)
        done = min(max(0, done), total) if total else max(0, done)
        if total == self.now.total:
            done = max(done, self.now.done)
        # a clock that was put back or a count that began again: older samples tell nothing
        kept = [(when, was) for when, was in self.samples if at - WINDOW_SECONDS <= when <= at]
        kept = kept if not kept or kept[-1][1] <= done else []
        samples = (*kept, (at, done))
        speed = _speed(samples)
        left = (total - done) / speed if total and speed else None
        left = 0.0 if total and done == total else left
        return Track(Transfer(done, total, speed, left), samples)

    def silent(self, now: float) -> bool:
        """Whether nothing was reported for as long as the speed is measured over."""
        return bool(self.samples) and now - self.samples[-1][0] > WINDOW_SECONDS


#: Before anything was reported.
NO_TRACK = Track()


def _speed(samples: Sequence[tuple[float, int]]) -> float | None:
    """Bytes a second over *samples*, None if they span too little time."""
    seconds = samples[-1][0] - samples[0][0]
    return (samples[-1][1] - samples[0][1]) / seconds if seconds >= LEAST_SECONDS else None
