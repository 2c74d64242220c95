"""One log that is put together from containers that come and go: its store, and where each one continues."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from installer.core.cancel import Cancelled
from installer.docker.containers import Container
from installer.logs.folds import Folds
from installer.logs.levels import judged
from installer.logs.line import HEAD, MARK, MOST_SERVICES, TIME, Line, before, tag
from installer.logs.resume_point import ResumePoint
from installer.logs.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEVER = b"1970-01-01T00:00:00.000000000Z"
Pair = tuple[bytes, bytes]


class LogBuffer:
    """*depth*: how many of each container's last lines it begins with (0: all).

    There is one writer at a time; ``new_writer`` ends the one before it, even if its thread still runs. Lines
    that come one by one wait in the buffer until ``flush``, so that nothing is lost between two writers.
    """

    def __init__(self, depth: int = 0, store: Store | None = None) -> None:
        self.depth = depth
        self.store = Store() if store is None else store
        self.folds = Folds()
        #: Whether Docker has earlier lines of a container, and from which time on none is left out.
        self.cut, self.cut_at = False, b""
        #: Lines that were read so far, also those that are not shown yet.
        self.read = 0
        self._lock = threading.RLock()
        self._writer = 0
        self._waiting: list[Pair] = []
        self._held = self._judged = 0
        self._names: list[str] = []
        self._resume_points: dict[str, ResumePoint] = {}
        self._known: dict[str, set[str]] = {}

    @property
    def services(self) -> tuple[str, ...]:
        """Those with lines, in the order of their numbers."""
        return tuple(self._names)

    def tags(self, service: str) -> tuple[bytes, bytes]:
        """The last byte of a head, for its output and its errors."""
        with self._lock:
            if service not in self._names and len(self._names) < MOST_SERVICES:
                self._names.append(service)
            number = self._names.index(service) if service in self._names else MOST_SERVICES - 1
        return tag(number), tag(number, error=True)

    def reaches(self, time: bytes) -> bool:
        """Whether every line since *time* (empty: all that Docker has) is there."""
        return not self.cut or (bool(time) and self.cut_at <= time)

    # ----------------------------------------------------------------- writing

    def count_read(self, lines: int) -> None:
        """So many more were read. From any thread."""
        with self._lock:
            self.read += lines

    def new_writer(self) -> int:
        """A number for a new writer; the former one is refused from now on."""
        with self._lock:
            self._writer += 1
            return self._writer

    @contextmanager
    def writing(self, writer: int) -> Iterator[None]:
        """No other writer writes during the block. ``Cancelled`` if there is a newer one."""
        with self._lock:
            if writer != self._writer:
                raise Cancelled
            yield

    def append(self, heads: Sequence[bytes], texts: Sequence[bytes]) -> None:
        """More lines, in order, after those that wait. ``OSError`` (disk full)."""
        with self._lock:
            if self._waiting:
                self.flush()
            self._append(heads, texts)

    def _append(self, heads: Sequence[bytes], texts: Sequence[bytes]) -> None:
        self.folds.feed(self.store.end, heads, texts)
        self.store.append(heads, texts)

    def put(self, pair: Pair) -> None:
        """A line that waits for ``flush``; inside ``writing``."""
        self._waiting.append(pair)

    def flush(self, hold: float = 0.0) -> None:
        """Append what waits, by time. With *hold* the newest so many seconds wait once more for earlier lines
        of other containers. ``OSError``."""
        with self._lock:
            pairs, held = self._waiting, self._held
            if not pairs:
                return
            # what waited before goes in any case
            bound = max((pair[0] for pair in pairs[:held]), default=b"")
            pairs.sort(key=lambda pair: pair[0])
            end = len(pairs)
            if hold:
                bound = max(bound, before(pairs[-1][0][:TIME], hold))
                end = next((n for n, pair in enumerate(pairs) if pair[0] > bound), end)
            self._waiting = pairs[end:]
            self._held = len(self._waiting)
            if end:
                self._append([head for head, _ in pairs[:end]], [text for _, text in pairs[:end]])

    def judge(self, most: int) -> bool:
        """Work out the levels of what came, of *most* blocks at once; whether more are to be done. A search
        by level does it itself where it was not done."""
        if self._judged >= self.store.sealed:
            return False
        for block in self.store.blocks(self._judged, self.store.sealed)[:most]:
            if not block.kinds():
                block.keep_kinds(judged(block.texts(), block.count))
            self._judged = block.first + block.count
        return self._judged < self.store.sealed

    # -------------------------------------------------------------- containers

    def resume_point(self, container: str) -> ResumePoint:
        """Of the container with that id."""
        return self._resume_points.setdefault(container, ResumePoint())

    def keep_resume_point(self, container: str, resume_point: ResumePoint) -> None:
        """What it took is in the buffer now."""
        self._resume_points[container] = resume_point

    def recreated(self, containers: Iterable[Container]) -> frozenset[str]:
        """The ids of those among *containers* that took the place of a removed one."""
        there = {c.id for c in containers}
        known = self._known
        return frozenset(
            c.id
            for c in containers
            if (before_ := known.get(c.service)) and c.id not in before_ and not before_ & there
        )

    def know(self, containers: Iterable[Container]) -> None:
        """Their lines are in the buffer."""
        for container in containers:
            self._known.setdefault(container.service, set()).add(container.id)

    # ----------------------------------------------------------------- reading

    def line(self, number: int) -> Line:
        """A line. ``IndexError``."""
        return self.as_line(*self.store.line(number))

    def as_line(self, head: bytes, text: bytes) -> Line:
        """From what the store keeps."""
        what = head[TIME] if len(head) == HEAD else MARK
        if what == MARK:
            return Line(head[:TIME], "", error=False, mark=True, text=text)
        number, error = divmod(what - 2, 2)
        name = self._names[number] if number < len(self._names) else ""
        return Line(head[:TIME], name, error=bool(error), mark=False, text=text)

    def close(self) -> None:
        """The log is no longer shown."""
        self.store.close()


def mark(kind: str, service: str = "", at: bytes = b"") -> Pair:
    """Head and text of a mark of ours; see ``line.Line``."""
    return (at or _NEVER) + bytes((MARK,)), f"{kind} {service}".strip().encode() + b"\n"
