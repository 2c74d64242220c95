"""How values are written: bytes, times, and dataclasses as JSON."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from installer.core.secrets import Secret
from installer.untrusted.values import MOST_SECONDS


def moment(at: float) -> str:
    """*at* (seconds since the epoch) by this computer's clock and time zone: ``2026-11-25 21:13``. The
    nearest time that a calendar has, as a server may send any number."""
    at = min(max(at, 0.0), MOST_SECONDS)
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")


def moment_or_time(at: float) -> str:
    """``21:13`` for a time of today, else as ``moment`` writes it."""
    day, _, clock = moment(at).partition(" ")
    return clock if moment(time.time()).startswith(day) else f"{day} {clock}"


def clock_time(at: float) -> str:
    """*at* as the time of day to the second: ``21:13:05``."""
    return datetime.fromtimestamp(min(max(at, 0.0), MOST_SECONDS)).astimezone().strftime("%H:%M:%S")


def file_time(at: float | None = None) -> str:
    """*at*, or now, in UTC as a part of file names, in order of time: ``20261125T121305Z``."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))


def byte_unit(count: float) -> tuple[int, str]:
    """The unit in which *count* bytes are written, and its bytes: decimal, as Docker and disks use them."""
    units = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
    return next((unit for unit in units if count >= unit[0]), (1, "B"))


def byte_size(count: float) -> str:
    """*count* bytes as ``999 B``, ``1.5 kB``, ``44 MB``, ``20.3 GB``."""
    factor, unit = byte_unit(count)
    size = count / factor
    digits = 1 if unit == "GB" or (size < 10 and factor > 1) else 0
    return f"{size:,.{digits}f} {unit}"


def plain_data(value: Any) -> Any:
    """*value* (of ``dataclasses.asdict``) as JSON can hold it; secrets masked."""
    if isinstance(value, Secret):
        return str(value)
    if isinstance(value, Mapping):
        return {str(k): plain_data(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value) if isinstance(value, (set, frozenset)) else value
        return [plain_data(v) for v in items]
    return value
