"""Finds lines in a buffer: by text, pattern, level and time. Quick over a million of them, block by block.

Case does not matter for ASCII letters; others are compared as they are. A level is a byte that stands beside
a line (``levels``); a pattern costs only where a text is that it cannot do without.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress

from installer.core.cancel import CancelToken
from installer.logs.byte_scan import lines_with, places_of, places_of_many
from installer.logs.highlighting import Level
from installer.logs.levels import Levels, judged, settled
from installer.logs.line import HEAD, MARK, TIME
from installer.logs.log_buffer import LogBuffer
from installer.logs.pattern import Pattern, compiled
from installer.logs.store import Block

#: Seconds that a pattern may take for one block before it is given up.
SLOWEST = 1.0


class TooSlow(Exception):
    """The pattern takes too long on these lines."""


@dataclass(frozen=True)
class Query:
    """What is looked for: *text*, a pattern if *regex*; lines at least as bad as *level*; from *since* until
    *until* (times as ``line.TIME``, the latter not included; empty: no limit)."""

    text: str = ""
    regex: bool = False
    level: Level = ""
    since: bytes = b""
    until: bytes = b""

    @property
    def empty(self) -> bool:
        """Whether every line fits."""
        return not (self.text or self.level or self.since or self.until)


class Search:
    """*query* over lines; made once, as a pattern is compiled. ``pattern.BadPattern``."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self._pattern: Pattern | None = None
        self._needle = b""
        if query.text and query.regex:
            self._pattern = compiled(query.text)
            self._needle = self._pattern.literal.encode()
        elif query.text:
            self._needle = query.text.encode("utf-8", "replace").lower()
        self._levels = Levels(query.level) if query.level else None
        self._look = places_of

    def find(self, buffer: LogBuffer, first: int, end: int, cancel: CancelToken) -> Iterator[array[int]]:
        """The numbers of fitting lines from *first* to *end*, in order, block by block. ``Cancelled``,
        ``TooSlow``."""
        store, query = buffer.store, self.query
        if query.since:
            first = max(first, store.at_time(query.since))
        if query.until:
            end = min(end, store.at_time(query.until))
        for block in store.blocks(first, end):
            cancel.check()
            found = self._in(block)
            places = [p for p in found if first <= p + block.first < end]
            if places:
                yield array("q", (p + block.first for p in _no_marks(block, places)))

    def _in(self, block: Block) -> Sequence[int]:
        """Places of fitting lines within *block*."""
        flags = None if self._levels is None else _bad_enough(block, self._levels)
        if flags is not None and 1 not in flags:
            return ()
        if self._pattern is None and not self._needle:
            return range(block.count) if flags is None else list(compress(range(block.count), flags))
        text = block.texts()
        if self._pattern is not None:
            return self._fitting(self._pattern, text, flags)
        places = self._look(text.lower(), self._needle)
        # once most lines have it more than once, the other way is quicker
        self._look = places_of_many if len(places) * 2 > block.count else places_of
        return places if flags is None else [place for place in places if flags[place]]

    def _fitting(self, pattern: Pattern, text: bytes, flags: bytes | None) -> list[int]:
        if self._needle:
            places, lines = lines_with(text, text.lower(), self._needle)
        else:
            lines = text.split(b"\n")[:-1]
            places = list(range(len(lines)))
        begin, fits = time.perf_counter(), pattern.fits
        pairs = zip(places, lines, strict=True)
        found = [place for place, line in pairs if (flags is None or flags[place]) and fits(line)]
        if time.perf_counter() - begin > SLOWEST:
            raise TooSlow
        return found


def _bad_enough(block: Block, levels: Levels) -> bytes:
    """A byte for each line of *block*: whether its level is wanted. What is found out is kept there."""
    kinds, text = block.kinds(), b""
    if len(kinds) != block.count:
        text = block.texts()
        kinds = judged(text, text.count(b"\n"))
    if levels.unsettled(kinds):
        text = text or block.texts()
        if not text:  # forgotten meanwhile
            return bytes(block.count)
        kinds = settled(kinds, text, levels.open)
    if text:
        block.keep_kinds(kinds)
    return levels.flags(kinds)


def _no_marks(block: Block, places: list[int]) -> list[int]:
    kinds = block.heads()[TIME::HEAD]
    return [p for p in places if kinds[p] != MARK] if MARK in kinds else places


def watch(
    buffer: LogBuffer,
    search: Search,
    put: Callable[[array[int], int], object],
    cancel: CancelToken,
    poll: float = 0.15,
) -> None:
    """Give *put* the hits (maybe none) and the number up to which it was searched: of what is there, then of
    what comes, until cancelled. ``Cancelled``, ``TooSlow``."""
    at = buffer.store.first
    while True:
        end = buffer.store.end
        if end > at:
            for hits in search.find(buffer, at, end, cancel):
                put(hits, hits[-1] + 1)
            put(array("q"), end)
            at = end
        cancel.wait(poll)
