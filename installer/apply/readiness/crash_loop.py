"""Containers that Docker had to start again: whether they have stayed up since.

A container in a crash loop is "running" for a moment again and again; a look that falls into such a moment
must not take it for one that works.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from installer.core.resources import table
from installer.docker.containers import Container
from installer.docker.short_forms import docker_time
from installer.untrusted.values import mapping

if TYPE_CHECKING:
    from docker import APIClient


def steady(client: APIClient, containers: Iterable[Container]) -> tuple[Container, ...]:
    """*containers*, those that were started again only just now as ``restarting``. Asks the Engine for its
    time where there are any: containers' times are by its clock."""
    found = tuple(containers)
    if not any(c.restarts and c.state == "running" for c in found):
        return found
    now = engine_time(str(mapping(client.info()).get("SystemTime", "")))
    return tuple(c if now is None or stays(c, now) else replace(c, state="restarting") for c in found)


def unproven(
    client: APIClient, containers: Iterable[Container], seconds: float | None = None
) -> tuple[Container, ...]:
    """Those of *containers* that may still crash: not healthy by their own health check, and started less
    than *seconds* ago (default: as long as a restarted one has to stay up). A program that cannot work often
    takes some seconds to find that out."""
    found = [c for c in containers if c.state == "running" and c.health != "healthy"]
    if not any(docker_time(c.started_at) for c in found):
        return ()
    now = engine_time(str(mapping(client.info()).get("SystemTime", "")))
    return tuple(c for c in found if now is not None and not _long_up(c, now, seconds))


def stays(container: Container, now: float) -> bool:
    """Whether *container* is not one that ended and has been up again for a moment only; *now* in seconds
    since the epoch by the Engine's clock."""
    if not container.restarts or container.state != "running":
        return True
    return _long_up(container, now)


def _long_up(container: Container, now: float, seconds: float | None = None) -> bool:
    since = docker_time(container.started_at)
    enough = float(table("waiting")["steady"]["seconds"]) if seconds is None else seconds
    return since is None or not 0 <= now - since < enough  # the clock was put back: unknown


def just_started(client: APIClient, containers: Iterable[Container]) -> bool:
    """Whether one of *containers* began within the last moment: whatever cannot start at all ends in it."""
    return bool(unproven(client, containers, float(table("waiting")["steady"]["first"])))


def engine_time(text: str) -> float | None:
    """``SystemTime`` of the Engine's information (RFC 3339, its own time zone) as seconds since the epoch."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
