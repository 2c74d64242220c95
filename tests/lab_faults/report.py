"""Makes docs/faults.md of what a run has seen:

DIFY_FAULT_RESULTS=results.jsonl pytest -m lab tests/lab_faults
python -m tests.lab_faults.report results.jsonl >docs/faults.md
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.bench_probe import machine

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

Rows meet one installation each, or one after the other the same one (`STORIES`), where the last run must end
in a running Dify.

The rows are data (`tests/lab_faults/table.py`). Those in **bold** run with every `./test`, all with
`./test --all`. This file is made from a run's results (`tests/lab_faults/report.py`); rows that were not run
in it have no result.
"""


def newest(lines: list[str]) -> dict[str, Result]:
    """By row; a later result counts."""
    return {r["id"]: r for r in map(json.loads, filter(str.strip, lines))}


def verdict(row: Row, result: Result) -> str:
    """Of what was seen, by the table as it is now."""
    seen = str(result["first"])
    if seen in map(str, row.first):
        return str(result.get("lost", "")) or "as expected"
    return f"expected {' or '.join(map(str, row.first))}"


def report(results: Mapping[str, Result], made: str, note: str = "") -> Iterator[str]:
    """The file's lines."""
    yield HEAD
    run = [row for row in ROWS if row.id in results]
    verdicts = [verdict(row, results[row.id]) for row in run]
    good = verdicts.count("as expected")
    never, every = without_a_row(), pairs()
    yield (
        f"{made}: {len(run)} of {len(ROWS)} rows were run; {good} ended as expected. "
        f"{len(STEPS)} steps × {len(FAULTS)} faults = {len(every)} pairs, {len(never)} of which cannot meet."
    )
    if note:
        yield from ("", note)
    yield ""
    yield "| step | fault | the run that met it | seconds until its end | |"
    yield "|---|---|---|---|---|"
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
        return f"| {name} | | | not run |"
    return f"| {name} | {result['first']} | {result['seconds']:.0f} | {verdict(row, result)} |"


def main(arguments: list[str]) -> None:
    """Prints it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "results", nargs="+", help="files of DIFY_FAULT_RESULTS; of two results the later counts"
    )
    parser.add_argument("--note", default="", help="what is to be known of this run")
    options = parser.parse_args(arguments)
    lines = [text for name in options.results for text in Path(name).read_text().splitlines()]
    words = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    made = f"Commit {commit}, {time.strftime('%Y-%m-%d')}, {machine()}"
    print("\n".join(report(newest(lines), made, options.note)))


if __name__ == "__main__":
    main(sys.argv[1:])
