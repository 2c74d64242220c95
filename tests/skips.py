"""Which skipped tests are allowed where nobody looks at the output (``CI=true``): ``tests/skips.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ALLOWED = Path(__file__).with_name("skips.toml")


@dataclass(frozen=True)
class Skip:
    """A test, or a module whose tests were all skipped, and the reason."""

    test: str
    reason: str


def skips(reports: Iterable[pytest.TestReport | pytest.CollectReport]) -> list[Skip]:
    """From pytest's reports of what was skipped, each once, sorted."""
    found = set()
    for report in reports:
        detail = report.longrepr
        reason = detail[2] if isinstance(detail, tuple) else str(detail)
        found.add(Skip(report.nodeid, reason.removeprefix("Skipped: ")))
    return sorted(found, key=lambda skip: (skip.test, skip.reason))


def unlisted(found: Iterable[Skip], *, real_releases: bool, path: Path = ALLOWED) -> Iterator[Skip]:
    """Those that no entry of the list allows. *real_releases*: whether this run has them."""
    entries = tomllib.loads(path.read_text("utf-8"))["skip"]
    known = [e for e in entries if not (real_releases and e.get("only") == "without_releases")]
    for skip in found:
        if not any(
            skip.test.startswith(e["tests"]) and re.fullmatch(e["reason"], skip.reason) for e in known
        ):
            yield skip
