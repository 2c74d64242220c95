"""A piece of a file that a job writes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """What *argv* prints; *otherwise* without one, or if it fails."""

    argv: tuple[str, ...] = ()
    otherwise: str = ""
