"""One log that is put together from containers that come and go: its store, and where each one goes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from installer.logs.folds import Folds
from installer.logs.line import HEAD, MARK, MOST_SERVICES, TIME, Line, tag
from installer.logs.seam import Seam
from installer.logs.store import Store
from installer.stack.containers import Container

_NEVER = b"1970-01-01T00:00:00.000000000Z"


class Book:
    """*depth*: how many of each container's last lines it begins with (0: all)."""

    def __init__(self, depth: int = 0, store: Store | None = None) -> None:
        self.depth = depth
        self.store = store or Store()
        self.folds = Folds()
        #: Whether Docker has earlier lines of a container.
        self.cut = False
        self._names: list[str] = []
        self._seams: dict[str, Seam] = {}
        self._known: dict[str, set[str]] = {}

    @property
    def services(self) -> tuple[str, ...]:
        """Those with lines, in the order of their numbers."""
        return tuple(self._names)

    def tags(self, service: str) -> tuple[bytes, bytes]:
        """The last byte of a head, for its output and its errors."""
        if service not in self._names and len(self._names) < MOST_SERVICES:
            self._names.append(service)
        number = self._names.index(service) if service in self._names else MOST_SERVICES - 1
        return tag(number), tag(number, error=True)

    def seam(self, container: str) -> Seam:
        """Of the container with that id."""
        return self._seams.setdefault(container, Seam())

    def append(self, heads: Sequence[bytes], texts: Sequence[bytes]) -> None:
        """More lines, in order. ``OSError`` (disk full)."""
        self.folds.feed(self.store.end, heads, texts)
        self.store.append(heads, texts)

    def meet(self, containers: Iterable[Container]) -> frozenset[str]:
        """These are there now; the ids of those that took the place of a removed one."""
        there = {c.id for c in containers}
        anew = set()
        for container in containers:
            known = self._known.setdefault(container.service, set())
            if known and container.id not in known and not known & there:
                anew.add(container.id)
        for container in containers:
            self._known[container.service].add(container.id)
        return frozenset(anew)

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

    def numbers(self, services: Sequence[str]) -> frozenset[int]:
        """The last bytes of heads of *services*."""
        return frozenset(b[0] for name in services if name in self._names for b in self.tags(name))

    def close(self) -> None:
        """Nobody looks at it any more."""
        self.store.close()


def mark(kind: str, service: str = "", at: bytes = b"") -> tuple[bytes, bytes]:
    """Head and text of a mark of ours; see ``line.Line``."""
    return (at or _NEVER) + bytes((MARK,)), f"{kind} {service}".strip().encode() + b"\n"
