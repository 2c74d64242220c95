"""Numbers with units."""

from __future__ import annotations


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
