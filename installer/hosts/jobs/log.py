"""The log of a detached job: marker lines between the output of its commands, and reading them back.

A marker is a line of its own: ``<token> begin <number> <name>`` or ``<token> end <number> <exit> <name>``,
with a random token that is kept beside the log, so that no command's output can look like one. The
writer puts a newline before each marker (the output before it may not have ended its line); an empty
line directly before a marker is therefore not part of the output.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from installer.hosts.base import Command, Host, JobEnd, JobLine, JobOutput, StageChange
from installer.hosts.lines import LONGEST
from installer.untrusted.values import timestamp, whole

LOG, PID, EXIT, TOKEN, TIMES = "log", "pid", "exit", "token", "times"
_READ_SECONDS = 30.0


class JobLog:
    """Turns a log's bytes into ``JobOutput``. *offset*: where the bytes begin; *last*: the last marker
    line before it (tells which stage they belong to), empty at the beginning."""

    def __init__(self, token: str, *, offset: int = 0, last: str = "") -> None:
        self._token = token.encode() + b" "
        self._rest = bytearray()
        self._inside = False  # of a line so long that its beginning was given out
        self._empty: int | None = None  # offset after an empty line that may belong to a marker
        self.offset = offset  # after the last thing given out
        self._at = offset  # after the last whole line read
        self._stage = ""
        if last:
            self._marker(last.encode())

    @property
    def wanted(self) -> int:
        """Byte offset of what must be fed next."""
        return self._at + len(self._rest)

    def feed(self, data: bytes) -> Iterator[JobOutput]:
        """The outputs completed by *data*. A line of more than ``LONGEST`` bytes is given out in parts."""
        first, end, more = data.partition(b"\n")
        self._rest += first
        if end:
            *done, last = more.split(b"\n")
            for line in (bytes(self._rest), *done):
                self._at += len(line) + 1
                yield from self._line(line)
            self._rest[:] = last
        if len(self._rest) > LONGEST:
            yield from self._part()

    def end(self, exit_code: int | None) -> Iterator[JobOutput]:
        """What is left, then ``JobEnd``."""
        if self._rest:
            yield from self._part()
        yield from self._held()
        self.offset = self._at
        yield JobEnd(self.offset, exit_code)

    def _part(self) -> Iterator[JobOutput]:
        """What there is of a line that has not ended."""
        part = bytes(self._rest)
        self._rest.clear()
        self._at += len(part)
        yield from self._line(part)
        self._inside = True

    def _line(self, line: bytes) -> Iterator[JobOutput]:
        inside, self._inside = self._inside, False
        if inside and not line:
            return
        if line.startswith(self._token):
            self._empty = None
            change = self._marker(line)
            self.offset = self._at
            if change:
                yield change
            return
        yield from self._held()
        if line:
            yield self._text(line.removesuffix(b"\r").decode("utf-8", "replace"), self._at)
        else:
            self._empty = self._at

    def _held(self) -> Iterator[JobOutput]:
        """The empty line that turned out to be output."""
        if self._empty is not None:
            at, self._empty = self._empty, None
            yield self._text("", at)

    def _text(self, text: str, at: int) -> JobLine:
        self.offset = at
        return JobLine(at, self._stage, text)

    def _marker(self, line: bytes) -> StageChange | None:
        words = line[len(self._token) :].decode("utf-8", "replace").split(" ", 3)
        if words[0] == "begin" and len(words) >= 3:
            self._stage = " ".join(words[2:])
            return StageChange(self._at, self._stage, None)
        if words[0] == "end" and len(words) == 4 and whole(words[2], -1) >= 0:
            self._stage = words[3]
            return StageChange(self._at, words[3], whole(words[2]))
        return None


def begin_mark(token: str, number: int, name: str) -> str:
    """The line that announces a stage."""
    return f"{token} begin {number} {_one_line(name)}"


def end_mark(token: str, number: int, exit_code: int | str, name: str) -> str:
    """The line that ends it."""
    return f"{token} end {number} {exit_code} {_one_line(name)}"


def _one_line(name: str) -> str:
    return " ".join(name.split())


def stage_times(host: Host, folder: str) -> tuple[tuple[str, float], ...]:
    """When the stages of the job in *folder* began and ended, by this computer's clock (seconds since the
    epoch); empty if it noted none."""
    if host.kind.runs_scripts:
        words = ("sh", "-c", 'date +%s; cat -- "$1"', "sh", f"{folder}/{TIMES}")
        text = host.run(Command(words), timeout=_READ_SECONDS).text
    else:
        noted = host.read_file(f"{folder}/{TIMES}") or b""
        text = f"{int(time.time())}\n{noted.decode('utf-8', 'replace')}"
    now, _, rest = text.partition("\n")
    clock = timestamp(now)
    offset = time.time() - clock if clock else 0.0
    pairs = (line.partition(" ") for line in rest.splitlines())
    return tuple((word, found + offset) for word, _, at in pairs if (found := timestamp(at)))
