"""The forms in which a secret appears in files, logs and answers. Pure."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

#: Shorter values would blank out ordinary words; they are taken out by their key alone.
SHORTEST = 4
#: From this length on a value is also found in base64, in hexadecimal digits, and broken over lines.
LONG = 6
#: Lines of a secret of several lines (a key) that are secrets of their own.
_LINE = 8


def forms(value: str) -> frozenset[str]:
    """*value* as it stands, quoted, escaped and encoded in the ways that shells, URLs, JSON, YAML, HTML,
    Python and Compose have."""
    if len(value) < SHORTEST:
        return frozenset()
    found = {value}
    for line in value.splitlines():
        if len(line.strip()) >= _LINE:
            found |= {line.strip()}
    for text in tuple(found):
        found |= set(_escaped(text))
    # what was escaped may be escaped once more: a JSON record inside of a JSON log
    for text in tuple(found):
        found |= {json.dumps(text)[1:-1], text.replace("$", "$$")}
    if len(value) >= LONG:
        raw = value.encode("utf-8", "surrogatepass")
        found |= {raw.hex(), raw.hex().upper()}
    return frozenset(f for f in found if len(f) >= SHORTEST)


def _escaped(text: str) -> Iterator[str]:
    safe = text.encode("utf-8", "replace").decode()
    for encoded in (
        quote(safe, safe=""),
        quote(safe),
        quote_plus(safe),
        quote(safe, safe="!'()*~"),
        quote(safe, safe="!$&'()*+,;=:@"),
    ):
        yield encoded
        yield re.sub("%[0-9A-F]{2}", lambda m: m[0].lower(), encoded)
    for ascii_only in (True, False):
        yield json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield json.dumps(text, ensure_ascii=ascii_only)[1:-1].replace("/", "\\/")
    yield repr(text)[1:-1]
    yield html.escape(text)
    yield html.escape(text, quote=False)
    yield text.replace("'", "''")  # YAML
    yield text.replace("'", "'\\''")  # sh
    yield text.replace("'", "'\"'\"'")
    yield text.replace("'", "\\'")
    yield re.sub(r'([\\"$`])', r"\\\1", text)  # sh in double quotes, .env
    yield re.sub(r"([^A-Za-z0-9_./-])", r"\\\1", text)  # sh without quotes


def base64_cores(value: str) -> Iterator[str]:
    """What base64 of anything that contains *value* contains: one text for each of the three places at which
    it may begin. Both alphabets."""
    raw = value.encode("utf-8", "replace")
    if len(raw) < LONG:
        return
    for before in range(3):
        text = base64.b64encode(b"\0" * before + raw).decode().rstrip("=")
        first = (before * 8 + 5) // 6  # characters that bits of others are mixed into
        last = (before + len(raw)) * 8 // 6
        core = text[first:last]
        yield core
        yield core.translate(str.maketrans("+/", "-_"))


def all_forms(values: Iterable[str]) -> tuple[str, ...]:
    """Of all *values*, longest first."""
    found = {form for value in values for form in forms(value)}
    return tuple(sorted(found, key=lambda form: (-len(form), form)))
