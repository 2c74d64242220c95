"""Which lines belong together: tracebacks of Python, Java and JavaScript, Go's panics. Pure.

A fold is a head and the lines after it, of one service and with nothing of another between them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

#: Before any of these is in a batch of lines, nothing is looked at closer.
_SIGNS = (b"Traceback (most recent call last)", b"\n\tat ", b"\n    at ", b"goroutine ")
_PYTHON = re.compile(rb"^(?:\s*\+ )?\s*(?:Exception Group )?Traceback \(most recent call last\)")
_GO = re.compile(rb"^goroutine \d+ \[")
_GO_MORE = re.compile(rb"^(?:\t|\s*$|created by |goroutine \d+ \[|[\w./*()-]+\()")
_AT = re.compile(rb"^\s+at \S")
_AT_MORE = re.compile(rb"^(?:\s+at \S|\s+\.\.\. \d+ more|Caused by: |\s+Suppressed: )")
#: Lines of a fold: what looks endless is none.
MOST = 500


class Folds:
    """``feed`` lines in order; ``found`` are (number of the head, lines after it), in order."""

    def __init__(self) -> None:
        self.found: list[tuple[int, int]] = []
        self._kind = ""
        self._head = self._last = 0
        self._service = self._before = b""

    def feed(self, first: int, heads: Sequence[bytes], texts: Sequence[bytes]) -> None:
        """More lines; *first* is the number of the first one."""
        if not self._kind and not _maybe(texts):
            self._before = heads[-1][-1:] if heads else self._before
            return
        for number, (head, text) in enumerate(zip(heads, texts, strict=True), first):
            self._line(number, head[-1:], text)

    def _line(self, number: int, service: bytes, text: bytes) -> None:
        if self._kind:
            more = service == self._service and number - self._head <= MOST and self._more(text)
            if more:
                self._last = number
            if not more or (self._kind == "python" and text[:1] not in b" \t+|\n"):
                self._close()  # in Python the error itself is the last line
                if more:
                    self._before = service
                    return
        if not self._kind:
            self._begin(number, service, text)
        self._before = service

    def _begin(self, number: int, service: bytes, text: bytes) -> None:
        kind = "python" if _PYTHON.match(text) else "go" if _GO.match(text) else ""
        head = number
        if not kind and _AT.match(text) and service == self._before:
            kind, head = "at", number - 1  # the line before it says what happened
        self._kind, self._head, self._last, self._service = kind, head, number, service

    def _more(self, text: bytes) -> bool:
        """Whether *text* belongs to what is open."""
        if self._kind == "python":
            return True  # frames are indented, the first line that is not is the error
        return bool((_AT_MORE if self._kind == "at" else _GO_MORE).match(text))

    def _close(self) -> None:
        if self._last > self._head:
            self.found.append((self._head, self._last - self._head))
        self._kind = ""


def _maybe(texts: Sequence[bytes]) -> bool:
    joined = b"\n" + b"".join(texts)
    return any(sign in joined for sign in _SIGNS)
