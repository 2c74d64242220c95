"""Bytes that arrive in pieces → whole lines of text."""

from __future__ import annotations

from collections.abc import Iterator

from installer.hosts.base import OnLine, Result

#: a "line" longer than this is given out in parts, so that binary output cannot fill the memory twice
_LONGEST = 1 << 20
#: bytes of standard error that are kept when lines are given out
_KEPT_ERRORS = 1 << 16


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


class Collector:
    """Keeps both outputs, or gives out their lines.

    With *on_line* nothing of standard output is kept and of standard error only its end, for error texts:
    what is followed for days must not fill the memory.
    """

    def __init__(self, on_line: OnLine | None) -> None:
        self._on_line = on_line
        self._out = bytearray()
        self._err = bytearray()
        self._out_lines = Lines()
        self._err_lines = Lines()

    def add(self, out: bytes, err: bytes) -> None:
        """New bytes of standard output and error."""
        self._err += err
        if self._on_line is None:
            self._out += out
            return
        del self._err[:-_KEPT_ERRORS]
        for line in self._out_lines.feed(out):
            self._on_line("stdout", line)
        for line in self._err_lines.feed(err):
            self._on_line("stderr", line)

    def result(self, exit_code: int) -> Result:
        """What was kept, after the last unfinished lines were given out."""
        if self._on_line:
            for line in self._out_lines.end():
                self._on_line("stdout", line)
            for line in self._err_lines.end():
                self._on_line("stderr", line)
        return Result(exit_code, bytes(self._out), bytes(self._err))
