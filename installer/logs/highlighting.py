"""How one line looks: its level, what a row shows of it, its colours. Pure; rules in ``log_levels.toml``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from installer.core.resources import table
from installer.untrusted.json import loads
from installer.untrusted.values import whole

Level = Literal["", "debug", "info", "warning", "error"]
#: From harmless to bad; a line without a level is taken for information.
LEVELS: tuple[Level, ...] = ("debug", "info", "warning", "error")
#: Characters of a line that a row shows.
LONGEST = 2_000

_ESCAPE = re.compile(r"\x1b(?:\[([0-?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_WORD = re.compile(r"^\W?(?:ERROR|CRITICAL|FATAL|WARNING|WARN)\b\W{0,3}\s*")
#: Fields of a record that hold its words, and those that a row shows elsewhere or not at all.
_SAID = ("msg", "message", "event", "log", "text", "body")
_SHOWN_ELSEWHERE = frozenset(
    {"level", "severity", "lvl", "levelname", "time", "ts", "timestamp", "@timestamp"}
)
_BASIC, _BRIGHT = range(30, 38), range(90, 98)


@dataclass(frozen=True)
class Span:
    """Characters *start* to *end* of a text in one of the terminal's 16 colours (None: the usual one)."""

    start: int
    end: int
    color: int | None
    bold: bool


@dataclass(frozen=True)
class Look:
    """*text* is what a row shows; *whole* says that nothing of the line is missing there."""

    level: Level
    text: str
    spans: tuple[Span, ...] = ()
    whole: bool = True


def look(line: bytes) -> Look:
    """How *line* looks in a row."""
    # four bytes a character at most, and codes between them
    text, spans = coloured(line[: 6 * LONGEST].decode("utf-8", "replace"))
    whole = len(line) <= 6 * LONGEST
    level = level_of(text)
    record = _record(text) if whole else None
    if record is not None:
        return Look(level, _cut(_record_text(record)), whole=False)
    shown = _WORD.sub("", text, count=1) if level in ("error", "warning") else text
    gone = len(text) - len(shown)
    whole = whole and len(shown) <= LONGEST
    moved = (Span(max(0, s.start - gone), s.end - gone, s.color, s.bold) for s in spans if s.end > gone)
    return Look(level, shown if whole else _cut(shown, force=True), tuple(moved), whole)


def _cut(text: str, *, force: bool = False) -> str:
    return text if len(text) <= LONGEST and not force else f"{text[:LONGEST]}…"


# ------------------------------------------------------------------- levels


@cache
def _rules() -> tuple[int, tuple[tuple[re.Pattern[str], Level], ...], Mapping[str, Level]]:
    data = table("log_levels")
    rules = tuple(
        (re.compile(rule["pattern"], re.IGNORECASE if rule.get("ignore_case") else 0), rule.get("level", ""))
        for rule in data["rule"]
    )
    levels: dict[str, Level] = {word: level for level in LEVELS for word in data["words"][level]}
    return int(data["head"]), rules, levels


def level_of(text: str) -> Level:
    """What *text*, a line without colours, says about itself."""
    head, rules, words = _rules()
    text = text[:head]
    for pattern, level in rules:
        m = pattern.search(text)
        if m:
            found = level or words.get(m["word"].lower().rstrip("012345") or m["word"], "")
            found = found or words.get(m["word"], "")
            if found:
                return found
    return ""


# ------------------------------------------------------------------ colours


def plain(text: str) -> str:
    """*text* without colour codes and control characters; a tab is four blanks."""
    return text if text.isprintable() else coloured(text)[0]


def coloured(text: str) -> tuple[str, tuple[Span, ...]]:
    """*text* without codes and control characters, and the colours that the codes meant (ECMA-48, SGR)."""
    if text.isprintable():
        return text, ()
    parts: list[str] = []
    spans: list[Span] = []
    at = length = 0
    color, bold = None, False
    for m in (*_ESCAPE.finditer(text), None):
        piece = _printable(text[at : m.start() if m else len(text)])
        if piece:
            if color is not None or bold:
                spans.append(Span(length, length + len(piece), color, bold))
            parts.append(piece)
            length += len(piece)
        if m:
            at = m.end()
            if m[2] == "m":
                color, bold = _rendition(m[1], color, bold)
    return "".join(parts), tuple(spans)


def _printable(text: str) -> str:
    text = text.replace("\t", "    ")
    return text if text.isprintable() else "".join(c for c in text if c.isprintable())


def _rendition(codes: str, color: int | None, bold: bool) -> tuple[int | None, bool]:
    """After "ESC [ *codes* m"."""
    numbers = [whole(n) for n in codes.replace(":", ";").split(";")]
    while numbers:
        n = numbers.pop(0)
        if n == 0:
            color, bold = None, False
        elif n in (1, 22):
            bold = n == 1
        elif n in _BASIC or n in _BRIGHT:
            color = n - 30 if n in _BASIC else n - 90 + 8
        elif n == 39:
            color = None
        elif n in (38, 48):
            found, numbers = _extended(numbers)
            color = found if n == 38 else color
    return color, bold


def _extended(numbers: list[int]) -> tuple[int | None, list[int]]:
    """What follows 38: one of 256 colours or a mixed one. Only the first 16 are shown as such."""
    if numbers[:1] == [5]:
        return (numbers[1] if len(numbers) > 1 and numbers[1] < 16 else None), numbers[2:]
    return None, numbers[4:]


# --------------------------------------------------------------------- JSON


def _record(text: str) -> dict[str, Any] | None:
    """A line that is a JSON object."""
    if not (text.startswith("{") and text.rstrip().endswith("}")):
        return None
    try:
        found = loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) and found else None


def _record_text(record: Mapping[str, Any]) -> str:
    """The words of a record, then its other fields."""
    said, key = _words(record)
    rest = (f"{k}={_value(v)}" for k, v in record.items() if k != key and k not in _SHOWN_ELSEWHERE)
    return "  ".join(part for part in (said, " ".join(rest)) if part)


def _words(record: Mapping[str, Any]) -> tuple[str, str]:
    for key in _SAID:
        if isinstance(record.get(key), str):
            return plain(record[key].strip()), key
    return "", ""


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return plain(text)


def detail(line: bytes) -> str:
    """The whole line to read: a record with a field on each line."""
    text = plain(line.decode("utf-8", "replace"))
    record = _record(text)
    return text if record is None else json.dumps(record, ensure_ascii=False, indent=2)
