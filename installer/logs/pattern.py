"""A person's regular expression: compiled, judged, and with the text that every line it fits must hold.

Python's ``re`` cannot be interrupted and holds up every thread, the window's as well. So what can take
forever is refused: a repetition within a repetition, or too many of them; and only the beginning of a line is
looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

#: Bytes of a line that a pattern sees; endless repetitions one may have.
LOOKED_AT, MOST_REPEATS = 4_000, 3
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT")
_ENDLESS = 100


class BadPattern(Exception):
    """*kind*: ``invalid`` (*why* in ``re``'s words) or ``slow``."""

    def __init__(self, kind: str, why: str = "") -> None:
        super().__init__(why)
        self.kind, self.why = kind, why


class Pattern:
    """*literal* is in small letters and ASCII; empty if there is none."""

    def __init__(self, pattern: re.Pattern[str], literal: str) -> None:
        self._search, self.literal = pattern.search, literal

    def fits(self, line: bytes) -> bool:
        """Whether the pattern is found in *line*."""
        return self._search(line[:LOOKED_AT].decode("utf-8", "replace")) is not None


def compiled(text: str) -> Pattern:
    """*text* as a pattern that ignores case. ``BadPattern``."""
    from re import _parser  # type: ignore[attr-defined]  # the one thing that knows what is within what

    try:
        tree = _parser.parse(text, re.IGNORECASE)
        pattern = re.compile(text, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as exc:
        raise BadPattern("invalid", str(exc)) from exc
    if _nested(tree) or _endless(tree) > MOST_REPEATS:
        raise BadPattern("slow")
    return Pattern(pattern, _literal(tree))


def _parts(item: Any) -> Iterable[Any]:
    """What lies within an item of ``re``'s tree."""
    if isinstance(item, tuple | list):
        for part in item:
            yield from _parts(part)
    elif hasattr(item, "data"):  # SubPattern
        yield from item.data


def _repeat(item: Any) -> int:
    """How often an item repeats what is in it; 0 for what is no repetition."""
    return int(item[1][1]) if str(item[0]) in _REPEATS else 0


def _nested(tree: Any, inside: bool = False) -> bool:
    for item in tree.data:
        often = _repeat(item)
        if often > 2 and inside:
            return True
        deeper = inside or often > 2
        if any(_nested(_Tree([part]), deeper) for part in _parts(item[1])):
            return True
    return False


class _Tree:
    def __init__(self, data: list[Any]) -> None:
        self.data = data


def _endless(tree: Any) -> int:
    """How many repetitions without an end, at any depth."""
    return sum(
        (_repeat(item) > _ENDLESS) + sum(_endless(_Tree([part])) for part in _parts(item[1]))
        for item in tree.data
    )


def _literal(tree: Any) -> str:
    """The longest run of plain characters on the way that every match must go."""
    best = run = ""
    for item in tree.data:
        char = chr(item[1]) if str(item[0]) == "LITERAL" else ""
        # two letters besides k and s have a small form that is ASCII (Kelvin, long s)
        plain = char.isascii() and char.lower() not in "ks" if char else False
        run = run + char.lower() if plain else ""
        best = max(best, run, key=len)
    return best
