"""Looks for patterns in lines, and in lines that were broken.

A message may be broken by a terminal or a log driver, between words or inside of one. So there are three
views of the lines: one by one, joined with a blank, and joined without. Nothing is joined across the
beginning of a record. A pattern's needle is searched first, which is linear and fast.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from installer.diagnosis.clean import Line, normal
from installer.diagnosis.rules import Harmless, Pattern

#: Hits of one pattern that are looked at; more prove no more.
ENOUGH = 5
#: Lines over which a broken message goes at most.
SPAN = 4
#: Places where a broken message is looked for; one that is not among these would be a strange one.
TRIES = 5000
#: Characters of a broken message that are looked at on each side of the needle.
REACH = 1200


@dataclass(frozen=True)
class Hit:
    """Where a pattern was found: lines *first* to *end* (exclusive)."""

    first: int
    end: int


class View:
    """The lines as one text with *separator* between lines that may belong together."""

    def __init__(self, lines: Sequence[Line], separator: str) -> None:
        self.starts: list[int] = []
        parts: list[str] = []
        at = 0
        for n, line in enumerate(lines):
            between = ("\n" if line.fresh else separator) if n else ""
            at += len(between)
            self.starts.append(at)
            at += len(line.text)
            parts += (between, line.text)
        self.text = "".join(parts)

    def line_at(self, offset: int) -> int:
        """The line that *offset* is in."""
        return bisect_right(self.starts, offset) - 1

    def start(self, line: int) -> int:
        """Where *line* begins; the text's end for one after the last."""
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def hits(self, wanted: Pattern, around: int) -> Iterator[Hit]:
        """Where *wanted* is, looking at *around* lines before and after its needle. At most one for each
        line that the needle begins in."""
        at = self.text.find(wanted.needle)
        missed: set[int] = set()  # programs say the same again and again: each text is looked at once
        tries = 0
        while at >= 0 and (not around or tries < TRIES):
            tries += 1
            line = self.line_at(at)
            begin, end = self.start(max(0, line - around)), self.start(line + 1 + around)
            if around:
                begin, end = max(begin, at - REACH), min(end, at + REACH)
            if (text := hash(self.text[begin:end])) in missed:
                pass
            elif not (found := wanted.regex.search(self.text, begin, end)):
                missed.add(text)
            else:
                yield Hit(self.line_at(found.start()), self.line_at(max(found.end() - 1, found.start())) + 1)
            at = self.text.find(wanted.needle, max(self.start(line + 1), at + 1))


class Text:
    """All views of a log, and which of its lines are harmless."""

    def __init__(self, lines: Sequence[Line], noise: Sequence[Harmless]) -> None:
        self.lines = lines
        self._noise = [pattern for entry in noise for pattern in entry.patterns]
        self._plain = View(lines, "\n")
        self._broken = (View(lines, " "), View(lines, ""))
        self._harmless: dict[str, bool] = {}
        self._squashed = _squashed([line.text for line in lines])
        self._absent: dict[str, bool] = {}

    def hits(self, wanted: Pattern) -> list[Hit]:
        """The first hits of *wanted*, without those on harmless lines."""
        if self._is_absent(wanted.needle):
            return []
        return self._first(self._plain, wanted, 0) or next(
            (found for view in self._broken if (found := self._first(view, wanted, SPAN - 1))), []
        )

    def _is_absent(self, needle: str) -> bool:
        """Whether no view has *needle*: one search instead of one in each of them."""
        if (known := self._absent.get(needle)) is None:
            known = self._absent[needle] = needle.replace(" ", "") not in self._squashed
        return known

    def _first(self, view: View, wanted: Pattern, around: int) -> list[Hit]:
        found: list[Hit] = []
        for hit in view.hits(wanted, around):
            if not self.is_harmless(hit) and hit not in found:
                found.append(hit)
            if len(found) == ENOUGH:
                break
        return found

    def last(self, wanted: Pattern) -> int:
        """The last line with *wanted*; -1 if there is none."""
        view = self._plain
        at = view.text.rfind(wanted.needle)
        while at >= 0:
            line = view.line_at(at)
            if wanted.regex.search(view.text, view.start(line), view.start(line + 1)):
                return line
            at = view.text.rfind(wanted.needle, 0, view.start(line))
        return -1

    def is_all(self, wanted: Pattern) -> bool:
        """Whether there is nothing but *wanted*, harmless or not: in each line, or once in a broken one."""
        texts = [line.text for line in self.lines]
        found = [bool(wanted.regex.search(text)) for text in texts]
        if any(found) or len(texts) > SPAN:
            return all(found)
        return any(
            wanted.regex.search(between.join(texts))
            and not any(wanted.regex.search(between.join(less)) for less in (texts[1:], texts[:-1]))
            for between in (" ", "")
        )

    def is_harmless(self, hit: Hit) -> bool:
        """Whether the lines of *hit*, or one of them alone, look bad only."""
        texts = [line.text for line in self.lines[hit.first : hit.end]]
        return any(self._is_noise(text) for text in {*texts, " ".join(texts), "".join(texts)})

    def _is_noise(self, text: str) -> bool:
        known = self._harmless.get(text)
        if known is None:
            known = any(p.needle in text and p.regex.search(text) for p in self._noise)
            self._harmless[text] = known
        return known

    def shown(self, hit: Hit) -> list[str]:
        """The lines of *hit*, for people."""
        return [line.shown for line in self.lines[hit.first : hit.end] if normal(line.shown)]


def _squashed(texts: Sequence[str]) -> str:
    """*texts* without blanks and line breaks; of those that repeat, the first of each SPAN neighbours."""
    seen: set[int] = set()
    kept: dict[int, None] = {}
    for n in range(max(1, len(texts) - SPAN + 1)):
        if (window := hash(tuple(texts[n : n + SPAN]))) not in seen:
            seen.add(window)
            kept.update(dict.fromkeys(range(n, min(n + SPAN, len(texts)))))
    return "".join(texts[n] for n in kept).replace(" ", "")
