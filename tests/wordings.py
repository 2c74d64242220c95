"""``python -m tests.wordings FOLDER_OR_FILE …``: how many collected wordings the diagnosis names.

For each file: program wordings whose entry comes first, comes later (named), that name nothing (silent) and
that name other entries only (wrong); then the misses. ``--full`` shows their logs, ``--code PG-01`` only
this entry.
"""

from __future__ import annotations

import argparse
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installer.diagnosis import diagnose

RESULTS = ("first", "named", "silent", "wrong")


@dataclass(frozen=True)
class Outcome:
    """What the diagnosis says about *wording*: the *found* codes and one of ``RESULTS``."""

    wording: Mapping[str, Any]
    found: tuple[str, ...]
    result: str


def wordings(path: Path, kind: str = "program") -> list[dict[str, Any]]:
    """The wordings of *kind* in one file."""
    found = tomllib.loads(path.read_text(encoding="utf-8")).get("wording", [])
    return [wording for wording in found if wording["kind"] == kind]


def files(paths: Sequence[Path]) -> list[Path]:
    """The files among *paths* and directly in its folders."""
    return sorted(f for path in paths for f in (path.glob("*.toml") if path.is_dir() else (path,)))


def outcome(wording: Mapping[str, Any]) -> Outcome:
    """What is found in *wording*, at its stage and for its services."""
    found = diagnose(wording["log"], wording["stage"], wording.get("services", ()))
    codes = tuple(finding.code for finding in found)
    if codes[:1] == (wording["code"],):
        return Outcome(wording, codes, "first")
    result = "named" if wording["code"] in codes else "wrong" if codes else "silent"
    return Outcome(wording, codes, result)


def _row(name: str, outcomes: Sequence[Outcome]) -> str:
    counts = Counter(o.result for o in outcomes)
    share = f"{counts['first'] / len(outcomes):4.0%}" if outcomes else "   -"
    return f"{name:12} {len(outcomes):4} " + "".join(f"{counts[r]:7}" for r in RESULTS) + f"  {share}"


def main() -> None:
    """Print the figures and the misses."""
    parser = argparse.ArgumentParser(prog="python -m tests.wordings", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="FOLDER_OR_FILE")
    parser.add_argument("--full", action="store_true", help="show the logs of the misses")
    parser.add_argument("--code", default="", help="only wordings of this entry")
    options = parser.parse_args()
    every: list[Outcome] = []
    print(f"{'file':12} {'all':>4} " + "".join(f"{r:>7}" for r in RESULTS))
    for path in files(options.paths):
        here = [outcome(w) for w in wordings(path) if options.code in ("", w["code"])]
        every += here
        print(_row(path.stem, here))
    print(_row("together", every), end="\n\n")
    for one in every:
        if one.result != "first":
            log = one.wording["log"].strip()
            services = ",".join(one.wording.get("services", ()))
            found = " ".join(one.found) or "-"
            print(f"{one.wording['code']:8} {one.result:6} {found}  [{one.wording['stage']}; {services}]")
            lines = log.splitlines() if options.full else [log.splitlines()[0][:150]]
            print("\n".join(f"    {line}" for line in lines))


if __name__ == "__main__":
    main()
