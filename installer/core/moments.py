"""Points in time as texts carry them."""

from __future__ import annotations

from datetime import datetime

from installer.untrusted.values import MOST_SECONDS


def moment(at: float) -> str:
    """*at* (seconds since the epoch) by this computer's clock and time zone: ``2026-11-25 21:13``. The
    nearest time that a calendar has, as a server may send any number."""
    at = min(max(at, 0.0), MOST_SECONDS)
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")
