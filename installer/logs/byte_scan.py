"""Which lines of a text hold some bytes: one pass of Python's own search, without a step for each line."""

from __future__ import annotations

from itertools import accumulate, repeat

_count = bytes.count


def places_of(text: bytes, needle: bytes) -> list[int]:
    """The places of the lines of *text* that hold *needle*, which holds no line end."""
    if needle not in text:
        return []
    parts = text.split(needle)
    parts.pop()
    return list(dict.fromkeys(accumulate(map(_count, parts, repeat(b"\n")))))


def places_of_many(text: bytes, needle: bytes) -> list[int]:
    """The same, quicker where most lines hold it several times."""
    found: list[int] = []
    at, line, last = text.find(needle), 0, 0
    find, count = text.find, text.count
    while at >= 0:
        line += count(b"\n", last, at)
        found.append(line)
        last = find(b"\n", at)
        if last < 0:
            break
        at = find(needle, last)
    return found


def lines_with(text: bytes, low: bytes, needle: bytes) -> tuple[list[int], list[bytes]]:
    """The places and texts of the lines that hold *needle*; *low* is *text* in the form that is searched."""
    places: list[int] = []
    lines: list[bytes] = []
    at, line, last = low.find(needle), 0, 0
    while at >= 0:
        line += low.count(b"\n", last, at)
        last = low.find(b"\n", at)
        end = last if last >= 0 else len(low)
        places.append(line)
        lines.append(text[low.rfind(b"\n", 0, at) + 1 : end])
        if last < 0:
            break
        at = low.find(needle, last)
    return places, lines
