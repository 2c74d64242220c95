"""Remembers what was worked out last: the window asks for the same at each key press, and several times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """One result, and what it was worked out from."""

    def __init__(self) -> None:
        self._known: tuple[tuple[object, ...], T] | None = None

    def of(self, *given: object, make: Callable[[], T]) -> T:
        """What *make* makes of *given*, made only where that is something else than the last time."""
        if self._known is None or self._known[0] != given:
            self._known = given, make()
        return self._known[1]

    def forget(self) -> None:
        """Keep nothing."""
        self._known = None
