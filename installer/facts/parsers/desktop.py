"""Pure parsers of what Docker's client says about Docker Desktop and its likes on a person's computer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from installer.facts.desktop import Desktop, DesktopState, DockerContext
from installer.facts.engine import EngineKind
from installer.untrusted.json import loads
from installer.untrusted.values import integer

#: What the endpoint of a context contains → who made it.
_PROVIDERS = (
    ("dockerDesktopLinuxEngine", "desktop"),
    ("dockerDesktopWindowsEngine", "desktop"),
    ("/.docker/run/", "desktop"),
    ("/.docker/desktop/", "desktop"),
    ("/.colima/", "colima"),
    ("/.config/colima/", "colima"),
    ("/.orbstack/", "orbstack"),
    ("/.rd/", "rancher"),
    ("podman", "podman"),
    ("ssh://", "remote"),
    ("tcp://", "remote"),
    ("unix:///var/run/docker.sock", "engine"),
    ("docker_engine", "engine"),
)


def provider(endpoint: str) -> str:
    """Who made a context, by its endpoint."""
    return next((name for part, name in _PROVIDERS if part in endpoint), "")


def contexts(text: str) -> tuple[DockerContext, ...]:
    """``docker context ls --format json``: one object a line, or a list (older clients)."""
    try:
        data: Any = loads(text)
        entries = data if isinstance(data, list) else [data]
    except ValueError:
        entries = [_object(line) for line in text.splitlines()]
    found = []
    for entry in entries:
        if not isinstance(entry, Mapping) or not entry.get("Name"):
            continue
        endpoint = str(entry.get("DockerEndpoint", ""))
        found.append(
            DockerContext(
                name=str(entry["Name"]),
                endpoint=endpoint,
                current=entry.get("Current") is True or entry.get("Current") == "true",
                provider=provider(endpoint),
                error=str(entry.get("Error", "")),
            )
        )
    return tuple(found)


def _object(line: str) -> Any:
    try:
        return loads(line)
    except ValueError:
        return None


def with_engine(desktop: Desktop, info: Mapping[str, Any], os_type: str, kind: EngineKind) -> Desktop:
    """*desktop* with what the Engine says (``docker info``): whose it is, its memory, its kind of containers.

    *desktop.state* may be ABSENT or STOPPED by its files; an answering Desktop Engine corrects that.
    """
    answers = bool(info.get("ServerVersion"))
    own = kind is EngineKind.DESKTOP
    memory, cpus = integer(info.get("MemTotal")), integer(info.get("NCPU"))
    return replace(
        desktop,
        state=DesktopState.RUNNING if own and answers else desktop.state,
        engine=own if answers else None,
        os_type=os_type or str(info.get("OSType") or ""),
        memory=memory if memory > 0 else -1,
        cpus=cpus if cpus > 0 else -1,
    )
