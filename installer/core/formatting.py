"""How values are written: bytes, times, and dataclasses as JSON."""

from __future__ import annotations

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


def amount(count: int, unit: str) -> str:
    """``1.9 GB``, ``12 files``: decimal units, as Docker and disks use them."""
    if unit != "bytes":
        return f"{count} {unit}"
    size = float(count)
    for name in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {name}" if size >= 10 or name == "B" else f"{size:.1f} {name}"
        size /= 1000
    return f"{size:.1f} GB"


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
