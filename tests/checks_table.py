"""Writes the tables of docs/checks.md anew from the data: ``python -m tests.checks_table``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from installer.core.errors import Code
from installer.core.finding import repairs_for
from installer.core.resources import table

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "checks.md"
_MARKS = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_VERDICTS = {"stop": "stops", "warning": "warns"}


def renewed() -> str:
    """The document with its tables as they should be."""
    made = {"findings": _findings, "thresholds": _thresholds, "support": _support}
    return _MARKS.sub(lambda m: m[1] + "\n".join(made[m[2]]()) + "\n" + m[3], DOCUMENT.read_text("utf-8"))


def _findings() -> Iterator[str]:
    yield "| code | verdict | threshold | repair | catalogue | tested |"
    yield "|--|--|--|--|--|--|"
    for code, entry in table("checks")["check"].items():
        cells = (
            f"`{code}`",
            _VERDICTS[entry["verdict"]],
            entry.get("threshold", ""),
            ", ".join(f"`{repair}`" for repair in repairs_for(Code(code))),
            entry["catalogue"],
            entry["tested"],
        )
        yield f"| {' | '.join(cells)} |".replace("|  |", "| |")


def _thresholds() -> Iterator[str]:
    yield "| threshold | values | source |"
    yield "|--|--|--|"
    for name, entry in table("checks")["threshold"].items():
        yield f"| {name} | {_values(entry)} | {entry['source']} |"


def _values(entry: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in entry.items() if key != "source")


def _support() -> Iterator[str]:
    yield "| system | until | source |"
    yield "|--|--|--|"
    for entry in table("checks")["support"]:
        names = f"{', '.join(entry['ids'])} {entry['version']}"
        yield f"| {names} {entry.get('name', '')} | {entry['until']} | {entry['source']} |".replace(
            "  |", " |"
        )


if __name__ == "__main__":
    DOCUMENT.write_text(renewed(), encoding="utf-8")
