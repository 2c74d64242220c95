"""Which lines are at least so bad: the rules of ``look`` for those lines alone that could be."""

from __future__ import annotations

from installer.logs.look import LEVELS, Level, coloured, level_of
from installer.logs.places import places_of
from installer.resources import table


class Levels:
    """*least*: lines without a level pass for information."""

    def __init__(self, least: Level) -> None:
        hints = table("log_levels")["hints"]
        self._wanted = frozenset(LEVELS[LEVELS.index(least) :])
        self._bad = least in ("warning", "error")
        self._hints = tuple(hint.encode() for hint in hints["bad" if self._bad else "debug"])

    def keep(self, low: bytes, places: list[int], lines: list[bytes]) -> list[bool]:
        """For each of *places* and its line whether it is bad enough; *low* is the whole text in small
        letters."""
        maybe = {place for hint in self._hints for place in places_of(low, hint)}
        if self._bad:
            return [p in maybe and self._fits(line) for p, line in zip(places, lines, strict=True)]
        return [p not in maybe or self._fits(line) for p, line in zip(places, lines, strict=True)]

    def _fits(self, line: bytes) -> bool:
        return (self._level(line) or "info") in self._wanted

    def _level(self, line: bytes) -> Level:
        text = line[:1000].decode("utf-8", "replace")
        return level_of(text if text.isprintable() else coloured(text)[0])
