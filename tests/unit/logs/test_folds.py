"""Tracebacks are found, whatever stands around them."""

from __future__ import annotations

import pytest

from installer.logs.folds import MOST, Folds
from tests.unit.logs.lines import head

PYTHON = [
    "2026-11-24 08:00:00 ERROR [app.py:12] - Exception on /console/api/apps [GET]",
    "Traceback (most recent call last):",
    '  File "/app/api/x.py", line 8, in run',
    "    raise ValueError(1)",
    "ValueError: 1",
    "",
    "During handling of the above exception, another exception occurred:",
    "",
    "Traceback (most recent call last):",
    '  File "/app/api/y.py", line 9, in go',
    "KeyError: 'x'",
    "INFO next",
]
JAVA = [
    "java.lang.IllegalStateException: no",
    "\tat a.b.C.run(C.java:1)",
    "\tat a.b.D.go(D.java:2)",
    "Caused by: java.io.IOException: gone",
    "\t... 3 more",
    "INFO next",
]
GO = [
    "panic: nil map",
    "",
    "goroutine 1 [running]:",
    "main.main()",
    "\t/src/main.go:12 +0x1d",
    "exit status 2",
]


def folds(lines: list[str], services: list[int] | None = None, batch: int = 100) -> list[tuple[int, int]]:
    found = Folds()
    for start in range(0, len(lines), batch):
        part = lines[start : start + batch]
        numbers = (services or [0] * len(lines))[start : start + batch]
        found.feed(start, [head(1, n) for n in numbers], [f"{t}\n".encode() for t in part])
    return found.found


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_whatever_the_batches_are(batch: int) -> None:
    assert folds(PYTHON, batch=batch) == [(1, 3), (8, 2)]
    assert folds(["x", *JAVA], batch=100) == [(1, 4)]
    assert folds(GO, batch=100) == [(2, 2)]


def test_lines_of_another_service_end_it() -> None:
    lines = [*PYTHON[1:3], "other", *PYTHON[3:5], "x"]
    assert folds(lines, [0, 0, 1, 0, 0, 0]) == [(0, 1)]


def test_what_never_ends_is_cut() -> None:
    lines = [PYTHON[1], *["  x"] * (3 * MOST), "x"]
    assert folds(lines) == [(0, MOST)]


def test_plain_lines_have_none() -> None:
    assert folds(["INFO a", "  indented", "b"]) == []
