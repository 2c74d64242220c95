"""What the override file says so that services whose work is done elsewhere are not started. Pure.

They go into a profile that is never activated, and no service waits for them: Compose passes by a
dependency that is not ``required`` and whose service is in no active profile (2.20.2). So the release's own
file stays as it is, and a ``docker compose up`` by hand does the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from installer.release.model import ReleaseModel

#: Never activated.
PROFILE = "elsewhere"


@dataclass(frozen=True)
class Away:
    """*parts*: lines of the override file by service. *features*: what Compose must know for them."""

    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    features: frozenset[str] = frozenset()


def away_parts(model: ReleaseModel, names: tuple[str, ...]) -> Away:
    """For the services *names* of the whole release *model*."""
    stated = any(model.services[name].profiles for name in names)
    waiting = tuple(_waiting(model, frozenset(names)))
    features = {"override_tag"} if stated else set()
    if waiting:
        features.add("depends_on_required")
    return Away((*_profiles(model, names), *waiting), frozenset(features))


def _profiles(model: ReleaseModel, names: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in names:
        tag = "!override " if model.services[name].profiles else ""
        yield name, (f"profiles: {tag}[{PROFILE}]",)


def _waiting(model: ReleaseModel, names: frozenset[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, service in model.services.items():
        awaited = [d for d in service.depends_on if d.service in names and d.required]
        if awaited and name not in names:
            lines = [
                line
                for d in awaited
                for line in (f"  {d.service}:", f"    condition: {d.condition}", "    required: false")
            ]
            yield name, ("depends_on:", *lines)
