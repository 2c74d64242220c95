"""What was found, best first: root causes before their consequences, then what proves more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from installer.diagnosis.match import Hit

#: Lines that are shown for one entry.
SHOWN = 5


@dataclass(frozen=True)
class Candidate:
    """An entry that some lines speak for. *order*: its place in the table, which is how often it is seen;
    *score*: how much its best line proves; *weak*: it counts only where nothing else explains it. *lines*:
    those of its hits, for people; *service*: whose they are."""

    code: str
    order: int
    score: int
    hits: tuple[Hit, ...]
    causes: frozenset[str]
    weak: bool = False
    lines: tuple[str, ...] = ()
    service: str = ""

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
        # the table has no circles (a test proves it), so that one is always free
        free = next((c for c in left if not c.causes & codes), left[0])
        left.remove(free)
        result.append(free)
    return result


def merged(pieces: Sequence[tuple[int, Sequence[Candidate]]]) -> list[Candidate]:
    """The candidates of several pieces of text as if they were one: each piece's number of lines, and what
    was found in it. An entry that several prove has the lines of the best one, and of others of its service.

    Weak ones count only where no piece has anything better: with many pieces something weak is always there.
    """
    found: dict[str, list[Candidate]] = {}
    start = 0
    for length, candidates in pieces:
        for candidate in candidates:
            hits = tuple(replace(hit, first=hit.first + start, end=hit.end + start) for hit in candidate.hits)
            found.setdefault(candidate.code, []).append(replace(candidate, hits=hits))
        start += length
    together = [_as_one(same) for same in found.values()]
    if len(pieces) > 1 and not all(c.weak for c in together):
        return [c for c in together if not c.weak]
    return together


def _as_one(same: Sequence[Candidate]) -> Candidate:
    best = max(same, key=lambda c: (c.score, -c.first))
    hits = tuple(hit for c in same for hit in c.hits)
    also = (line for c in same if c.service == best.service for line in c.lines)
    lines = tuple(dict.fromkeys((*best.lines, *also)))[:SHOWN]
    return replace(best, hits=hits, lines=lines, weak=all(c.weak for c in same))


def _unclaimed(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those of *candidates* with a line that proves none of the others better. A consequence that has the
    same line does not count: ``Error 113 connecting to redis: No route to host`` is about the network."""
    claims: dict[int, list[Candidate]] = {}
    for candidate in candidates:
        for line in _lines(candidate):
            claims.setdefault(line, []).append(candidate)
    left = [
        c
        for c in candidates
        if any(
            all(o.score <= c.score or (not c.weak and c.code in o.causes) for o in claims[line])
            for line in _lines(c)
        )
    ]
    codes = {c.code for c in left}
    return [c for c in left if not (c.weak and c.causes & codes)]


def _lines(candidate: Candidate) -> set[int]:
    return {line for hit in candidate.hits for line in range(hit.first, hit.end)}
