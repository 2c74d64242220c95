"""What a container uses now and used a moment ago, from one sample to the next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from installer.operations.stats import Sample, cpu_percent

#: Points of a graph: two minutes of samples every two seconds.
KEPT = 60
#: Seconds without a sample after which a graph starts again: what was between is not known.
GAP_SECONDS = 15.0


@dataclass(frozen=True)
class Point:
    """One moment of a graph: percent of a processor, bytes, bytes per second."""

    cpu: float
    memory: int
    network: float
    disk: float


@dataclass(frozen=True)
class Usage:
    """*sample*: the last counters. *cpu* is percent of one processor, *received* to *to_disk* bytes per
    second: None after one sample only. *history*: oldest first, at most ``KEPT``."""

    sample: Sample
    cpu: float | None = None
    received: float | None = None
    sent: float | None = None
    from_disk: float | None = None
    to_disk: float | None = None
    history: tuple[Point, ...] = ()

    @property
    def network(self) -> float | None:
        """Both ways, bytes per second."""
        return None if self.received is None or self.sent is None else self.received + self.sent

    @property
    def disk(self) -> float | None:
        """Both ways, bytes per second."""
        return None if self.from_disk is None or self.to_disk is None else self.from_disk + self.to_disk

    @property
    def of_limit(self) -> float | None:
        """Percent of the memory that it may use; None if no limit is reported."""
        limit = self.sample.limit
        return self.sample.memory / limit * 100 if limit > 0 else None


def after(before: Usage | None, now: Sample) -> Usage:
    """The usage when *now* follows *before*. A container that began again counts from zero again."""
    if before is None or before.sample.id != now.id or now.cpu < before.sample.cpu:
        return Usage(now)
    last = before.sample
    passed = now.read - last.read
    if passed <= 0:
        return before
    cpu = cpu_percent(last, now)

    def rate(name: str) -> float:
        return float(max(0, getattr(now, name) - getattr(last, name))) / passed

    received, sent = rate("received"), rate("sent")
    read, written = rate("from_disk"), rate("to_disk")
    kept = before.history if passed <= GAP_SECONDS else ()
    point = Point(cpu, now.memory, received + sent, read + written)
    return Usage(now, cpu, received, sent, read, written, (*kept, point)[-KEPT:])


def updated(usage: Mapping[str, Usage], samples: Iterable[Sample], there: frozenset[str]) -> dict[str, Usage]:
    """*usage* by container id with *samples* added, without containers that are no longer *there*."""
    found = {one: known for one, known in usage.items() if one in there}
    for sample in samples:
        if sample.id in there:
            found[sample.id] = after(found.get(sample.id), sample)
    return found
