"""Reads the literal symptoms from the catalogue of failures beside the checkout, where there is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

CATALOGUE = Path(__file__).resolve().parents[4] / "shared" / "failures" / "CATALOGUE.md"
needs_catalogue = pytest.mark.skipif(
    not CATALOGUE.is_file(), reason=f"NOT TESTED against the catalogue: {CATALOGUE} is not there"
)

#: Symptoms that the catalogue itself calls harmless in a log: they count where nothing else was said.
ALONE = {
    ("SBX-03", "(alone harmless) pinger| FATAL: Unable to open any ICMP sockets."),
    ("INST-16", "debconf: unable to initialize frontend: Dialog"),
    (
        "INST-15",
        "WARNING: Support for cgroup v1 is deprecated and planned to be removed by no later than May 2029",
    ),
}


@dataclass(frozen=True)
class Symptom:
    """A line that entry *code* shows, with the entry's stage and services."""

    code: str
    stage: str
    services: tuple[str, ...]
    line: str


def symptoms(text: str) -> Iterator[Symptom]:
    """All symptoms in the catalogue's *text*, without the mark of wording from general knowledge."""
    code = stage = ""
    services: tuple[str, ...] = ()
    fresh = False
    for line in text.splitlines():
        if heading := re.match(r"### ([A-Z]+-\d+) ", line):
            code, fresh = heading[1], True
        elif fresh and line.startswith("- "):
            fresh = False
            where = line[2:].split(" · ")[0]
            stage = where.partition("(")[0].strip()
            inside = re.search(r"\((.*)\)", where)
            services = tuple(name.strip() for name in inside[1].split(",")) if inside else ()
        elif seen := re.match(r"- sees: (`+) ?(.*?) ?\1$", line):
            yield Symptom(code, stage, services, seen[2].strip().removeprefix("~ "))


def from_catalogue() -> list[Symptom]:
    """The symptoms to test; none where the catalogue is not there."""
    if not CATALOGUE.is_file():
        return []
    return list(symptoms(CATALOGUE.read_text(encoding="utf-8")))
