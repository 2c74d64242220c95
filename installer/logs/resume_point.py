"""Where a container's log is read on after a break: nothing is lost and nothing comes twice."""

from __future__ import annotations

from collections import Counter, deque

from installer.logs.line import before

#: What a container writes on its two streams reaches the log a little out of order: so many seconds are read
#: again, if they are not more lines than these.
OVERLAP_SECONDS, MOST = 5.0, 20_000
#: What is too old to be read again is let go of after so many lines.
_LOOK_AFTER = 1_000


class ResumePoint:
    """Ask ``take`` for each line of one container, in the order of its log; ``again`` before reading on."""

    def __init__(self) -> None:
        self._recent: deque[tuple[bytes, bytes]] = deque()
        self._bulk: deque[tuple[list[bytes], list[bytes]]] = deque()
        self._bulk_size = self._since_drop = 0
        self._known: Counter[tuple[bytes, bytes]] = Counter()
        self._until = b""
        #: The time of the newest line; empty if there was none.
        self.newest = b""
        #: What lies before this time is not remembered, or was never read.
        self._floor = b""

    def copy(self) -> ResumePoint:
        """To go on with, for what may not be kept in the end."""
        self._drop()
        found = ResumePoint()
        found._recent, found.newest, found._floor = deque(self._recent), self.newest, self._floor
        return found

    @property
    def since(self) -> bytes:
        """Where to read on; empty if there was no line yet."""
        self._drop()
        return max(before(self.newest, OVERLAP_SECONDS), self._floor) if self.newest else b""

    def not_before(self, at: bytes) -> None:
        """Earlier lines were left out, and shall not come later."""
        self._floor = max(self._floor, at)

    def remember(self, heads: list[bytes], texts: list[bytes]) -> None:
        """These were taken, in bulk: only references are kept, until they are looked at."""
        if not heads:
            return
        self._bulk.append((heads, texts))
        self._bulk_size += len(heads)
        self.newest = max(self.newest, heads[-1][:-1])
        while self._bulk_size - len(self._bulk[0][0]) > MOST:
            self._bulk_size -= len(self._bulk.popleft()[0])
            self._floor = max(self._floor, self._bulk[0][0][0][:-1])

    def again(self) -> None:
        """The log is read on from ``since``: what was there comes once more."""
        self._drop()
        self._known = Counter((head, _alike(text)) for head, text in self._recent)
        self._until = before(self.newest, -OVERLAP_SECONDS) if self.newest else b""

    def take(self, head: bytes, text: bytes) -> bool:
        """Remember the line; False if it was there before. As often as it was there, so that what a program
        wrote twice within one tick of the clock stays twice."""
        if self._known:
            if head[:-1] > self._until:
                self._known.clear()
            elif self._known[key := (head, _alike(text))] > 0:
                self._known[key] -= 1
                return False
        self._recent.append((head, text))
        self.newest = max(self.newest, head[:-1])
        self._since_drop += 1
        if self._since_drop > _LOOK_AFTER:
            self._drop()
        return True

    def _drop(self) -> None:
        """What lies further back than the overlap is forgotten, whole ticks at a time."""
        for heads, texts in self._bulk:
            self._recent.extend(zip(heads, texts, strict=True))
        self._bulk.clear()
        self._bulk_size = self._since_drop = 0
        recent = self._recent
        begin = before(self.newest, OVERLAP_SECONDS) if self.newest else b""
        while recent and recent[0][0] < begin:
            recent.popleft()
        if len(recent) > MOST:
            while len(recent) > MOST:
                gone = recent.popleft()[0][:-1]
                while recent and recent[0][0][:-1] == gone:
                    recent.popleft()
            self._floor = max(self._floor, recent[0][0][:-1] if recent else self.newest)


def _alike(text: bytes) -> bytes:
    """A line read in bulk and the same line followed: the latter has been text in between."""
    text = text.rstrip(b"\r\n")
    return text if text.isascii() else text.decode("utf-8", "replace").encode()
