"""Putting a log together again after its line broke: where to go on reading, and what was there already."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta

from installer.stack.logs import LogLine, sort_key

#: Lines of different containers reach us a little out of order: so much is read again.
OVERLAP_SECONDS = 5


class Joint:
    """Remembers the newest lines. Ask ``take`` for each line; after a break read on from ``since``."""

    def __init__(self) -> None:
        self._newest = ""
        self._begin = ""
        self._recent: deque[tuple[str, LogLine]] = deque()
        self._known: set[LogLine] = set()

    @property
    def since(self) -> str:
        """Where to go on, as Docker takes it; empty if there was no line yet."""
        return f"{self._begin}Z" if self._begin else ""

    def take(self, line: LogLine) -> bool:
        """Remember *line*; False if it was there before."""
        if line in self._known:
            return False
        key = sort_key(line)
        if key > self._newest:
            self._advance(key)
        if key >= self._begin:
            self._recent.append((key, line))
            self._known.add(line)
        return True

    def _advance(self, key: str) -> None:
        """*key* is the newest; what lies further back than the overlap is forgotten."""
        seconds_changed = key[:19] != self._newest[:19]
        self._newest = key
        if not seconds_changed:
            return
        at = datetime.strptime(key[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
        self._begin = f"{at - timedelta(seconds=OVERLAP_SECONDS):%Y-%m-%dT%H:%M:%S}.000000000"
        while self._recent and self._recent[0][0] < self._begin:
            self._known.discard(self._recent.popleft()[1])
