"""``docker compose`` command lines."""

from __future__ import annotations

from collections.abc import Mapping


def compose(*args: str) -> tuple[str, ...]:
    """A ``docker compose`` command; ``--ansi never`` keeps its output plain on every version."""
    return ("docker", "compose", "--ansi", "never", *args)


def compose_env(values: Mapping[str, str]) -> dict[str, str]:
    """What a ``docker compose`` needs beside a ``.env`` with *values*: Compose 2.27.1 ignores
    ``COMPOSE_PROFILES`` from a file (docker/compose#11856), so say it twice."""
    profiles = values.get("COMPOSE_PROFILES", "")
    return {"COMPOSE_PROFILES": profiles} if profiles else {}
