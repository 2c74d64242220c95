"""Which lines are at least so bad: the rules of ``look`` for those lines alone that could be."""

from __future__ import annotations

import re
from collections.abc import Sequence

from installer.logs.look import LEVELS, Level, coloured, level_of
from installer.resources import table


class Levels:
    """*least*: lines without a level pass for information."""

    def __init__(self, least: Level) -> None:
        hints = table("log_levels")["hints"]
        self._wanted = frozenset(LEVELS[LEVELS.index(least) :])
        self._bad = least in ("warning", "error")
        self._hints = tuple(hint.encode() for hint in hints["bad" if self._bad else "debug"])
        self._begin = re.compile(hints["begin"].encode(), re.MULTILINE)

    def keep(self, lines: Sequence[bytes], low: bytes, places: Sequence[int]) -> list[int]:
        """Those of *places* whose lines are bad enough; *low* is the lines' text in small letters."""
        from installer.logs.search import places_of

        maybe = {place for hint in self._hints for place in places_of(low, hint)}
        if self._bad:
            if self._begin.search(b"\n".join(lines)):
                maybe.update(n for n, line in enumerate(lines) if self._begin.match(line))
            return [p for p in places if p in maybe and self._level(lines[p]) in self._wanted]
        return [p for p in places if p not in maybe or (self._level(lines[p]) or "info") in self._wanted]

    def _level(self, line: bytes) -> Level:
        text = line[:1000].decode("utf-8", "replace")
        return level_of(text if text.isprintable() else coloured(text)[0])
