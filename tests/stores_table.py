"""Writes the tables of docs/stores.md anew from releases and data: ``python -m tests.stores_table``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from installer.core.resources import table
from installer.core.version import Version
from installer.texts import Texts
from tests.real_releases import REAL_VERSIONS
from tests.releases import model_of

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "stores.md"
_MARKS = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def renewed() -> str:
    """The document with its tables as they should be. Needs the real releases."""
    made = {"stores": _stores, "databases": _databases}
    return _MARKS.sub(lambda m: m[1] + "\n".join(made[m[2]]()) + "\n" + m[3], DOCUMENT.read_text("utf-8"))


def versions() -> list[str]:
    """The real releases at hand, oldest first."""
    return sorted(REAL_VERSIONS, key=Version.parse)


def _stores() -> Iterator[str]:
    found = versions()
    yield f"| store | {' | '.join(found)} | what is put right |"
    yield f"|--|{'--|' * len(found)}--|"
    for name, entry in table("stores")["store"].items():
        offered = ["✓" if name in model_of(version).stores else "" for version in found]
        if any(offered):
            cells = (f"{Texts('en').store(name).name} (`{name}`)", *offered, str(entry.get("why", "")))
            yield f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


def _databases() -> Iterator[str]:
    found = versions()
    yield f"| database | {' | '.join(found)} |"
    yield f"|--|{'--|' * len(found)}"
    for kind in table("databases")["database"]:
        offered = ["✓" if kind in model_of(version).databases else "" for version in found]
        cells = (f"{Texts('en').database(kind).name} (`{kind}`)", *offered)
        yield f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


if __name__ == "__main__":
    DOCUMENT.write_text(renewed(), "utf-8")
