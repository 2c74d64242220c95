"""What looks like a secret whatever its value: names that say so, URLs with passwords, keys, tokens. Pure.

Every pattern reads a text in one pass; nothing in it is tried again and again.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from installer.answers.owned import is_secret_name
from installer.core.resources import table

MASK = "***"

_WORDS = (
    r"pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|secret[_-]?key|"
    r"credential|authorization|cookie|session[_-]?id|auth|signature|salt"
)
#: A name, then ``=`` or ``:``; and the value after it: quoted, or up to the next blank.
_NAME = re.compile(
    r"(?<![A-Za-z0-9_.-])(?P<name>[A-Za-z0-9_.-]{1,80})"
    r"(?P<sign>(?:\\{0,4}[\"'])?[ \t]{0,4}(?::=|=>|[=:])[ \t]{0,4})"
)
_VALUE = re.compile(
    r"\\{1,4}\"[^\n]*?(?:\\{1,4}\"|$)|\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.|'')*'?|\S+", re.MULTILINE
)
_IN_URL = re.compile(r"[^\s&\"'<>]+")
_SAYS_SO = re.compile(rf"(?:^|[_.-])(?:{_WORDS})s?(?:$|[_.-])|(?:{_WORDS})s?$", re.IGNORECASE)
#: Names that only sound like it.
_HARMLESS = re.compile(
    r"(?:expire|minutes|seconds|max|limit|count|length|enabled|size|url|path|file|mode|type)", re.IGNORECASE
)
_PLAIN = re.compile(r"(?:true|false|yes|no|null|none|on|off|~|\d{1,6}|\*+|•+)?", re.IGNORECASE)

_URL = re.compile(
    r"(?P<head>[A-Za-z][A-Za-z0-9+.-]{0,30}:(?:\\?/){2}[^\s/:@\"'<>]{0,200}:)(?P<word>[^\s\"'<>]{1,500})@"
)
_PEM = re.compile(
    r"-----BEGIN (?P<kind>[A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10})-----.*?"
    r"(?:-----END [A-Z0-9 ]{0,50}-----|\Z)",
    re.DOTALL,
)
_HEADER = re.compile(
    r"\b(?P<head>(?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(?P<sign>[\"']?[ \t]*[:=][ \t]*)[^\n\r]+",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(?P<head>bearer|basic)[ \t]+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?")
#: Tokens that say what they are by how they begin (the makers' documentation of their tokens' forms).
_TOKEN = re.compile(
    r"\b(?:sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|"
    r"xox[abeoprs]-[A-Za-z0-9-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{30,}|hf_[A-Za-z0-9]{20,}|"
    r"(?:app|dataset)-[A-Za-z0-9]{20,}|dckr_pat_[A-Za-z0-9_-]{20,})"
)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?P<place>(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24})\b"
)


def named_secret(name: str) -> bool:
    """Whether a variable or key of this *name* holds a secret, as far as its name tells."""
    bare = name.strip("\"'")
    if is_secret_name(bare):
        return True
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", bare)
    return bool(_SAYS_SO.search(split)) and not _HARMLESS.search(split)


def scrub_shapes(text: str, count: Callable[[str], None]) -> str:
    """*text* without what looks like a secret; *count* is called with each kind that was taken out."""

    def masked(kind: str, made: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
        def replace(match: re.Match[str]) -> str:
            found = made(match)
            if found != match[0]:
                count(kind)
            return found

        return replace

    text = _PEM.sub(masked("key", lambda m: f"-----BEGIN {m['kind']}-----{MASK}"), text)
    text = _URL.sub(masked("url", _url), text)
    text = _HEADER.sub(masked("header", lambda m: f"{m['head']}{m['sign']}{MASK}"), text)
    text = _BEARER.sub(masked("header", lambda m: f"{m['head']} {MASK}"), text)
    text = _JWT.sub(masked("token", lambda _: MASK), text)
    text = _TOKEN.sub(masked("token", lambda _: MASK), text)
    text = _without_named(text, count)
    return _EMAIL.sub(masked("email", lambda m: f"{MASK}@{m['place']}"), text)


def _url(match: re.Match[str]) -> str:
    """A password may hold an ``@`` or a ``/``: what is taken goes to the last ``@`` of the word, unless a
    path came before it without one."""
    word = match["word"]
    return match[0] if word.startswith(("$", MASK)) else f"{match['head']}{MASK}@"


def _without_named(text: str, count: Callable[[str], None]) -> str:
    """Values whose name says what they are. Other values are read on, as names may be in them (a URL)."""
    parts, at = [], 0
    for found in _NAME.finditer(text):
        if found.start() < at or not named_secret(found["name"]):
            continue
        in_url = text[found.start() - 1 : found.start()] in ("?", "&") and found["sign"] == "="
        value = (_IN_URL if in_url else _VALUE).match(text, found.end())
        if value is None or _PLAIN.fullmatch(value[0].strip("\"'\\,;")):
            continue
        count("name")
        mark = next((m for m in ('\\"', '"', "'") if value[0].startswith(m)), "")
        parts += [text[at : found.end()], mark, MASK, mark]
        at = value.end()
    return "".join([*parts, text[at:]])


def known_names() -> tuple[str, ...]:
    """The variables that the tables call secrets."""
    return tuple(dict.fromkeys(key for entry in table("secrets")["secret"] for key in entry["keys"]))
