"""The table of symptoms (``resources/diagnosis.toml``) as rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from installer.core.resources import table

#: How much a pattern proves, by the name of its list.
WEIGHTS = {"sure": 3, "usual": 2, "weak": 1}

#: The same for states; a hint counts only where nothing else explains it.
STATES = {"states": 3, "hints": 1}


@dataclass(frozen=True)
class Pattern:
    """A regular expression with a *needle*: small letters that every match contains."""

    regex: re.Pattern[str]
    needle: str


@dataclass(frozen=True)
class Rule:
    """The symptoms of one entry of the catalogue.

    *patterns*: with their weight; *pairs*: two that follow each other within a few lines; *last*: prove
    something only where the log ends; *repeated*: only from the second time on; *alone*: only where there is
    nothing else; *settled*: a later line
    after which all is well again; *states*: what proves it in our own words about the machine and its
    containers, with their weight; *here*: surely this entry at its own stages, and of its own services where
    it has some, something else elsewhere. *causes*: entries of which this one is a consequence.
    """

    code: str
    stages: frozenset[str]
    services: frozenset[str]
    sources: frozenset[str]
    causes: frozenset[str]
    patterns: tuple[tuple[Pattern, int], ...]
    pairs: tuple[tuple[Pattern, Pattern], ...] = ()
    last: tuple[Pattern, ...] = ()
    repeated: tuple[Pattern, ...] = ()
    alone: tuple[Pattern, ...] = ()
    settled: tuple[Pattern, ...] = ()
    states: tuple[tuple[Pattern, int], ...] = ()
    here: tuple[Pattern, ...] = ()


@dataclass(frozen=True)
class Harmless:
    """Lines that look bad and are not; *sources*: where, empty everywhere."""

    patterns: tuple[Pattern, ...]
    sources: frozenset[str] = field(default_factory=frozenset)


def needle(regex: str) -> str:
    """The longest run of plain characters that every match of *regex* contains: what stands outside of
    groups and classes and is not optional. Makes looking for a pattern a plain search first."""
    runs, at, depth = [""], 0, 0
    while at < len(regex):
        part = _part(regex, at)
        at += len(part)
        follows = regex[at : at + 1]
        depth += (part == "(") - (part == ")")
        if part == "|" and not depth:
            raise ValueError(regex)  # two patterns, then
        plain = part[-1] if part[0] != "\\" or not part[-1].isalnum() else ""
        special = not plain or part in tuple("().^$|*+?") or part[0] in "[{"
        if depth or special or follows in tuple("?*{"):
            runs.append("")
        else:
            runs[-1] += plain
    return max(runs, key=len)


def _part(regex: str, at: int) -> str:
    """The next unit: a character, an escaped one, a class, or a count."""
    if regex[at] == "\\":
        return regex[at : at + 2]
    if regex[at] == "[":
        return regex[at : regex.index("]", at + 2) + 1]
    if regex[at] == "{":
        return regex[at : regex.index("}", at) + 1]
    return regex[at]


def pattern(regex: str) -> Pattern:
    """*regex*, for text as ``clean.normal`` makes it. Raises ValueError where it has no needle."""
    found = needle(regex)
    if len(found) < 3:
        raise ValueError(regex)
    return Pattern(re.compile(regex, re.MULTILINE), found)


def _patterns(entry: Mapping[str, Any], name: str) -> tuple[Pattern, ...]:
    return tuple(pattern(regex) for regex in entry.get(name, ()))


def parts_of(stage: str) -> frozenset[str]:
    """The stages that *stage* names: ``upgrade / restart`` are two, and what is in brackets is none."""
    before = stage.partition("(")[0]
    return frozenset(part.strip().lower() for part in (before, *before.split(" / ")) if part.strip())


def sources_of(stages: Iterable[str]) -> frozenset[str]:
    """Where the text of *stages* comes from; nothing for unknown ones."""
    known: Mapping[str, list[str]] = table("diagnosis")["stage"]
    return frozenset(source for stage in stages for source in known.get(stage, ()))


@cache
def neighbours_of(sources: frozenset[str]) -> frozenset[str]:
    """*sources* and those whose text may stand in their place."""
    groups: list[list[str]] = table("diagnosis")["near"]["sources"]
    return sources.union(*(group for group in groups if sources & set(group)))


def _members(names: Iterable[str]) -> frozenset[str]:
    """*names* with the groups (``@name``) among them filled in."""
    groups: Mapping[str, list[str]] = table("diagnosis")["group"]
    return frozenset(
        member for name in names for member in (groups[name[1:]] if name.startswith("@") else (name,))
    )


def _rule(code: str, entry: Mapping[str, Any]) -> Rule:
    stages = frozenset(stage.lower() for stage in entry["stages"])
    return Rule(
        code=code,
        stages=stages,
        services=_members(entry.get("services", ())),
        sources=frozenset(entry["sources"]) if "sources" in entry else sources_of(stages),
        causes=_members(entry.get("causes", ())) - {code},
        patterns=tuple((p, weight) for name, weight in WEIGHTS.items() for p in _patterns(entry, name)),
        pairs=tuple((pattern(first), pattern(second)) for first, second in entry.get("pairs", ())),
        last=_patterns(entry, "last"),
        repeated=_patterns(entry, "repeated"),
        alone=_patterns(entry, "alone"),
        settled=_patterns(entry, "settled"),
        states=tuple((p, weight) for name, weight in STATES.items() for p in _patterns(entry, name)),
        here=_patterns(entry, "here"),
    )


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order of the table."""
    return tuple(_rule(code, entry) for code, entry in table("diagnosis")["entry"].items())


@cache
def harmless() -> tuple[Harmless, ...]:
    """All lines that look bad and are not."""
    return tuple(
        Harmless(_patterns(entry, "patterns"), frozenset(entry.get("sources", ())))
        for entry in table("diagnosis")["harmless"]
    )
