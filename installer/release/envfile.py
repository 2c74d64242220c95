"""Reads and edits ``.env`` files as Compose reads them, keeping comments, order and untouched lines.

Compose's rules (compose-go ``dotenv``): ``'…'`` is literal; ``"…"`` knows escapes and variables; without
quotes a value ends at the line's end or before `` #`` and knows variables. The last of two equal keys wins.
"""

from __future__ import annotations

import io
import re
from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dotenv.parser import parse_stream

from installer.core.errors import Code, InstallError
from installer.release.interpolate import InterpolationError, interpolate

#: Characters: of the file (a release's has 60,000), and of all values together once variables are replaced. A
#: single value has ``interpolate.MOST``.
MOST_TEXT, MOST_VALUES = 1 << 20, 8 << 20
_ASSIGNMENT = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*")
_INERT = re.compile(r"[ \t]*(#[^\n]*)?|[ \t]*(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*[ \t]*")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "'": "'", "$": "$$"}
_PLAIN = re.compile(r"[^\s'\"#$`\\][^'\"$`\\\r\n]*")


@dataclass(frozen=True)
class Line:
    """A piece of the file: an assignment (*key* set) or anything else. *text* is exact, with its line end.

    *raw* is the value with quotes removed but nothing replaced; *quote* is ``'``, ``"`` or empty.
    """

    text: str
    key: str = ""
    raw: str = ""
    quote: str = ""


@dataclass(frozen=True)
class EnvFile:
    """A parsed file. Editing gives a new one."""

    lines: tuple[Line, ...] = ()

    @classmethod
    def parse(cls, text: str) -> EnvFile:
        """Raises ``InstallError(ENV_UNREADABLE)`` with the line's number; also for more than ``MOST_TEXT``
        characters."""
        if len(text) > MOST_TEXT:
            raise InstallError(Code.ENV_UNREADABLE, {"line": "-"}, detail=f"more than {MOST_TEXT} characters")
        return cls(tuple(_scan(text.removeprefix("\ufeff"))))

    def __str__(self) -> str:
        return "".join(line.text for line in self.lines)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys in order, each once."""
        return tuple(dict.fromkeys(line.key for line in self.lines if line.key))

    def raw(self) -> dict[str, str]:
        """Key → value as written, without quotes, variables not replaced."""
        return {line.key: line.raw for line in self.lines if line.key}

    def values(self, outside: Mapping[str, str] | None = None) -> dict[str, str]:
        """Key → value as Compose sees it; variables come from *outside* (the shell), then from lines above.

        Raises ``InstallError(ENV_UNREADABLE)``.
        """
        found: dict[str, str] = {}
        known = ChainMap({}, dict(outside or {}), found)
        length = 0
        for line in self.lines:
            if line.key:
                found[line.key] = _evaluate(line, known)
                length += len(found[line.key])
            if length > MOST_VALUES:
                detail = f"more than {MOST_VALUES} characters of values"
                raise InstallError(Code.ENV_UNREADABLE, {"line": line.key}, detail=detail)
        return found

    def comments(self) -> dict[str, str]:
        """Key → the comment lines right above it, without ``#``."""
        found: dict[str, str] = {}
        pending: list[str] = []
        for line in self.lines:
            stripped = line.text.strip()
            if line.key:
                found[line.key] = "\n".join(pending)
                pending = []
            elif stripped.startswith("#"):
                pending.append(stripped.lstrip("# ").rstrip())
            else:
                pending = []
        return found

    def with_lines_of(self, other: EnvFile, *, heading: str = "") -> EnvFile:
        """This file with the lines of *other* for all keys that both have: what people edited there, to
        the byte. Comments that this file and *heading* do not have stay above their keys; those of keys that
        are not here follow at the end."""
        theirs = {line.key: line for line in other.lines if line.key}
        notes, rest = self._notes_of(other, heading)
        lines: list[Line] = []
        for line in self.lines:
            lines += [*notes.pop(line.key, ()), theirs.get(line.key, line)] if line.key else [line]
        if rest and lines and not lines[-1].text.endswith("\n"):
            lines.append(Line("\n"))
        return EnvFile((*lines, *rest))

    def _notes_of(self, other: EnvFile, heading: str) -> tuple[dict[str, list[Line]], list[Line]]:
        """Comments that people wrote in *other*: by the key below them, and all others."""
        own = {line.text.strip() for line in self.lines if not line.key} | {f"# {heading}"}
        known, notes, rest, pending = set(self.keys), dict[str, list[Line]](), list[Line](), list[Line]()
        for line in other.lines:
            if line.key in known:
                notes.setdefault(line.key, []).extend(pending)
            elif line.key:
                rest += pending
            elif line.text.strip().startswith("#") and line.text.strip() not in own:
                pending.append(Line(line.text.rstrip("\r\n") + "\n"))
            if line.key:
                pending = []
        return notes, [*rest, *pending]

    def with_values(self, values: Mapping[str, str], *, heading: str = "") -> EnvFile:
        """A file in which every key of *values* has its value.

        Existing keys keep their place, and their exact line if the value is the same; new ones follow
        at the end under the comment *heading*. Raises ``InstallError(ENV_VALUE_UNSUPPORTED)``.
        """
        current = self.values()
        last = {line.key: n for n, line in enumerate(self.lines) if line.key}
        lines = list(self.lines)
        new: list[Line] = []
        for key, value in values.items():
            if key not in last:
                new.append(assignment(key, value))
            elif current[key] != value:
                lines[last[key]] = assignment(key, value)
        return EnvFile((*lines, *_appended(lines, new, heading)))


