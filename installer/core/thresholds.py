"""Numbers of ``resources/checks.toml``, each with its source there."""

from __future__ import annotations

import math
from typing import Any

from installer.core.resources import table

#: Bytes of a GB: of disks as well as of memory, as everything else here tells them.
GB = 10**9


def gigabytes(count: float) -> str:
    """*count* bytes in GB, for people. Rounded down, so that "14.9 of 15" does not read as enough; one
    decimal where it matters."""
    if count >= 100 * GB:
        return str(math.floor(count / GB))
    return f"{math.floor(count * 10 / GB) / 10:.1f}".removesuffix(".0")


def threshold(name: str, key: str) -> Any:
    """The number *key* of the threshold *name*."""
    return table("checks")["threshold"][name][key]


def memory_wanted() -> float:
    """Bytes of memory below which a machine has less than Dify asks for."""
    return float(threshold("memory", "enough")) * GB


def memory_asked() -> str:
    """GB, as people read it."""
    return str(threshold("memory", "asked"))


def disk_wanted() -> int:
    """Bytes that Dify with its data soon takes."""
    return int(threshold("disk", "wanted") * GB)


def disk_needed() -> int:
    """Bytes without which it is no use to begin."""
    return int(threshold("disk", "needed") * GB)
