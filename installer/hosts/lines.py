"""Bytes that arrive in pieces → whole lines of text."""

from __future__ import annotations

from collections.abc import Iterator

#: a "line" longer than this is given out in parts, so that binary output cannot fill the memory twice
_LONGEST = 1 << 20


class Lines:
    """Collects one stream's bytes and gives out its finished lines."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[str]:
        """Lines finished by *data*, without their ends; invalid UTF-8 is replaced."""
        *done, self._rest = (self._rest + data).split(b"\n")
        for line in done:
            yield _text(line)
        if len(self._rest) > _LONGEST:
            rest, self._rest = self._rest, b""
            yield _text(rest)

    def end(self) -> Iterator[str]:
        """The unfinished last line, if any."""
        if self._rest:
            rest, self._rest = self._rest, b""
            yield _text(rest)


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", "replace")
