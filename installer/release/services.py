"""What is known about the services beyond what a release states (``resources/services.toml``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from installer.core.resources import holds, table
from installer.core.version import Version

DATABASE_ROLES = frozenset({"database", "cache"})


def service(name: str) -> Mapping[str, Any]:
    """The entry of a service, empty for an unknown one."""
    found: Mapping[str, Any] = table("services")["service"].get(name, {})
    return found


def by_data_path(names: Iterable[str]) -> tuple[str, ...]:
    """*names* in the order a request takes: web server first, databases last, unknown ones after."""
    return tuple(sorted(names, key=lambda n: (service(n).get("order", 999), n)))


def group_of(name: str) -> str:
    """Where on the data path the service stands, in a few large parts: a key of ``[group]``."""
    role = service(name).get("role")
    groups: Mapping[str, Sequence[str]] = table("services")["group"]
    return next((group for group, roles in groups.items() if role in roles), "other")


def groups() -> tuple[str, ...]:
    """All of them, in the order a request takes."""
    return (*table("services")["group"], "other")


def probe(name: str) -> tuple[str, ...]:
    """The command that tells, inside the container, whether the service answers; empty if none is known."""
    return tuple(service(name).get("probe", ()))


def databases_of(names: Iterable[str]) -> tuple[str, ...]:
    """Those of *names* that everything else waits for."""
    return tuple(n for n in names if service(n).get("role") in DATABASE_ROLES)


def fronts(names: Iterable[str]) -> tuple[str, ...]:
    """Those of *names* that people's browsers talk to, and that hand requests on to all others."""
    return tuple(n for n in names if service(n).get("role") == "proxy")


def copies() -> Mapping[str, tuple[int, ...]]:
    """Services of which there may be several containers → the numbers to choose from."""
    known: Mapping[str, Mapping[str, Any]] = table("services")["service"]
    return {name: tuple(entry["copies"]) for name, entry in known.items() if "copies" in entry}


def migrates(name: str) -> bool:
    """Whether the service prepares the database before it answers for the first time."""
    return bool(service(name).get("migrates"))


def followers(version: Version, changed: Iterable[str], present: Sequence[str]) -> tuple[str, ...]:
    """Services among *present* that must be restarted after *changed* got new containers or addresses."""
    again = set(changed)
    return tuple(
        n for n in present if holds(service(n), version) and again & set(service(n).get("restart_after", ()))
    )
