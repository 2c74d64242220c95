"""Numbers of ``resources/checks.toml``, each with its source there."""

from __future__ import annotations

from typing import Any

from installer.resources import table

GIB = 1024**3


def threshold(name: str, key: str) -> Any:
    """The number *key* of the threshold *name*."""
    return table("checks")["threshold"][name][key]


def memory_wanted() -> float:
    """Bytes of memory below which a machine has less than Dify asks for."""
    return float(threshold("memory", "enough")) * GIB


def memory_asked() -> str:
    """GB, as people read it."""
    return str(threshold("memory", "asked"))


def disk_wanted() -> int:
    """Bytes that Dify with its data soon takes."""
    return int(threshold("disk", "wanted") * 10**9)


def disk_needed() -> int:
    """Bytes without which it is no use to begin."""
    return int(threshold("disk", "needed") * 10**9)
