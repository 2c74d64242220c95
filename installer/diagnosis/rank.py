"""What was found, best first: root causes before their consequences, then what proves more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from installer.diagnosis.match import Hit

#: Lines that are shown for one entry.
SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """An entry of the catalogue and the *lines* that prove it, at most five."""

    code: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """An entry that some lines speak for. *order*: its place in the table, which is how often it is seen;
    *score*: how much its best line proves; *weak*: it counts only where nothing else explains it."""

    code: str
    order: int
    score: int
    hits: tuple[Hit, ...]
    causes: frozenset[str]
    weak: bool = False

    @property
    def first(self) -> int:
        """The first line."""
        return min(hit.first for hit in self.hits)


def ranked(candidates: Sequence[Candidate]) -> list[Candidate]:
    """*candidates* best first; without those whose every line proves another one better, and without weak
    consequences of what was found."""
    left = sorted(_unclaimed(candidates), key=lambda c: (-c.score, c.first, c.order))
    result: list[Candidate] = []
    while left:
        codes = {c.code for c in left}
        # the table has no circles (a test proves it), so that somebody is always free
        free = next((c for c in left if not c.causes & codes), left[0])
        left.remove(free)
        result.append(free)
    return result


def _unclaimed(candidates: Sequence[Candidate]) -> list[Candidate]:
    best: dict[int, int] = {}
    for candidate in candidates:
        for line in _lines(candidate):
            best[line] = max(best.get(line, 0), candidate.score)
    left = [c for c in candidates if any(best[line] <= c.score for line in _lines(c))]
    codes = {c.code for c in left}
    return [c for c in left if not (c.weak and c.causes & codes)]


def _lines(candidate: Candidate) -> set[int]:
    return {line for hit in candidate.hits for line in range(hit.first, hit.end)}
