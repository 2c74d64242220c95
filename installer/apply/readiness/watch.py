"""The container that everything waits for: since when, and what it says meanwhile."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from docker.errors import DockerException

from installer.apply.readiness.blocking_service import state_word, waited_for
from installer.apply.readiness.timeouts import Patience
from installer.apply.steps.base import Context
from installer.core.errors import InstallError
from installer.core.events import Line, Waiting
from installer.core.resources import table
from installer.docker.containers import Container
from installer.logs.line import fixed, tag
from installer.logs.resume_point import ResumePoint
from installer.logs.service_logs import LogLine, history
from installer.untrusted.values import integer, mapping

#: Longer lines are cut: no one reads them while they scroll by.
LINE_LENGTH = 400
KEPT_LINES = 40


@dataclass
class _Log:
    """What of a container's log was read: *resume_point* knows which lines are new."""

    resume_point: ResumePoint = field(default_factory=ResumePoint)
    looked_at: float = float("-inf")


class GuiltyWatch:
    """Tells who is waited for (``Waiting``), and after a while what that container writes (``Line``).

    Ask ``look`` at every look at the containers; times are seconds of the gate's clock. What it sees happen
    goes to *patience*.
    """

    def __init__(self, step: str, context: Context, patience: Patience) -> None:
        self._step, self._context, self._patience = step, context, patience
        self._numbers: dict[str, Any] = table("waiting")["guilty"]
        self._since: dict[str, float] = {}
        self._reported: tuple[str, str] = ("", "")
        self._reported_at = float("-inf")
        self._logs: dict[str, _Log] = {}
        self._processor: dict[str, tuple[float, int]] = {}
        self.service = ""
        self.state = ""
        self.last: deque[str] = deque(maxlen=KEPT_LINES)

    def look(self, containers: tuple[Container, ...], now: float) -> None:
        """One look at *containers*."""
        situation = self._context.situation
        service = waited_for(situation, containers)
        if not service:
            return
        if service != self.service:
            self._since[service] = now  # it may have been waited for before, but something else since
            self.service = service
            self.last.clear()
        container = next((c for c in containers if c.service == service), None)
        self.state = state_word(situation, container)
        seconds = self.seconds(now)
        due = now - self._reported_at >= self._numbers["report_every"]
        if (service, self.state) != self._reported or due:
            self._reported, self._reported_at = (service, self.state), now
            self._context.emit(
                Waiting(step=self._step, service=service, seconds=round(seconds), state=self.state)
            )
        if container is not None and seconds >= self._numbers["logs_after"]:
            self._listen(container, now)

    def seconds(self, now: float) -> float:
        """For how long the present one is waited for."""
        return now - self._since.get(self.service, now)

    # ----------------------------------------------------------------- its life

    def _listen(self, container: Container, now: float) -> None:
        log = self._logs.setdefault(container.id, _Log())
        if now - log.looked_at < self._numbers["logs_every"]:
            return
        first, log.looked_at = log.looked_at == float("-inf"), now
        fresh = self._fresh(container, log, first=first)
        if fresh and container.restarts == 0:
            # who ends again and again says the same again and again: no progress
            self._patience.saw(f"log {container.id}", fresh[-1].at, now)
        most = self._numbers["most_lines"]
        if len(fresh) > most:
            self._say(container, f"… ({len(fresh) - most})")
        for line in fresh[-most:]:
            self._say(container, line.text)
        self._feel(container, now)

    def _fresh(self, container: Container, log: _Log, *, first: bool) -> list[LogLine]:
        """Lines that were not there at the last look; nothing if its log cannot be read."""
        tail = str(self._numbers["first_lines"] if first else self._numbers["most_lines"] * 5)
        since, cancel = log.resume_point.since.decode(), self._context.cancel
        try:
            lines = history(self._context.host, [container], tail=tail, since=since, cancel=cancel)
        except InstallError as e:
            if e.code.startswith(("ssh.", "sudo.")):
                raise
            return []
        log.resume_point.again()
        return [line for line in lines if log.resume_point.take(*_kept(line))]

    def _say(self, container: Container, text: str) -> None:
        shown = self._context.redact(text)[:LINE_LENGTH]
        self.last.append(shown)
        self._context.emit(Line(step=self._step, text=f"{container.service} | {shown}"))

    def _feel(self, container: Container, now: float) -> None:
        """Whether it uses the processor: a migration may work for minutes without a word."""
        if container.restarts:
            return
        used = _processor(self._context, container)
        if used is None:
            return
        at, before = self._processor.get(container.id, (now, used))
        self._processor[container.id] = (now, used)
        share = (used - before) / 1e9 / (now - at) if now > at else 0.0
        if share >= self._numbers["processor"]:
            self._patience.saw(f"processor {container.id}", used, now)


def _processor(context: Context, container: Container) -> int | None:
    """Nanoseconds of processor time so far; None where the Engine does not tell."""
    try:
        with context.host.docker() as client:
            found = client.stats(container.id, stream=False, one_shot=True)
    except (DockerException, ValueError):
        return None
    usage = mapping(mapping(mapping(found).get("cpu_stats")).get("cpu_usage"))
    return integer(usage.get("total_usage")) if "total_usage" in usage else None


def _kept(line: LogLine) -> tuple[bytes, bytes]:
    """As a resume point remembers it."""
    at = line.at.encode()
    return (fixed(at) or at) + tag(0, error=line.stream == "stderr"), line.text.encode("utf-8", "replace")
