"""Logs of one, several or all services: history merged by time, then live; all on one channel."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.resources import read_text
from installer.docker.containers import Container
from installer.hosts.base import Command, Host
from installer.logs import client_logs
from installer.untrusted.values import whole

_LINE = re.compile(r"^(\d+) ([oe]) (\S+) ?(.*)$", re.DOTALL)
_MARK = re.compile(r"^\d+ [oe] ")
#: A container is followed again: lines around its end may come twice.
_AGAIN = re.compile(r"^(\d+) r$")
_KEPT_ERRORS = 20
#: Docker's timestamps: RFC 3339 with nanoseconds. Compared as text, so the shape must be checked.
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


@dataclass(frozen=True)
class LogLine:
    """One line of a container. *at* is Docker's timestamp (UTC)."""

    at: str
    service: str
    stream: Literal["stdout", "stderr"]
    text: str


def parse(line: str, services: Sequence[str]) -> LogLine | None:
    """A line of ``resources/scripts/logs.sh``; None if it is something else."""
    m = _LINE.match(line)
    number = whole(m[1], -1) if m else -1
    if not m or not _TIME.match(m[3]) or not 0 <= number < len(services):
        return None
    return LogLine(m[3], services[number], "stdout" if m[2] == "o" else "stderr", m[4])


def sort_key(line: LogLine) -> str:
    """By time. Docker drops trailing zeros of the fraction: pad, so that text order is time order."""
    seconds, _, fraction = line.at.removesuffix("Z").partition(".")
    return f"{seconds}.{fraction:0<9}"


class _Newest:
    """Which lines of a stream are new: what is read again around a joint comes twice."""

    def __init__(self) -> None:
        self._key, self._texts = "", set[str]()

    def take(self, line: LogLine) -> bool:
        """Remember *line*; False if it was there before."""
        key = sort_key(line)
        if key < self._key or (key == self._key and line.text in self._texts):
            return False
        if key > self._key:
            self._key, self._texts = key, set()
        self._texts.add(line.text)  # a coarse clock gives several lines one time
        return True


@dataclass(frozen=True)
class _Read:
    """What a run of the script reads: *since* by container id."""

    containers: Sequence[Container]
    follow: bool
    tail: str
    since: Mapping[str, str]

    def entries(self) -> tuple[client_logs.Entry, ...]:
        """Of ``client_logs``."""
        return tuple(client_logs.Entry(c.id, self.since.get(c.id, "")) for c in self.containers)

    def arguments(self) -> tuple[str, ...]:
        """Of ``logs.sh``."""
        numbered = (f"{n}={c.id}={self.since.get(c.id, '')}" for n, c in enumerate(self.containers))
        return ("yes" if self.follow else "no", self.tail, *numbered)


def history(
    host: Host,
    containers: Sequence[Container],
    *,
    tail: str = "all",
    since: str = "",
    cancel: CancelToken | None = None,
) -> list[LogLine]:
    """The lines so far, oldest first. Raises ``InstallError(ACTION_FAILED)`` with what Docker said."""
    return [line for _, line in _history(host, containers, tail, since, cancel)]


def follow(
    host: Host,
    containers: Sequence[Container],
    on_line: Callable[[LogLine], None],
    *,
    tail: str = "all",
    since: str = "",
    cancel: CancelToken | None = None,
) -> None:
    """The lines so far, oldest first, then each new one as it comes, also after a container began again.

    Ends when cancelled or when no container is left. Raises like ``history``.
    """
    newest: defaultdict[tuple[str, str], _Newest] = defaultdict(_Newest)
    resume = dict.fromkeys((c.id for c in containers), since)

    def fresh(container: Container, line: LogLine) -> None:
        if newest[container.id, line.stream].take(line):
            on_line(line)

    for container, line in _history(host, containers, tail, since, cancel):
        resume[container.id] = line.at
        fresh(container, line)
    _run(host, _Read(containers, True, "0" if tail == "0" else "all", resume), fresh, cancel)


def stream(
    host: Host,
    containers: Sequence[Container],
    on_line: Callable[[Container, LogLine], None],
    *,
    since: Mapping[str, str],
    cancel: CancelToken | None = None,
    on_again: Callable[[Container], None] = lambda _: None,
) -> None:
    """Every line as it comes, from *since* (by container id, included) on.

    *on_again* comes before a restarted container is followed again: some of its lines may come twice.
    Ends and raises like ``follow``.
    """
    _run(host, _Read(containers, True, "all", since), on_line, cancel, on_again)


def _history(
    host: Host, containers: Sequence[Container], tail: str, since: str, cancel: CancelToken | None
) -> list[tuple[Container, LogLine]]:
    found: list[tuple[Container, LogLine]] = []
    start = dict.fromkeys((c.id for c in containers), since)
    _run(host, _Read(containers, False, tail, start), lambda *pair: found.append(pair), cancel)
    return sorted(found, key=lambda pair: sort_key(pair[1]))


def _run(
    host: Host,
    read: _Read,
    on_line: Callable[[Container, LogLine], None],
    cancel: CancelToken | None,
    on_again: Callable[[Container], None] = lambda _: None,
) -> None:
    services = [c.service for c in read.containers]
    said: deque[str] = deque(maxlen=_KEPT_ERRORS)

    def take(_stream: str, text: str) -> None:
        line = parse(text, services)
        if line:
            on_line(read.containers[whole(text.partition(" ")[0])], line)
        elif (again := _AGAIN.match(text)) and 0 <= (number := whole(again[1], -1)) < len(read.containers):
            on_again(read.containers[number])
        elif text:
            said.append(_MARK.sub("", text))

    if host.kind.runs_scripts:
        command = Command.script(read_text("scripts/logs.sh"), *read.arguments())
        code = host.run(command, cancel=cancel, on_line=take).exit_code
    else:
        code = client_logs.run(host, read.entries(), take, follow=read.follow, tail=read.tail, cancel=cancel)
    if code != 0:
        detail = "\n".join(dict.fromkeys(said))  # each container says the same
        raise InstallError(Code.ACTION_FAILED, {"exit_code": str(code)}, detail=detail)


def chosen(containers: Iterable[Container], services: Sequence[str]) -> tuple[Container, ...]:
    """The containers of *services*, all if none are named."""
    return tuple(c for c in containers if not services or c.service in services)
