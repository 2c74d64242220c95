"""Makes docs/faults.md of what a run has seen:

DIFY_FAULT_RESULTS=results.jsonl pytest -m lab tests/lab_faults
python -m tests.lab_faults.report results.jsonl >docs/faults.md
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .model import FAULTS, STEPS, Row
from .table import NEVER, ROWS, USUAL, pairs, without_a_row

Result = Mapping[str, Any]

HEAD = """# Fault table

What happens to an installation when something breaks in the middle of it. Each row: `apply` runs until the
step is under way, then the fault strikes; once it is over (or mended), `apply` runs again. A row is right if

- the first run ends as the table says: it gets over the fault by itself (`exit 0`), or says what happened
  with the right code and the id of the catalogue of known failures;
- the second run ends in a running Dify: `/console/api/setup` is 200 from outside, all services log in to
  each other;
- nothing was lost or done twice: the same `.env` and secrets, the same containers, the same database, one
  administrator; no image fetched that was there (the registry counts); no second job where the first one
  went on.

The rows are data (`tests/lab_faults/table.py`). Those in **bold** run with every `./test`, all with
`./test --all`. This file is made from a run's results (`tests/lab_faults/report.py`); rows that were not run
in it have no result.
"""


def newest(lines: list[str]) -> dict[str, Result]:
    """By row; a later result counts."""
    return {r["id"]: r for r in map(json.loads, filter(str.strip, lines))}


def report(results: Mapping[str, Result], made: str) -> Iterator[str]:
    """The file's lines."""
    yield HEAD
    run = [row for row in ROWS if row.id in results]
    good = [row for row in run if results[row.id]["result"] == "as expected"]
    never, every = without_a_row(), pairs()
    yield (
        f"{made}: {len(run)} of {len(ROWS)} rows were run, {len(good)} of them ended as expected. "
        f"{len(STEPS)} steps × {len(FAULTS)} faults = {len(every)} pairs, {len(never)} of which cannot meet."
    )
    yield ""
    yield "| step | fault | ended | `apply` again | seconds | |"
    yield "|---|---|---|---|---|---|"
    for row in ROWS:
        yield line(row, results.get(row.id))
    yield ""
    yield "## Pairs that cannot meet"
    yield ""
    yield "| steps | faults | pairs | why |"
    yield "|---|---|---|---|"
    for pair in NEVER:
        yield f"| {', '.join(pair.steps)} | {', '.join(pair.faults)} | {len(pair.pairs())} | {pair.why} |"


def line(row: Row, result: Result | None) -> str:
    """One row of the table."""
    fault = f"{row.fault} {row.more}".strip()
    name = f"**{row.step}** | **{fault}**" if row.id in USUAL else f"{row.step} | {fault}"
    if result is None:
        expected = " or ".join(map(str, row.first))
        return f"| {name} | expected: {expected} | | | not run |"
    told = "as expected" if result["result"] == "as expected" else f"not yet: {row.today or result['result']}"
    first, second = result.get("first", "?"), result.get("second", "?")
    return f"| {name} | {first} | {second} | {result['seconds']:.0f} | {told} |".replace("\n", " ")


def main(files: list[str]) -> None:
    """Prints it."""
    lines = [text for name in files for text in Path(name).read_text().splitlines()]
    words = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    print("\n".join(report(newest(lines), f"Commit {commit}, {time.strftime('%Y-%m-%d')}")))


if __name__ == "__main__":
    main(sys.argv[1:])
