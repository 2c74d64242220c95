"""Times that people write and read, in this computer's time zone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from installer.logs.line import line_time

_WRITTEN = re.compile(
    r"^\s*(?:(?P<date>\d{4}[-/]\d{1,2}[-/]\d{1,2})(?:[ T]+|$))?"
    r"(?:(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d(?:\.\d{1,6})?))?)?\s*$"
)


def written(text: str, now: datetime) -> datetime | None:
    """``9:14``, ``09:14:02``, ``2026-11-26`` or both as local time; None if it is no time. Without a date it
    is of today, or of yesterday if that is still to come. *now* bears the time zone."""
    m = _WRITTEN.match(text)
    if not m or not (m["date"] or m["hour"]):
        return None
    try:
        day = now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        if m["date"]:
            year, month, date = (int(part) for part in re.split("[-/]", m["date"]))
            day = datetime(year, month, date)
        second = float(m["second"] or 0)
        micro = round(second % 1 * 1e6) % 1_000_000
        day = day.replace(hour=int(m["hour"] or 0), minute=int(m["minute"] or 0))
        found = day.replace(second=int(second), microsecond=micro).astimezone()
    except (ValueError, OverflowError, OSError):
        return None
    return found - timedelta(days=1) if not m["date"] and found > now else found


def local(at: bytes) -> str:
    """A line's time in local time, with milliseconds; empty if it is none."""
    when = line_time(at)
    if when is None or when.year < 1971:
        return ""
    return f"{when.astimezone():%Y-%m-%d %H:%M:%S}.{at[20:23].decode()}"


def zone(now: datetime) -> str:
    """``JST (UTC+09:00)``."""
    shift = now.strftime("%z")
    offset = f"UTC{shift[:3]}:{shift[3:5]}" if shift.strip("+-0") else "UTC"
    name = now.tzname() or ""
    return offset if name in ("", "UTC", "GMT") or name[:1] in "+-" else f"{name} ({offset})"
