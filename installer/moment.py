"""Points in time as texts carry them."""

from __future__ import annotations

from datetime import datetime


def moment(at: float) -> str:
    """*at* (seconds since the epoch) by this computer's clock and time zone: ``2026-11-25 21:13``."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")
