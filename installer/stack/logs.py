"""Logs of one, several or all services: history merged by time, then live; all on one channel."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from installer.cancel import CancelToken
from installer.hosts.base import Command, Host
from installer.resources import read_text
from installer.stack.containers import Container

_LINE = re.compile(r"^(\d+) ([oe]) (\S+) ?(.*)$", re.DOTALL)
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
    if not m or not _TIME.match(m[3]) or int(m[1]) >= len(services):
        return None
    return LogLine(m[3], services[int(m[1])], "stdout" if m[2] == "o" else "stderr", m[4])


def sort_key(line: LogLine) -> str:
    """By time. Docker drops trailing zeros of the fraction: pad, so that text order is time order."""
    seconds, _, fraction = line.at.removesuffix("Z").partition(".")
    return f"{seconds}.{fraction:0<9}"


def history(
    host: Host,
    containers: Sequence[Container],
    *,
    tail: str = "all",
    since: str = "",
    cancel: CancelToken | None = None,
) -> list[LogLine]:
    """The lines so far, oldest first."""
    found: list[LogLine] = []
    _run(host, containers, found.append, follow=False, tail=tail, since=since, cancel=cancel)
    return sorted(found, key=sort_key)


def follow(
    host: Host,
    containers: Sequence[Container],
    on_line: Callable[[LogLine], None],
    *,
    tail: str = "all",
    since: str = "",
    cancel: CancelToken | None = None,
) -> None:
    """The lines so far, oldest first, then each new one as it comes, until cancelled or all ended."""
    past = history(host, containers, tail=tail, since=since, cancel=cancel)
    last: dict[str, str] = {}
    for line in past:
        last[line.service] = sort_key(line)
        on_line(line)
    resume = past[-1].at if past else since

    def fresh(line: LogLine) -> None:
        key = sort_key(line)
        if key > last.get(line.service, ""):
            last[line.service] = key
            on_line(line)

    start = {"tail": "all", "since": resume} if resume else {"tail": tail, "since": ""}
    _run(host, containers, fresh, follow=True, cancel=cancel, **start)


def _run(
    host: Host,
    containers: Sequence[Container],
    on_line: Callable[[LogLine], None],
    *,
    follow: bool,
    tail: str,
    since: str,
    cancel: CancelToken | None,
) -> None:
    services = [c.service for c in containers]

    def take(stream: str, text: str) -> None:
        line = parse(text, services) if stream == "stdout" else None
        if line:
            on_line(line)

    numbered = (f"{n}={c.id}" for n, c in enumerate(containers))
    arguments = ("yes" if follow else "no", tail, since, *numbered)
    host.run(Command.script(read_text("scripts/logs.sh"), *arguments), cancel=cancel, on_line=take)


def chosen(containers: Iterable[Container], services: Sequence[str]) -> tuple[Container, ...]:
    """The containers of *services*, all if none are named."""
    return tuple(c for c in containers if not services or c.service in services)
