"""Several logs, each in its own order, into one by time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Protocol

from installer.logs.line import HEAD
from installer.logs.store import Block, Store

_head = itemgetter(0)
Pair = tuple[bytes, bytes]


class _Source:
    """A log, block by block."""

    def __init__(self, store: Store) -> None:
        self._blocks: Iterator[Block] = iter(store.blocks())
        self.pairs: list[Pair] = []
        self.more = True

    def fill(self) -> bool:
        """The next block if this one is used up; whether anything is there."""
        while not self.pairs and self.more:
            block = next(self._blocks, None)
            if block is None:
                self.more = False
                break
            heads, texts = block.heads(), block.texts().split(b"\n")
            cut = (heads[n * HEAD : (n + 1) * HEAD] for n in range(block.count))
            self.pairs = list(zip(cut, (t + b"\n" for t in texts[: block.count]), strict=True))
        return bool(self.pairs)

    def take(self, bound: bytes) -> list[Pair]:
        """What is not after *bound*."""
        end = next((n for n, pair in enumerate(self.pairs) if pair[0] > bound), len(self.pairs))
        taken, self.pairs = self.pairs[:end], self.pairs[end:]
        return taken


class Into(Protocol):
    """A store, or what keeps one."""

    def append(self, heads: Sequence[bytes], texts: Sequence[bytes]) -> None: ...


def merge(sources: Sequence[Store], into: Into) -> None:
    """Append the lines of *sources* to *into*. Lines of one time stay in the order of *sources*."""
    waiting = [_Source(store) for store in sources]
    while waiting := [source for source in waiting if source.fill()]:
        # up to here no block that is still to come can have a line (but for clocks that were set back)
        bound = min(max(pair[0] for pair in source.pairs) for source in waiting)
        found = [pair for source in waiting for pair in source.take(bound)]
        if not found:  # clocks that jump: give way rather than wait for ever
            found, waiting[0].pairs = waiting[0].pairs, []
        append(into, found)


def append(into: Into, pairs: list[Pair]) -> None:
    """Put *pairs* in order and append them."""
    pairs.sort(key=_head)
    into.append([head for head, _ in pairs], [text for _, text in pairs])
