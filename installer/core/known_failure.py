"""A known failure that a log or a state proves: an entry of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class KnownFailure:
    """An entry of the catalogue and the *lines* that prove it, at most five. *service*: whose they are; empty
    where that is not known, or where they are the machine's or Compose's."""

    code: str
    lines: tuple[str, ...]
    service: str = ""
