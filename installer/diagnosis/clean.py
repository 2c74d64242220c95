"""Makes lines of logs comparable: no colours, no prefixes, one kind of quotes, what JSON wraps unwrapped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from unicodedata import normalize

from installer.untrusted.json import loads

#: Characters. Longer lines are cut into pieces of this length; a symptom may lie across the cut.
LONGEST = 2000
#: The fields of a JSON record that hold words, in the order in which they are read.
_FIELDS = ("log", "msg", "message", "text", "status", "error", "err", "errorDetail", "detail", "details")
#: Fields of a log's record. One without them (a container's state, an answer) is a symptom as it stands, too.
_RECORD = {"log", "level", "severity", "time", "ts", "timestamp"}

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]{0,40}[ -/]{0,8}[@-~]|\][^\x07\x1b\n]{0,400}(?:\x07|\x1b\\)|[@-Z\\-_]|[()][0-9A-Za-z])"
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff]")
_ESCAPED = re.compile(r'\\{1,9}"')
_BLANKS = re.compile(r"[\s\u3000\xa0]+")
_QUOTES = str.maketrans(
    dict.fromkeys("'`\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u300c\u300d\u00b4", '"')
)
#: ``docker compose logs`` and ours: ``api-1  | text``. Squid's ``pinger| text`` has no blank there.
_PREFIX = re.compile(r"\s*[A-Za-z0-9][\w.-]{0,80} {1,40}\| ?")
_DAY = r"\d{4}[-/]\d\d[-/]\d\d"
_TIME = re.compile(
    rf"\s*\[?(?:{_DAY}[T ]\d\d:\d\d:\d\d(?:[.,]\d{{1,9}})?(?:Z| ?[+-]\d\d:?\d\d| UTC)?|"
    r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)\]?:?\s{0,4}"
)
#: A record begins like this although it bears no time.
_LEVEL = re.compile(
    r"(?:\[|time=|level=)?(?:trace|debug|info|notice|warn(?:ing)?|err(?:or)?|fatal|panic|critical|log:|traceback)\b(?!\s*$)",
    re.IGNORECASE,
)
#: After a carriage return: the rest of a message in which the character itself is the failure, not progress.
_RETURN_INSIDE = re.compile(r"\r+(?=[:\"'])")


@dataclass(frozen=True)
class Line:
    """A line: as it is *shown* to people, the *text* that patterns see (small letters, one kind of quotes),
    and whether a record begins with it (*fresh*) rather than continues one."""

    shown: str
    text: str
    fresh: bool


def decoded(data: bytes) -> str:
    """The text of *data*: UTF-8, or UTF-16 as ``wsl.exe`` writes it. What is neither is replaced."""
    head = data[:400]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if len(head) > 3 and head[1::2].count(0) * 4 > len(head):
        return data.decode("utf-16-le", "replace")
    return data.decode("utf-8", "replace")


def cleaned(text: str) -> list[Line]:
    """The lines of *text*; empty ones are left out."""
    text = _RETURN_INSIDE.sub(r"\\r", _ESCAPES.sub("", text).replace("\r\n", "\n"))
    known: dict[str, tuple[Line, ...]] = {}  # programs say the same again and again
    lines: list[Line] = []
    for raw in re.split(r"[\r\n]", text):
        if (same := known.get(raw)) is None:
            same = known[raw] = tuple(_lines(_CONTROLS.sub("", raw)))
        lines += same
    return lines


def normal(text: str) -> str:
    """*text* in small letters, with one kind of quotes, single blanks and no wide or narrow forms of
    characters (``：`` and half-width katakana, as East Asian consoles print them)."""
    if not text.isascii():
        text = normalize("NFKC", text.translate(_QUOTES))
    return _BLANKS.sub(" ", _ESCAPED.sub('"', text.translate(_QUOTES)).lower()).strip()


def _lines(raw: str) -> Iterator[Line]:
    """What one line of the log says: usually one line, of a JSON record as many as its message has."""
    body, fresh = _without_prefix(raw)
    shown = raw.strip()
    if not shown:
        return
    for n, part in enumerate(_unwrapped(body)):
        for start in range(0, len(part), LONGEST):
            piece = part[start : start + LONGEST]
            first = n == start == 0
            yield Line(shown[:LONGEST] if first else piece.strip(), normal(piece), first and fresh)


def _without_prefix(raw: str) -> tuple[str, bool]:
    """*raw* without service, time and the like; whether it begins a record."""
    at, fresh = 0, False
    for _ in range(3):
        if found := _PREFIX.match(raw, at):
            at = found.end()
        if found := _TIME.match(raw, at):
            at, fresh = found.end(), True
    return raw[at:], fresh or bool(_LEVEL.match(raw, at))


def _unwrapped(body: str) -> list[str]:
    """The words of a JSON record, its lines apart; anything else as it is."""
    if not body.lstrip().startswith("{"):
        return [body]
    try:
        record = loads(body)
    except ValueError:
        return [body]
    words = list(_words(record)) if isinstance(record, dict) else []
    said = _ESCAPES.sub("", ": ".join(words))
    parts = [
        _without_prefix(_CONTROLS.sub("", part))[0] for part in re.split(r"[\r\n]+", said) if part.strip()
    ]
    return parts if parts and _RECORD & set(record) else [*parts, body]


def _words(record: Mapping[str, object]) -> Iterator[str]:
    for name in _FIELDS:
        value = record.get(name)
        if isinstance(value, dict):
            yield from _words(value)
        elif isinstance(value, str) and value.strip():
            yield value.strip()
