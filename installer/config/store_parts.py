"""What the override file puts in place of what a release has written in for its store (``stores.toml``)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from installer.config.secret_values import built_in
from installer.core.resources import entries, holds, read_text, table
from installer.core.version import Version
from installer.hosts.base import FileContent
from installer.release.model import ReleaseModel

_FOLDER = "scripts/stores"


@dataclass(frozen=True)
class StorePart:
    """For one service. *lines* of YAML, *mounts* as (path in ``docker/``, path in the container), *files* to
    place in ``docker/``; none of them holds a secret: those come from ``.env``."""

    service: str
    lines: tuple[str, ...]
    mounts: tuple[tuple[str, str], ...]
    files: tuple[FileContent, ...]


def store_parts(store: str, model: ReleaseModel, env: Mapping[str, str]) -> tuple[StorePart, ...]:
    """The parts for the services of *store* that start with *env*."""
    version, expected = Version.of_release(model.version), model.expected(env)
    return tuple(
        StorePart(
            service=entry["service"],
            lines=tuple(_lines(entry)),
            mounts=tuple(entry.get("mounts", {}).items()),
            files=tuple(_files(entry)),
        )
        for entry in table("stores")["store"][store].get("instead", ())
        if holds(entry, version) and entry["service"] in expected and _replaced(entry, store, model, env)
    )


def _replaced(entry: Mapping[str, Any], store: str, model: ReleaseModel, env: Mapping[str, str]) -> bool:
    """Whether ``.env`` has another value than the written-in one, with which data may have been made."""
    key = entry["secret"]
    known = entries("secrets", "secret", Version.parse(model.version))
    secret = next(s for s in known if key in s["keys"] and s.get("store") == store)
    return env.get(key, "") not in ("", built_in(secret, model))


def _lines(entry: Mapping[str, Any]) -> Iterator[str]:
    if environment := entry.get("environment"):
        yield "environment:"
        yield from (f"  {key}: {value}" for key, value in environment.items())
    if test := entry.get("healthcheck"):
        yield "healthcheck:"
        yield f"  test: {json.dumps(test)}"  # JSON is YAML


def _files(entry: Mapping[str, Any]) -> Iterator[FileContent]:
    """Readable for the container's user, which is not known."""
    for path, name in entry.get("files", {}).items():
        mode = 0o755 if name.endswith(".sh") else 0o644
        yield FileContent(path, read_text(f"{_FOLDER}/{name}").encode(), mode)
