"""An append-only store of log lines: blocks of bytes in temporary files, and a small tail in memory.

A million lines are some hundred blocks: nothing is kept in memory for a line. Logs may hold private things,
so the files have no name (Windows: are removed with the last handle): nothing is left, also after a kill.
"""

from __future__ import annotations

import os
import tempfile
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from installer.logs.line import HEAD, MARK, TIME

#: Bytes of text in a block, in a file, and in all: what is older goes.
BLOCK, FILE, MOST = 1 << 18, 1 << 26, 1 << 30
#: Blocks whose lines are at hand, for painting.
_OPEN = 8
#: The text of the mark that stands where older lines went.
_DROPPED = b"dropped\n"
#: In the place of a line's level, until it is worked out.
_NOT_KNOWN = b"\xff"

Lines = tuple[Sequence[bytes], Sequence[bytes]]


class _File:
    """A part of the store. Reading and writing may come from several threads."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="dify-log-", buffering=0)  # noqa: SIM115
        self._lock = threading.Lock()
        self.size = 0

    def write(self, data: bytes, over: int | None = None) -> int:
        """Append, or write *over* what is there; where it begins. ``OSError``."""
        with self._lock:
            at = self.size if over is None else over
            if self._file.closed:
                return at  # the log is no longer shown
            self._file.seek(at)
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) or 0 :]
            self.size = max(self.size, at + len(data))
        return at

    def read(self, at: int, size: int) -> bytes:
        """Nothing once it is closed."""
        if hasattr(os, "pread"):
            try:
                return os.pread(self._file.fileno(), size, at)
            except ValueError:
                return b""
        with self._lock:
            if self._file.closed:
                return b""
            self._file.seek(at)
            return self._file.read(size)

    def close(self) -> None:
        """Its bytes are gone."""
        with self._lock:
            self._file.close()

    def __del__(self) -> None:
        self.close()  # also of a log that was not closed


@dataclass(frozen=True)
class Block:
    """Lines from the one with the number *first*: *count* of them, with *size* bytes of text."""

    first: int
    count: int
    size: int
    file: _File | None = None
    at: int = 0
    tail: tuple[tuple[bytes, ...], tuple[bytes, ...]] = ((), ())

    def texts(self) -> bytes:
        """The text of all lines, each with its end; empty if it was forgotten meanwhile."""
        return b"".join(self.tail[1]) if self.file is None else self.file.read(self.at, self.size)

    def heads(self) -> bytes:
        """The heads of all lines, ``HEAD`` bytes each."""
        if self.file is None:
            return b"".join(self.tail[0])
        return self.file.read(self.at + self.size, self.count * HEAD)

    def kinds(self) -> bytes:
        """A byte for each line, which tells its level; empty if they were not computed."""
        if self.file is None:
            return b""
        found = self.file.read(self.at + self.size + self.count * HEAD, self.count)
        return b"" if found[:1] == _NOT_KNOWN else found

    def keep_kinds(self, kinds: bytes) -> None:
        """As they are known by now."""
        if self.file is not None and len(kinds) == self.count:
            self.file.write(kinds, self.at + self.size + self.count * HEAD)


class Store:
    """Lines have numbers that count on: ``first`` to ``end`` (not included) are there. Once older ones went,
    the first is a mark that says so.

    One thread appends, any thread reads.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most, self._lock = most, threading.RLock()
        self._files: list[_File] = []
        self._blocks: list[Block] = []
        self._heads: list[bytes] = []
        self._texts: list[bytes] = []
        self._size = 0
        self._open: OrderedDict[int, tuple[bytes, list[bytes]]] = OrderedDict()
        self._closed = False
        self.first = self.end = 0

    def __len__(self) -> int:
        return self.end - self.first

    def append(self, heads: Sequence[bytes], texts: Sequence[bytes]) -> None:
        """More lines, as many *heads* as *texts*; each text with its line end. ``OSError`` (disk full)."""
        with self._lock:
            if self._closed:
                return
            self._heads.extend(heads)
            self._texts.extend(texts)
            self._size += sum(map(len, texts))
            self.end = self._tail_first + len(self._texts)
        if self._size >= BLOCK:
            self._seal()

    @property
    def sealed(self) -> int:
        """Up to this line (not included) all stand in files."""
        return self._tail_first

    @property
    def _tail_first(self) -> int:
        return self._blocks[-1].first + self._blocks[-1].count if self._blocks else self.first

    def _seal(self) -> None:
        """The tail becomes a block in a file. Written without the lock: the window may want to read, and a
        disk may be slow; only the one who appends changes the tail."""
        data = b"".join(self._texts)
        if data.count(b"\n") != len(self._texts):  # a log driver that keeps ends within a line
            data = b"".join(text[:-1].replace(b"\n", b" ") + b"\n" for text in self._texts)
        size = len(data)
        data += b"".join(self._heads) + _NOT_KNOWN * len(self._texts)
        if not self._files or self._files[-1].size + len(data) > FILE:
            self._files.append(_File())
        file = self._files[-1]
        at = file.write(data)
        with self._lock:
            if self._closed:
                file.close()
                return
            self._blocks.append(Block(self._tail_first, len(self._texts), size, file, at))
            self._heads, self._texts, self._size = [], [], 0
            while len(self._files) > max(1, self._most // FILE):
                self._forget(self._files.pop(0))

    def _forget(self, file: _File) -> None:
        """What is in *file* goes; a mark takes the number of the last line that went."""
        self._blocks = [b for b in self._blocks if b.file not in (file, None)]
        if self._blocks:
            oldest = self._blocks[0]
            head = self._head(oldest, 0)[:TIME] + bytes((MARK,))
            self._open.pop(oldest.first - 1, None)
            self._blocks.insert(0, Block(oldest.first - 1, 1, len(_DROPPED), tail=((head,), (_DROPPED,))))
        self.first = self._blocks[0].first if self._blocks else self._tail_first
        file.close()

    def blocks(self, first: int = 0, end: int | None = None) -> list[Block]:
        """Those that hold the lines from *first* to *end*, as they are now; the tail is the last one."""
        with self._lock:
            found = list(self._blocks)
            if self._texts:
                tail = (tuple(self._heads), tuple(self._texts))
                found.append(Block(self._tail_first, len(self._texts), self._size, tail=tail))
        end = self.end if end is None else end
        return [b for b in found if b.first + b.count > first and b.first < end]

    def line(self, number: int) -> tuple[bytes, bytes]:
        """Head and text (without its end) of a line. ``IndexError`` if it is not there (any more)."""
        with self._lock:
            if not self.first <= number < self.end:
                raise IndexError(number)
            tail = self._tail_first
            if number >= tail:
                return self._heads[number - tail], self._texts[number - tail].rstrip(b"\r\n")
            place = bisect_right(self._blocks, number, key=lambda b: b.first) - 1
            block = self._blocks[place]
            place = number - block.first
            heads, texts = self._split(block)
            return heads[place * HEAD : (place + 1) * HEAD], texts[place].rstrip(b"\r")

    def head(self, number: int) -> bytes:
        """The head of a line; ``IndexError``."""
        with self._lock:
            if not self.first <= number < self.end:
                raise IndexError(number)
            tail = self._tail_first
            if number >= tail:
                return self._heads[number - tail]
            block = self._blocks[bisect_right(self._blocks, number, key=lambda b: b.first) - 1]
            return self._head(block, number - block.first)

    def _head(self, block: Block, place: int) -> bytes:
        if block.file is None:
            return block.tail[0][place]
        return block.file.read(block.at + block.size + place * HEAD, HEAD)

    def _split(self, block: Block) -> tuple[bytes, list[bytes]]:
        """Heads and lines of a block; the last ones asked for stay at hand."""
        found = self._open.pop(block.first, None)
        if found is None:
            found = block.heads(), block.texts().split(b"\n")
            while len(self._open) >= _OPEN:
                self._open.popitem(last=False)
        self._open[block.first] = found
        return found

    def at_time(self, time: bytes) -> int:
        """The first line that is not before *time*, by halving: lines are in order but for milliseconds."""
        low, high = self.first, self.end
        while low < high:
            middle = (low + high) // 2
            try:
                earlier = self.head(middle)[: len(time)] < time
            except IndexError:  # forgotten meanwhile
                earlier = True
            if earlier:
                low = middle + 1
            else:
                high = middle
        return low

    def lines(self, first: int, end: int) -> Iterator[tuple[bytes, bytes]]:
        """Head and text of the lines from *first* to *end*."""
        for block in self.blocks(first, end):
            heads, texts = block.heads(), block.texts().split(b"\n")
            if not heads:
                continue  # forgotten meanwhile
            for place in range(max(0, first - block.first), min(block.count, end - block.first)):
                yield heads[place * HEAD : (place + 1) * HEAD], texts[place].rstrip(b"\r")

    def close(self) -> None:
        """Everything is gone; what still comes is dropped."""
        with self._lock:
            self._closed = True
            self._blocks, self._heads, self._texts, self._size = [], [], [], 0
            self._open.clear()
            self.first = self.end
            files, self._files = self._files, []
        for file in files:
            file.close()
