"""The gate: Dify is installed when it really answers, and not before.

Ready = one-shot services ended with 0, long-running ones run and none is unhealthy, our own probes of
database and Redis answer, and ``GET /console/api/setup`` through nginx on the published port is 200
(it reads the database; nginx answers 502 until the API is up). Whether this computer gets there, too, is a
finding beside it: a provider's firewall is no failure of Dify.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from installer.apply.readiness.blocking_service import waiting_services
from installer.apply.readiness.crash_loop import just_started, steady
from installer.apply.readiness.reachability import Places, PlaceTeller, ask_here, ask_inside
from installer.apply.readiness.stale_upstream import GATEWAY, after_the_front, outdated
from installer.apply.readiness.timeouts import Patience
from installer.apply.steps.base import Action, Context
from installer.core.errors import Code, InstallError
from installer.core.events import Line
from installer.docker.containers import Container, read_containers
from installer.facts.web import SETUP_PATH, Web
from installer.hosts.base import Command, Host
from installer.hosts.http import Answer
from installer.release.services import probe
from installer.state.plan_input import Situation

if TYPE_CHECKING:
    from installer.apply.readiness.watch import GuiltyWatch

POLL_SECONDS = 1.0
#: At first the web server comes up within a second or two, and a waiting user notices each of them.
SOON_SECONDS, SOON_POLL_SECONDS = 10.0, 0.3
#: A container that ended this often since we began to look does not come up by waiting.
CRASHES = 4
LOG_LINES = 40
PROBE_SECONDS = 30.0
#: How long a 502 or 504 may last before the web server is restarted, and how long its stop may take.
GATEWAY_SECONDS, STOP_SECONDS = 8.0, 5


@dataclass(frozen=True)
class Look:
    """One query of the stack: its containers, the services that are not up yet, and what the web server
    answered on the target. *starting*: a container started only just now, after the web server, which is
    the last to start."""

    containers: tuple[Container, ...]
    waiting: tuple[str, ...]
    total: int
    answer: Answer
    starting: bool = False

    @property
    def answers(self) -> bool:
        """Whether Dify answers on the published port."""
        return self.answer.status == 200

    @property
    def ready(self) -> int:
        """How many of *total* are there."""
        return self.total - 1 - len(self.waiting) + self.answers


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


def _services(situation: Situation) -> frozenset[str]:
    made = situation.configuration
    return frozenset((*made.services, *made.one_shots, *made.service_images))


class Ready:
    """Looks, always. It changes nothing, but for a web server that would say 502 for ever
    (``installer.apply.readiness.stale_upstream``)."""

    id = "ready"

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock

    def plan(self, situation: Situation) -> Action | None:
        """The URL that must answer."""
        return Action(self.id, {"url": situation.configuration.base_url + SETUP_PATH})

    def apply(self, action: Action, context: Context) -> None:
        """Wait until ready. Raises ``InstallError`` SERVICE_FAILED, DATABASE_NOT_READY or NOT_READY."""
        situation = context.situation
        began = self._clock()
        patience = Patience.of(situation.facts, began)
        from installer.apply.readiness.watch import GuiltyWatch

        watch = GuiltyWatch(self.id, context, patience)
        places, restarts = PlaceTeller(self.id, context.emit), dict[str, int]()
        web = _WebServer(self.id, context)
        while True:
            look = self._look(context, restarts)
            context.progress(self.id, look.ready, look.total, "services")
            complete = not look.waiting and look.answers and not look.starting
            refusal = refusing_database(context, look.containers) if complete else None
            if complete and refusal is None:
                break
            now = self._clock()
            for c in look.containers:
                if not c.restarts:
                    patience.saw(f"container {c.service}", (c.state, c.health, c.started_at), now)
            watch.look(look.containers, now)
            web.look(look, now)
            found = _on_the_way(context, look)
            if refusal and patience.over(now):
                raise refusal
            if patience.over(now):
                places.tell(replace(found, server="yes" if look.answers else "no", here="unknown"))
                raise not_ready(look, watch, patience, now)
            places.tell(found)
            context.renew()
            context.cancel.wait(SOON_POLL_SECONDS if now - began < SOON_SECONDS else POLL_SECONDS)
        places.tell(Places("yes", "yes", "waiting"))
        here = ask_here(context.host, situation.answers, context.emit, context.cancel)
        places.tell(Places("yes", "yes", here))

    def _look(self, context: Context, restarts: dict[str, int]) -> Look:
        situation = context.situation
        with context.host.docker() as client:
            containers = steady(
                client, read_containers(client, situation.answers.project, _services(situation))
            )
        broken = crashed(situation, containers, restarts)
        if broken:
            raise service_failed(context.host, broken, context)
        waiting = waiting_services(situation, containers)
        total = len(situation.configuration.services) + 1
        if waiting:
            return Look(containers, waiting, total, Answer(0, {}, b"", ""))
        answer = ask_setup(context.host, situation)
        starting = False
        if answer.status == 200:
            with context.host.docker() as client:
                starting = just_started(client, after_the_front(containers))
        return Look(containers, waiting, total, answer, starting)


class _WebServer:
    """Restarts the web server where it answers only 502 or 504, as it uses outdated upstream addresses."""

    def __init__(self, step: str, context: Context) -> None:
        self._step, self._context = step, context
        self._since: float | None = None

    def look(self, look: Look, now: float) -> None:
        """One check; the upstream gets ``GATEWAY_SECONDS`` to answer by itself."""
        front = outdated(look.containers) if look.answer.status in GATEWAY else None
        if front is None:
            self._since = None
            return
        self._since = now if self._since is None else self._since
        if now - self._since < GATEWAY_SECONDS:
            return
        self._since = None
        said = f"{front.service} | {look.answer.status}: restarted, others have started after it"
        self._context.emit(Line(step=self._step, text=said))
        command = Command(("docker", "restart", "-t", str(STOP_SECONDS), front.id))
        result = self._context.host.run(command, cancel=self._context.cancel, timeout=PROBE_SECONDS)
        if result.exit_code != 0:
            self._context.emit(Line(step=self._step, text=f"{front.service} | {result.errors.strip()}"))


def _on_the_way(context: Context, look: Look) -> Places:
    """Where Dify answers while it is not ready. What goes through the published port went through inside."""
    if look.answers:
        return Places("yes", "yes")
    if look.waiting:
        return Places()  # the answer would say nothing about what is missing
    inside = ask_inside(context.host, context.situation.answers, look.containers)
    return Places(inside)


def ask_setup(host: Host, situation: Situation) -> Answer:
    """``GET /console/api/setup`` on the published port, from the target itself."""
    return Web.of(situation.answers).ask(host, SETUP_PATH)


def refusing_database(context: Context, containers: Sequence[Container]) -> InstallError | None:
    """Ask database and Redis themselves: a running container may still refuse. The error of the first that
    does, None where none does. Its caller asks again: an answer that a restart cuts off is a refusal, too."""
    asked = {container.service: container.id for container in containers}
    for name in context.situation.configuration.databases:
        argv = probe(name)
        if not argv:
            continue
        command = Command(("docker", "exec", asked[name], *argv))  # Compose would take three times as long
        try:
            result = context.host.run(command, cancel=context.cancel, timeout=PROBE_SECONDS)
        except InstallError as exc:
            if exc.code is not Code.HOST_TIMEOUT:
                raise
            return InstallError(Code.DATABASE_NOT_READY, {"service": name}, detail=exc.detail)
        if result.exit_code != 0:
            return result.error(Code.DATABASE_NOT_READY, service=name)
    return None


def not_ready(look: Look, watch: GuiltyWatch, patience: Patience, now: float) -> InstallError:
    """The error when time is over: who was waited for, for how long, and what it said last."""
    params = {
        "services": ", ".join(look.waiting) or watch.service or "-",
        "service": watch.service,
        "state": watch.state,
        "seconds": f"{watch.seconds(now):.0f}",
        "status": str(look.answer.status or look.answer.detail or "-"),
        "minutes": f"{patience.waited(now) / 60:.0f}",
    }
    head = f"{watch.service}: {watch.state}, {watch.seconds(now):.0f} s" if watch.service else ""
    said = [f"{watch.service} | {line}" for line in watch.last]
    body = look.answer.body[:500].decode("utf-8", "replace")
    return InstallError(Code.NOT_READY, params, detail="\n".join(filter(None, (head, *said, body))))


def service_failed(host: Host, container: Container, context: Context) -> InstallError:
    """The error for a container that ends again and again, with its last lines as evidence."""
    command = Command(("docker", "logs", "--tail", str(LOG_LINES), container.id))
    result = host.run(command, timeout=PROBE_SECONDS)
    text = context.redact("\n".join(filter(None, (result.text.strip(), result.errors.strip()))))
    for line in text.splitlines():
        context.emit(Line(step=Ready.id, text=f"{container.service} | {line}"))
    params = {"service": container.service, "exit_code": str(container.exit_code)}
    return InstallError(Code.SERVICE_FAILED, params, detail=text)
