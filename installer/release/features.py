"""Which Compose a file needs, derived from what it uses (table: ``resources/compose_features.toml``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from installer.core.resources import table
from installer.core.version import Version
from installer.release.compose_file import ComposeFile


@dataclass(frozen=True)
class NeededCompose:
    """The smallest Compose that works, and the features that ask for it."""

    version: str
    why: tuple[str, ...]


def needed_compose(features: frozenset[str]) -> NeededCompose:
    """The need of all *features* together; *why* names those that ask for the largest version."""
    known = table("compose_features")["feature"]
    needs = {name: Version.parse(known[name]["version"]) for name in features | {"compose_v2"}}
    largest = max(needs.values())
    return NeededCompose(str(largest), tuple(sorted(name for name, need in needs.items() if need == largest)))


def features_of(compose: ComposeFile) -> frozenset[str]:
    """The features that *compose* uses."""
    services = [service.raw for service in compose.services.values()]
    used = {name for name, uses in _IN_SERVICE.items() if any(uses(s) for s in services)}
    used |= {name for name, uses in _IN_FILE.items() if uses(compose.raw)}
    return frozenset(used)


def _mappings(service: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The mapping entries of a list or mapping *key*."""
    value = service.get(key) or []
    entries = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [e for e in entries if isinstance(e, dict)]


_IN_SERVICE: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "depends_on_restart": lambda s: any("restart" in e for e in _mappings(s, "depends_on")),
    "depends_on_required": lambda s: any("required" in e for e in _mappings(s, "depends_on")),
    "env_file_mapping": lambda s: bool(_mappings(s, "env_file")),
    "env_file_format": lambda s: any("format" in e for e in _mappings(s, "env_file")),
    "lifecycle_hooks": lambda s: "post_start" in s or "pre_stop" in s,
    "models": lambda s: "models" in s,
}
_IN_FILE: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "include": lambda f: "include" in f,
    "configs_content": lambda f: any("content" in c for c in _mappings(f, "configs")),
}
