"""The gate: Dify is installed when it really answers, and not before.

Ready = one-shot services ended with 0, long-running ones run and none is unhealthy, our own probes of
database and Redis answer, and ``GET /console/api/setup`` through nginx on the published port is 200
(it reads the database; nginx answers 502 until the API is up).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from installer.errors import Code, InstallError
from installer.events import Line
from installer.hosts.base import Command, Host
from installer.hosts.http import Answer
from installer.situation import Situation
from installer.stack.containers import Container, read_containers
from installer.stack.knowledge import probe
from installer.steps.base import Action, Context, compose
from installer.web import SETUP_PATH, Web

LIMIT_SECONDS = 600.0
POLL_SECONDS = 1.0
#: A container that ended this often since we began to look does not come up by waiting.
CRASHES = 4
LOG_LINES = 40
PROBE_SECONDS = 30.0


@dataclass(frozen=True)
class Look:
    """One look at the stack: who is not there yet, and what the web server said."""

    waiting: tuple[str, ...]
    ready: int
    total: int
    answer: Answer


def waiting_services(situation: Situation, containers: Iterable[Container]) -> tuple[str, ...]:
    """Expected services that are not as they must be."""
    by_service = {c.service: c for c in containers}
    one_shots = situation.configuration.one_shots
    late = []
    for service in situation.configuration.services:
        container = by_service.get(service)
        good = container is not None and (container.ended_well if service in one_shots else container.running)
        if not good:
            late.append(service)
    return tuple(late)


def crashed(
    situation: Situation, containers: Iterable[Container], first_restarts: dict[str, int]
) -> Container | None:
    """A container that will not come up: a one-shot that failed, or one that ends again and again."""
    for container in containers:
        failed = container.state == "exited" and container.exit_code != 0
        if container.service in situation.configuration.one_shots and failed:
            return container
        began = first_restarts.setdefault(container.id, container.restarts)
        if container.restarts - began >= CRASHES and container.state != "running":
            return container
    return None


class Ready:
    """Looks, always; it changes nothing."""

    id = "ready"

    def __init__(self, *, limit: float = LIMIT_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock

    def plan(self, situation: Situation) -> Action | None:
        """The URL that must answer."""
        return Action(self.id, {"url": situation.configuration.base_url + SETUP_PATH})

    def apply(self, action: Action, context: Context) -> None:
        """Wait until ready. Raises ``InstallError`` SERVICE_FAILED, DATABASE_NOT_READY or NOT_READY."""
        end = self._clock() + self._limit
        restarts: dict[str, int] = {}
        while True:
            look = self._look(context, restarts)
            context.progress(self.id, look.ready, look.total, "services")
            if not look.waiting and look.answer.status == 200:
                break
            if self._clock() >= end:
                raise not_ready(look, self._limit)
            context.renew()
            context.cancel.wait(POLL_SECONDS)
        probe_databases(context)

    def _look(self, context: Context, restarts: dict[str, int]) -> Look:
        situation = context.situation
        with context.host.docker() as client:
            containers = read_containers(client, situation.answers.project)
        broken = crashed(situation, containers, restarts)
        if broken:
            raise service_failed(context.host, broken, context)
        waiting = waiting_services(situation, containers)
        total = len(situation.configuration.services) + 1
        answer = ask_setup(context.host, situation) if not waiting else Answer(0, {}, b"", "")
        ready = total - 1 - len(waiting) + (answer.status == 200)
        return Look(waiting, ready, total, answer)


def ask_setup(host: Host, situation: Situation) -> Answer:
    """``GET /console/api/setup`` on the published port, from the target itself."""
    return Web.of(situation.answers).ask(host, SETUP_PATH)


def probe_databases(context: Context) -> None:
    """Ask database and Redis themselves; a running container may still refuse."""
    situation = context.situation
    for name in situation.configuration.databases:
        argv = probe(name)
        if not argv:
            continue
        command = Command(compose("exec", "-T", name, *argv), cwd=situation.answers.docker_folder)
        result = context.host.run(command, cancel=context.cancel, timeout=PROBE_SECONDS)
        result.check(Code.DATABASE_NOT_READY, service=name)


def not_ready(look: Look, limit: float) -> InstallError:
    """The error when time is over."""
    params = {
        "services": ", ".join(look.waiting) or "-",
        "status": str(look.answer.status or look.answer.detail),
        "minutes": f"{limit / 60:.0f}",
    }
    return InstallError(Code.NOT_READY, params, detail=look.answer.body[:500].decode("utf-8", "replace"))


def service_failed(host: Host, container: Container, context: Context) -> InstallError:
    """The error for a container that ends again and again, with its last lines as evidence."""
    command = Command(("docker", "logs", "--tail", str(LOG_LINES), container.id))
    result = host.run(command, timeout=PROBE_SECONDS)
    text = context.redact("\n".join(filter(None, (result.text.strip(), result.errors.strip()))))
    for line in text.splitlines():
        context.emit(Line(step=Ready.id, text=f"{container.service} | {line}"))
    params = {"service": container.service, "exit_code": str(container.exit_code)}
    return InstallError(Code.SERVICE_FAILED, params, detail=text)
