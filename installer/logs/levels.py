"""How bad each line is, as a byte beside it: worked out once, so that a search by level reads one byte for a
line instead of all of it.

A line without any of the table's hints (``log_levels.toml``) needs no rule: it is information, or says
nothing. Rules take some microseconds for a line. So they are asked ahead only if few lines of a block have a
hint; else such lines stay open until a user searches by level, and what is found out then is kept.
"""

from __future__ import annotations

from functools import cache

from installer.core.resources import table
from installer.logs.byte_scan import places_of
from installer.logs.highlighting import LEVELS, Level, coloured, level_of

#: A line's byte: a place in ``LEVELS``, or one of these: to be looked at, as it has a hint of something bad,
#: or only of debugging.
MAYBE_BAD, MAYBE_DEBUG = len(LEVELS), len(LEVELS) + 1
_INFO = LEVELS.index("info")
#: Rules are asked at once if not more than one line of so many has a hint.
_FEW = 16
#: Bytes of a line that rules see; bytes that are the same at the beginning of hints searched for together.
_LOOKED_AT, _ALIKE = 1_000, 5


def judged(text: bytes, count: int) -> bytes:
    """The bytes of *count* lines, whose *text* has an end for each."""
    low = text.lower()
    found = bytearray((_INFO,)) * count
    open_: set[int] = set()
    for kind in (MAYBE_DEBUG, MAYBE_BAD):
        for hint in _present(kind, low):
            for place in places_of(low, hint):
                found[place] = kind
                open_.add(place)
    if open_ and len(open_) * _FEW <= count:
        return settled(bytes(found), text, (MAYBE_BAD, MAYBE_DEBUG))
    return bytes(found)


def settled(kinds: bytes, text: bytes, which: tuple[int, ...]) -> bytes:
    """*kinds* with the lines settled that are open as in *which*; *text* as for ``judged``."""
    found, lines = bytearray(kinds), text.split(b"\n")
    for kind in which:
        place = kinds.find(kind)
        while place >= 0:
            found[place] = LEVELS.index(_level(lines[place]))
            place = kinds.find(kind, place + 1)
    return bytes(found)


def _level(line: bytes) -> Level:
    """Lines without a level pass for information."""
    text = line[:_LOOKED_AT].decode("utf-8", "replace")
    return level_of(text if text.isprintable() else coloured(text)[0]) or "info"


def _present(kind: int, low: bytes) -> list[bytes]:
    """The hints of *kind* that *low* holds."""
    return [
        hint
        for first, hints in _hints(kind)
        if first in low
        for hint in hints
        if len(hints) == 1 or hint in low
    ]


@cache
def _hints(kind: int) -> tuple[tuple[bytes, tuple[bytes, ...]], ...]:
    """Hints that begin alike are searched for together: what they begin with, and they."""
    groups: dict[bytes, list[bytes]] = {}
    for text in table("log_levels")["hints"]["bad" if kind == MAYBE_BAD else "debug"]:
        hint = text.encode()
        groups.setdefault(hint[:_ALIKE], []).append(hint)
    return tuple((hints[0] if len(hints) == 1 else _shared(hints), tuple(hints)) for hints in groups.values())


def _shared(texts: list[bytes]) -> bytes:
    """What all *texts* begin with."""
    first, last = min(texts), max(texts)
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:same]


class Levels:
    """Which lines are at least so bad as *least*."""

    def __init__(self, least: Level) -> None:
        wanted = LEVELS.index(least)
        self._flags = bytes(wanted <= kind < len(LEVELS) for kind in range(256))
        #: Of what is open, this can be wanted, or not.
        self.open = (MAYBE_BAD,) if wanted > _INFO else (MAYBE_BAD, MAYBE_DEBUG)

    def flags(self, kinds: bytes) -> bytes:
        """A byte for each line: 1 if it is bad enough, 0 if not, or if it is open."""
        return kinds.translate(self._flags)

    def unsettled(self, kinds: bytes) -> bool:
        """Whether lines must be settled first."""
        return any(kind in kinds for kind in self.open)
