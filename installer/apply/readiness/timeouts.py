"""How long is waited: never less than a fixed time, longer while something happens, and never for ever.

Numbers and their reasons are in ``resources/waiting.toml``.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from installer.core.resources import table
from installer.facts.model import Facts


def small(facts: Facts) -> bool:
    """Whether the machine has less than Dify asks for; what is not known counts as enough."""
    limits, system = table("waiting")["small"], facts.system
    memory = facts.containers_memory or system.memory
    few = 0 < system.cpus < limits["cpus"]
    return bool(few or 0 < memory < limits["memory"] * 2**30)


def _size(facts: Facts | None) -> str:
    """A machine that is not known gets the longer times."""
    return "small" if facts is None or small(facts) else "usual"


def database_seconds(facts: Facts | None) -> int:
    """How long a database may take until it answers; of a machine that is not known it is the longer one."""
    return int(table("waiting")["database"][_size(facts)]["seconds"])


class Patience:
    """Tells when to give up. Times are seconds of one clock; *began* is when the waiting did.

    *least* seconds are always waited, *most* never exceeded; between them it ends when nothing has happened
    for *quiet* seconds.
    """

    def __init__(self, began: float, *, least: float, most: float, quiet: float) -> None:
        self._began, self._least, self._most, self._quiet = began, least, max(least, most), quiet
        self._changed = began
        self._seen: dict[str, Hashable] = {}

    @classmethod
    def of(cls, facts: Facts | None, began: float) -> Patience:
        """For the gate on a machine with *facts*; None: not known."""
        limits: Mapping[str, Any] = table("waiting")["ready"][_size(facts)]
        return cls(began, least=limits["least"], most=limits["most"], quiet=limits["quiet"])

    def saw(self, what: str, value: Hashable, now: float) -> None:
        """*value* is how *what* is; another one than the last time is a sign of life."""
        if self._seen.get(what) != value:
            self._seen[what] = value
            self._changed = now

    def over(self, now: float) -> bool:
        """Whether it was waited for long enough."""
        waited = now - self._began
        if waited < self._least:
            return False
        return waited >= self._most or now - self._changed >= self._quiet

    def waited(self, now: float) -> float:
        """Seconds since the beginning."""
        return now - self._began
