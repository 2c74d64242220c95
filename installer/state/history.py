"""What happened to an installation, from the lines of its journal. Pure; unknown kinds are kept as they are.

A journal is untrusted (it may come out of a report): nothing in it is assumed to be well-formed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from installer.untrusted.text import safe_json, safe_line
from installer.untrusted.values import MOST_SECONDS, real

Tone = Literal["ok", "stop", "warning", "neutral", "accent"]
#: Entries that begin something, and those that end it.
BEGINNINGS = frozenset({"apply", "repair", "undo", "restart", "stop", "start", "recreate", "scale", "images"})
ENDINGS: Mapping[str, Tone] = {"done": "ok", "failed": "stop", "cancelled": "warning"}
#: What ``runs`` puts at the end of a run of which no end was noted.
UNENDED = "unended"
#: Shown at most: the journal itself keeps 500.
MOST = 2000
_LENGTH = 300
#: Causes of a failure, lines of one, and characters of a line.
_CAUSES, _LINES, _LINE = 3, 5, 400


@dataclass(frozen=True)
class Known:
    """A known failure (*code* of the catalogue) and the *lines* that prove it. *service*: whose log they are
    of, as far as that is known; *member*: the text of a report that holds them."""

    code: str
    member: str = ""
    lines: tuple[str, ...] = ()
    service: str = ""


def known(data: Mapping[str, Any]) -> Known:
    """From what a journal or a report holds; it may be forged."""
    lines = data.get("lines")
    said = tuple(safe_line(str(line))[:_LINE] for line in lines[:_LINES]) if isinstance(lines, list) else ()
    return Known(
        safe_line(str(data.get("code", "")))[:40],
        safe_line(str(data.get("member", "")))[:120],
        said,
        safe_line(str(data.get("service", "")))[:60],
    )


@dataclass(frozen=True)
class Times:
    """When a run began and when it failed, in seconds since the epoch by its doer's clock; 0: not known."""

    started: float = 0.0
    failed: float = 0.0


#: Of no run that is known.
ANY_TIME = Times()


@dataclass(frozen=True)
class Entry:
    """One thing that happened *at* a time (seconds since the epoch, by its doer's clock). *what* is the
    journal's word, *who* did it, *params* the rest of the line as texts. *seconds* since the entry before it
    in the same run, None where it begins one; *code* of an error, *causes* what was found to be behind it."""

    at: float
    what: str
    who: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    seconds: float | None = None
    tone: Tone = "neutral"
    code: str = ""
    detail: str = ""
    causes: tuple[Known, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The object that ``report --json`` prints."""
        return {
            "at": self.at,
            "what": self.what,
            "who": self.who,
            "params": dict(self.params),
            "seconds": self.seconds,
            "code": self.code,
            "detail": self.detail,
            "causes": [{"code": c.code, "service": c.service, "lines": list(c.lines)} for c in self.causes],
        }


def entries(lines: Iterable[str]) -> tuple[Entry, ...]:
    """The journal's *lines*, oldest first. What is no entry is left out."""
    found: list[Entry] = []
    before: float | None = None
    for line in lines:
        entry = _entry(line)
        if entry is None:
            continue
        begins = entry.what in BEGINNINGS
        # clocks of several computers: a negative time would be nonsense
        seconds = None if begins or before is None else max(0.0, entry.at - before)
        found.append(replace(entry, seconds=seconds))
        before = None if entry.what in ENDINGS else entry.at
    return tuple(found[-MOST:])


def _entry(line: str) -> Entry | None:
    try:
        data = safe_json(line)
        at, what = real(data["at"], -1.0), safe_line(str(data["what"]))
    except (ValueError, KeyError, TypeError):
        return None
    if not what or not 0 <= at <= MOST_SECONDS:
        return None
    hidden = {"at", "what", "who", "code", "detail", "params", "findings"}
    params = {safe_line(k)[:60]: _words(v) for k, v in data.items() if k not in hidden}
    inner = data.get("params")
    if isinstance(inner, Mapping):
        params |= {safe_line(k)[:60]: _words(v) for k, v in inner.items()}
    tone: Tone = ENDINGS.get(what, "accent" if what in BEGINNINGS else "neutral")
    who, code = _words(data.get("who", "")), _words(data.get("code", ""))
    found = data.get("findings")
    causes = (
        tuple(known(x) for x in found[:_CAUSES] if isinstance(x, dict)) if isinstance(found, list) else ()
    )
    return Entry(at, what[:60], who, params, None, tone, code, str(data.get("detail", ""))[:20_000], causes)


def _words(value: Any) -> str:
    """A value in words, in one line: lists by commas."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, list) and all(isinstance(v, str) for v in value):
        text = ", ".join(value)
    elif value is None:
        text = ""
    else:
        text = json.dumps(value, ensure_ascii=False)
    text = safe_line(text)
    return text if len(text) <= _LENGTH else text[: _LENGTH - 1] + "…"


def times(run: Sequence[Entry], entry: Entry) -> Times:
    """Those of *run* up to *entry*, with which it failed. A journal forgets how its oldest run began."""
    started = run[0].at if run and run[0].what in BEGINNINGS else 0.0
    return Times(started, entry.at)


def steps_of(entry: Entry) -> tuple[str, ...]:
    """The steps that an entry names."""
    return tuple(filter(None, entry.params.get("steps", "").split(", ")))


def runs(found: Sequence[Entry]) -> tuple[tuple[Entry, ...], ...]:
    """The entries by what they belong to: from a beginning to its end, the newest run first.

    A run that was followed by another without an end has ``UNENDED`` as its last entry: the program closed
    or lost its connection, and what it had started may have been completed. The newest may still go on.
    """
    grouped: list[list[Entry]] = []
    for entry in found:
        if entry.what in BEGINNINGS or not grouped or grouped[-1][-1].what in ENDINGS:
            grouped.append([])
        grouped[-1].append(entry)
    for run in grouped[:-1]:
        if run[-1].what not in ENDINGS and run[0].what in BEGINNINGS:
            run.append(Entry(run[-1].at, UNENDED, tone="warning"))
    return tuple(tuple(run) for run in reversed(grouped))
