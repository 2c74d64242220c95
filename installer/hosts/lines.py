"""Bytes that arrive in pieces → whole lines of text; what a command prints, kept with a limit."""

from __future__ import annotations

from collections.abc import Iterator

from installer.core.errors import Code, InstallError
from installer.hosts.base import MOST_OUTPUT, OnLine, Result

#: a "line" longer than this is given out in parts, so that binary output cannot fill the memory twice
LONGEST = 1 << 20
#: bytes of standard error that are kept: its end, which tells why a command failed
KEPT_ERRORS = 1 << 16


class Lines:
    """Collects one stream's bytes and gives out its finished lines."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[str]:
        """Lines finished by *data*, without their ends; invalid UTF-8 is replaced."""
        first, end, more = data.partition(b"\n")
        self._rest += first
        if end:
            *done, last = more.split(b"\n")
            for line in (bytes(self._rest), *done):
                yield from _texts(line)
            self._rest[:] = last
        if len(self._rest) > LONGEST:
            yield from self.end()

    def end(self) -> Iterator[str]:
        """The unfinished last line, if any."""
        if self._rest:
            rest = bytes(self._rest)
            self._rest.clear()
            yield from _texts(rest)


def _texts(line: bytes) -> Iterator[str]:
    """*line*, in parts where it is too long."""
    for start in range(0, max(len(line), 1), LONGEST):
        yield line[start : start + LONGEST].removesuffix(b"\r").decode("utf-8", "replace")


class Collector:
    """Keeps both outputs, or gives out their lines.

    *most*: bytes of standard output that are kept; more is ``InstallError(HOST_PROBE_FAILED)``. With
    *on_line* nothing of it is kept. Of standard error only its end is kept, for error texts.
    """

    def __init__(self, on_line: OnLine | None, most: int = MOST_OUTPUT) -> None:
        self._on_line, self._most = on_line, most
        self._out = bytearray()
        self._err = bytearray()
        self._out_lines = Lines()
        self._err_lines = Lines()

    def add(self, out: bytes, err: bytes) -> None:
        """New bytes of standard output and error. Raises ``InstallError(HOST_PROBE_FAILED)``."""
        self._err += err
        del self._err[:-KEPT_ERRORS]
        if self._on_line is None:
            if len(self._out) + len(out) > self._most:
                detail = f"more than {self._most} bytes of output"
                raise InstallError(Code.HOST_PROBE_FAILED, detail=detail)
            self._out += out
            return
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
