"""Security holes that are publicly known of a release (``resources/advisories.toml``). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from installer.core.resources import entries
from installer.core.version import Version

Severity = Literal["critical", "high", "medium"]
_ORDER: tuple[Severity, ...] = ("critical", "high", "medium")


@dataclass(frozen=True)
class Advisory:
    """*name*: the key of its sentence (``Texts.advisory``). *ids*: as others call it. *fixed*: the first
    release without it. *source*: the address of a page that says so."""

    name: str
    severity: Severity
    ids: tuple[str, ...]
    fixed: str
    source: str


@cache
def advisories(version: str) -> tuple[Advisory, ...]:
    """What is known of the release *version*, the most severe first; nothing of what is no version.

    A release candidate is judged by its place in the order: it comes before the release it prepares.
    """
    parsed = Version.try_parse(version)
    if parsed is None:
        return ()
    found = [
        Advisory(e["name"], e["severity"], tuple(e["ids"]), e["until"], e["source"])
        for e in entries("advisories", "advisory", parsed)
    ]
    return tuple(sorted(found, key=lambda a: _ORDER.index(a.severity)))


def enough(found: tuple[Advisory, ...]) -> str:
    """The first release that has none of *found*; empty if there are none."""
    return max((a.fixed for a in found), key=Version.parse, default="")
