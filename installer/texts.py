"""What both front ends say: code → sentences in a language, from ``resources/texts/<language>/*.toml``.

Files: ``errors`` (per code: what happened, why, what to do), ``steps`` (per step: title), ``cli`` (the
command line's own words). A test proves that every code and step has its text in every language, with
the same fields.
"""

from __future__ import annotations

import locale
import os
import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from installer.resources import read_text

LANGUAGES = ("en", "ja")
TABLES = ("errors", "steps", "cli")
_SENTENCE_END = re.compile(r"(?<=\. )|(?<=。)|(?<= — )")


@dataclass(frozen=True)
class Explanation:
    """An error for people: *what* happened, the likely *why*, what to *do* now. *why* may be empty."""

    what: str
    why: str
    do: str


def pick_language(asked: str = "", environment: Mapping[str, str] | None = None) -> str:
    """The language to speak: *asked*, else the environment's (LC_ALL, LC_MESSAGES, LANG), else the
    platform's, else English."""
    env = os.environ if environment is None else environment
    candidates = [asked, *(env.get(k, "") for k in ("LC_ALL", "LC_MESSAGES", "LANG"))]
    if environment is None:
        candidates.append((locale.getlocale()[0] or "").replace("Japanese", "ja"))
    for candidate in filter(None, candidates):
        short = candidate.replace("-", "_").partition("_")[0].partition(".")[0].lower()
        if short in LANGUAGES:
            return short
        if short not in ("c", "posix"):
            break  # a language we do not have: English, not the next variable's
    return "en"


@cache
def table(language: str, name: str) -> Mapping[str, Any]:
    """The parsed ``resources/texts/<language>/<name>.toml``. Shared: do not change it."""
    return tomllib.loads(read_text(f"texts/{language}/{name}.toml"))


def fill(template: str, params: Mapping[str, str]) -> str:
    """*template* with its ``{fields}`` from *params*; an empty field shows as ``?``."""
    return template.format_map({name: params.get(name, "") or "?" for name in _fields(template)})


def known_part(template: str, params: Mapping[str, str]) -> str:
    """*template* without the sentences that would say nothing, as all their fields are empty."""
    said = (s for s in _SENTENCE_END.split(template) if _says_something(_fields(s), params))
    return "".join(said).strip(" —")


def _says_something(fields: set[str], params: Mapping[str, str]) -> bool:
    return not fields or any(params.get(name) for name in fields)


def _fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


class Texts:
    """All texts of one language."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"

    def explain(self, code: str, params: Mapping[str, str]) -> Explanation:
        """The three sentences for *code*."""
        entry = table(self.language, "errors").get(code) or table(self.language, "errors")["internal"]
        why = known_part(entry["why"], params)
        return Explanation(fill(entry["what"], params), fill(why, params), fill(entry["do"], params))

    def step(self, step: str, params: Mapping[str, str] | None = None) -> str:
        """A step's title; with *params* the sentence that says what it will do."""
        entry = table(self.language, "steps").get(step.partition(":")[0], {})
        template = entry.get("plan") if params is not None else entry.get("title")
        return fill(str(template or step), params or {})

    def say(self, key: str, **params: str) -> str:
        """A sentence of the command line."""
        return fill(str(table(self.language, "cli")[key]), params)
