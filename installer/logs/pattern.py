"""A person's regular expression: compiled, judged, and with the text that every line it fits must hold.

Python's ``re`` cannot be interrupted and holds up every thread, the window's as well. So what can take
exponential time is refused, and of a line so much is looked at as takes some tenths of a second at worst.
What is before and after a ``.*`` is searched for on its own: their times are added then, not multiplied.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import factorial
from typing import Any

#: Bytes of a line that a pattern sees at most, and at least: one that can see less is refused.
LOOKED_AT, LEAST = 4_000, 100
#: Steps of ``re`` on one line: some tenths of a second.
STEPS = 20_000_000
#: Endless repetitions that a pattern may have.
MOST_REPEATS = 3
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
_ENDLESS = 100


class BadPattern(Exception):
    """*kind*: ``invalid`` (*why* in ``re``'s words) or ``slow``."""

    def __init__(self, kind: str, why: str = "") -> None:
        super().__init__(why)
        self.kind, self.why = kind, why


@dataclass(frozen=True)
class _Part:
    """A part between ``.*``, at least *gap* characters after the one before. *fixed*: it fits in one way at a
    place."""

    gap: int
    search: Callable[..., re.Match[str] | None]
    fixed: bool

    def end(self, text: str, at: int) -> int:
        """The first place in *text* at which one ends that begins at *at* or later; -1 if there is none."""
        found = self.search(text, at)
        if found is None or self.fixed:
            return found.end() if found else -1
        low, high = at, found.end()
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self.search(text, at, middle) else (middle + 1, high)
        return high


class Pattern:
    """*parts* must follow each other. *literal* is in small letters and ASCII; empty if there is none."""

    def __init__(self, parts: list[_Part], literal: str, looked_at: int) -> None:
        self._parts, self.literal, self.looked_at = parts, literal, looked_at

    def fits(self, line: bytes) -> bool:
        """Whether the pattern is found in *line*."""
        text, at = line[: self.looked_at].decode("utf-8", "replace"), 0
        *first, last = self._parts
        for part in first:
            if at + part.gap > len(text) or (at := part.end(text, at + part.gap)) < 0:
                return False
        return at + last.gap <= len(text) and last.search(text, at + last.gap) is not None


def compiled(text: str) -> Pattern:
    """*text* as a pattern that ignores case. ``BadPattern``."""
    from re import _compiler, _parser  # type: ignore[attr-defined]  # nothing else knows what is within what

    try:
        tree = _parser.parse(text, re.IGNORECASE)
        re.compile(text, re.IGNORECASE)
        cut = _cut(tree)
        costs = [_sum(part) for _, part in cut]
        flags = tree.state.flags
        parts = [
            _Part(gap, _compiler.compile(part, flags).search, _fixed(part, cost))
            for (gap, part), cost in zip(cut, costs, strict=True)
        ]
    except (re.error, OverflowError, RecursionError) as exc:
        raise BadPattern("invalid", str(exc)) from exc
    looked_at = min(cost.looked_at for cost in costs)
    if sum(cost.endless for cost in costs) > MOST_REPEATS or looked_at < LEAST:
        raise BadPattern("slow")
    return Pattern(parts, _literal(tree), looked_at)


# ------------------------------------------------------------------------ what it costs


@dataclass(frozen=True)
class _Cost:
    """*ways*: in how many ways what has an end may fit at one place; *endless*: repetitions without one."""

    ways: int = 1
    endless: int = 0

    @property
    def fixed(self) -> bool:
        """Whether there is one way only."""
        return self.ways == 1 and not self.endless

    @property
    def looked_at(self) -> int:
        """Bytes for which ``STEPS`` are enough: each place of a line may be a beginning, and the end of each
        endless part."""
        many = self.endless + 1
        return min(LOOKED_AT, int((STEPS * factorial(many) / self.ways) ** (1 / many)))


def _sum(tree: Any) -> _Cost:
    """What the items of *tree* cost, one after the other."""
    ways, endless = 1, 0
    for kind, what in tree.data:
        cost = _of(str(kind), what)
        ways, endless = min(ways * cost.ways, STEPS), endless + cost.endless
    return _Cost(ways, endless)


def _of(kind: str, what: Any) -> _Cost:
    if kind in _REPEATS:
        return _repeated(int(what[0]), int(what[1]), _sum(what[2]))
    if kind == "BRANCH":
        costs = [_sum(part) for part in what[1]]
        return _Cost(sum(c.ways for c in costs), max(c.endless for c in costs))
    if kind == "SUBPATTERN":
        return _sum(what[3])
    if kind == "ATOMIC_GROUP":
        return _sum(what)
    if kind in ("ASSERT", "ASSERT_NOT"):
        return _sum(what[1])
    if kind == "GROUPREF_EXISTS":
        costs = [_sum(part) for part in what[1:] if part is not None]
        return _Cost(sum(c.ways for c in costs) + 1, sum(c.endless for c in costs))
    return _Cost(2) if kind == "GROUPREF" else _Cost()


def _repeated(least: int, most: int, inner: _Cost) -> _Cost:
    """More than twice only what has one way of fitting: else there are two ways for each time, exponentially
    many in all."""
    if most > 2 and not inner.fixed:
        raise BadPattern("slow")
    ways, endless = min(inner.ways ** min(most, 2), STEPS), inner.endless * min(most, 2)
    if most > _ENDLESS:
        return _Cost(ways, endless + 1)
    return _Cost(ways * (most - least + 1), endless)


# ------------------------------------------------------------------------- in parts

#: What fits in another way where the text ends earlier, so that the first end is not found by that.
_LOOKS = frozenset({"AT", "ASSERT", "ASSERT_NOT", "POSSESSIVE_REPEAT", "ATOMIC_GROUP"})


def _cut(tree: Any) -> list[tuple[int, Any]]:
    """The pattern cut at ``.*`` and ``.+``: how many characters lie before each part at least, and it."""
    parts: list[tuple[int, Any]] = []
    refers = {"GROUPREF", "GROUPREF_EXISTS"} & {*_kinds(tree)}
    gap, start = 0, 0
    for at, (kind, what) in enumerate(tree.data):
        anything = str(kind) in _REPEATS[:2] and int(what[1]) > _ENDLESS and str(what[2].data[0][0]) == "ANY"
        before = tree[start:at]
        if anything and not _LOOKS & {*_kinds(before)}:
            parts.append((gap, before))
            gap, start = int(what[0]), at + 1
    return [*parts, (gap, tree[start:])] if not refers else [(0, tree)]


def _kinds(item: Any) -> Iterator[str]:
    """The kinds of all items within *item*."""
    if hasattr(item, "data"):
        for kind, what in item.data:
            yield str(kind)
            yield from _kinds(what)
    elif isinstance(item, tuple | list):
        for part in item:
            yield from _kinds(part)


def _fixed(part: Any, cost: _Cost) -> bool:
    least, most = part.getwidth()
    return cost.fixed and bool(least == most)


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
