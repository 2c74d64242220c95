"""What Docker tells about a container, in the short forms that fit a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from installer.untrusted.values import decimal, whole

_EVERYWHERE = ("0.0.0.0", "[::]", "")  # noqa: S104  (only shown)


def short_ports(ports: Sequence[str]) -> str:
    """``80, 443`` for published everywhere, ``127.0.0.1:5003`` for one address."""
    found: dict[str, int] = {}
    for entry in ports:
        outer = entry.partition("->")[0]
        address, _, port = outer.rpartition(":")
        if whole(port, -1) >= 0:
            found[port if address in _EVERYWHERE else outer] = whole(port)
    return ", ".join(sorted(found, key=lambda text: (found[text], text)))


def port_mappings(ports: Sequence[str]) -> str:
    """Published ports with the container's: ``80 → 80/tcp``, with the address where it is one alone."""
    found: dict[str, None] = {}
    for entry in ports:
        outer, arrow, inner = entry.partition("->")
        shown = short_ports((entry,)) or outer
        found[f"{shown} → {inner}" if arrow else shown] = None
    return ", ".join(found)


def tag_of(image: str) -> str:
    """The image's tag; ``latest`` is what an image without one means."""
    last = image.partition("@")[0].rpartition("/")[2]
    return last.partition(":")[2] or ("latest" if last else "")


def docker_time(at: str) -> float | None:
    """Docker's time (ISO 8601, UTC) as seconds since the epoch; None for "never" and what is no time."""
    try:
        seconds = datetime.strptime(at[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
    if seconds <= 0:
        return None
    fraction = at[20:].rstrip("Z") if at[19:20] == "." else ""
    return seconds + decimal(f"0.{fraction}")