def assignment(key: str, value: str) -> Line:
    """The line ``key=value``, quoted as needed.

    Raises ``InstallError(ENV_VALUE_UNSUPPORTED)`` for values without a form that Compose and
    python-dotenv read alike; each line is read back with python-dotenv's parser.
    """
    quoted, quote = quote_value(key, value)
    text = f"{key}={quoted}\n"
    read = [(found.key, found.value, found.error) for found in parse_stream(io.StringIO(text))]
    if read != [(key, value, False)]:
        raise InstallError(Code.ENV_VALUE_UNSUPPORTED, {"key": key})
    return Line(text, key, value, quote)


def quote_value(key: str, value: str) -> tuple[str, str]:
    """*value* as it stands after ``=``, and the quote used. *key* is for the error only."""
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]", value):
        raise InstallError(Code.ENV_VALUE_UNSUPPORTED, {"key": key})
    if not value or (_PLAIN.fullmatch(value) and value == value.strip() and not re.search(r"\s#", value)):
        return value, ""
    # in single quotes a backslash is itself, but for both readers not before another one or at the end
    if "'" not in value and not re.search(r"\\(\\|$)", value):
        return f"'{value}'", "'"
    if not re.search(r'["$`\\]', value):
        return f'"{value}"', '"'
    raise InstallError(Code.ENV_VALUE_UNSUPPORTED, {"key": key})


def _appended(lines: list[Line], new: list[Line], heading: str) -> list[Line]:
    if not new:
        return []
    start = "" if not lines or lines[-1].text.endswith("\n") else "\n"
    comment = f"{start}\n# {heading}\n" if heading else start
    return [Line(comment), *new] if comment else new


def _scan(text: str) -> Iterator[Line]:
    position = 0
    while position < len(text):
        line = _scan_one(text, position)
        yield line
        position += len(line.text)


def _scan_one(text: str, start: int) -> Line:
    line_end = text.find("\n", start)
    end = len(text) if line_end < 0 else line_end + 1
    match = _ASSIGNMENT.match(text, start, end)
    if match is None:
        if _INERT.fullmatch(text[start:end].rstrip("\r\n")):
            return Line(text[start:end])
        raise _unreadable(text, start)
    at = match.end()
    if at < len(text) and text[at] in "'\"":
        return _scan_quoted(text, start, at, match[1])
    return Line(text[start:end], match[1], text[at:end].split(" #", 1)[0].strip())


def _scan_quoted(text: str, start: int, at: int, key: str) -> Line:
    """A quoted value; it may span lines."""
    quote = text[at]
    closing = re.compile(rf"(?:[^\\{quote}]|\\.)*", re.DOTALL).match(text, at + 1)
    stop = closing.end() if closing else at
    if not text.startswith(quote, stop):
        raise _unreadable(text, start)
    line_end = text.find("\n", stop)
    end = len(text) if line_end < 0 else line_end + 1
    if not re.fullmatch(r"[ \t]*(#[^\n]*)?\r?\n?", text[stop + 1 : end]):
        raise _unreadable(text, start)
    return Line(text[start:end], key, text[at + 1 : stop], quote)


def _unreadable(text: str, start: int) -> InstallError:
    return InstallError(Code.ENV_UNREADABLE, {"line": str(text.count("\n", 0, start) + 1)})


def _evaluate(line: Line, env: Mapping[str, str]) -> str:
    if line.quote == "'":
        return line.raw.replace("\\'", "'")
    raw = line.raw
    if line.quote == '"':
        raw = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[0]), raw, flags=re.DOTALL)
    if "$" not in raw:
        return raw
    try:
        return interpolate(raw, env)
    except InterpolationError as exc:
        raise InstallError(Code.ENV_UNREADABLE, {"line": line.key}, detail=str(exc)) from exc
