"""Versions of Docker's own programs, which distributions decorate (``2.26.1-4``, ``2.40.3+ds1``)."""

from __future__ import annotations

import re

_NUMBERS = re.compile(r"v?([0-9]{1,9})\.([0-9]{1,9})(?:\.([0-9]{1,9}))?")


def numbers(text: str) -> tuple[int, int, int] | None:
    """The three leading numbers, None if there are none. What follows them does not count: a
    distribution's ``-4`` is a rebuild, not a pre-release."""
    m = _NUMBERS.match(text.strip())
    return (int(m[1]), int(m[2]), int(m[3] or 0)) if m else None


def older(have: str, need: str) -> bool:
    """Whether *have* is known to be older than *need*."""
    a, b = numbers(have), numbers(need)
    return a is not None and b is not None and a < b
