"""The step that lets this computer see whether Dify's ports are open from outside, before Dify listens there.

It runs inside of the detached job, between ``pull`` (an image is there then) and ``databases``: without a
client that looks, the job waits for some seconds and continues. It never fails; a closed port is a finding.
"""

from __future__ import annotations

from installer.apply.steps.base import Action, Context
from installer.core.cancel import CancelToken
from installer.core.errors import InstallError
from installer.core.events import Emit, ReachFound
from installer.hosts.base import Host, JobLine, Stage
from installer.network.gather import gather_machine
from installer.network.outside import Seen, Target, look, nonce
from installer.preflight.network import judge_reach
from installer.state.desired import fingerprint, images_of, up_to_date
from installer.state.plan_input import Situation

#: What Dify's own web server is called in its Compose file (0.15.3 to 1.16.1); its image is used.
WEB_SERVICE = "nginx"


def reach_target(situation: Situation) -> Target | None:
    """What can be tried: ports of the web server that are public and not in use; None if nothing.

    Pure: the same situation gives the same target.
    """
    answers, config = situation.answers, situation.configuration
    seen = answers.target.host_kind.seen_from_outside
    if not seen or WEB_SERVICE not in config.services or serving(situation):
        return None
    held = {p.port for container in situation.facts.containers for p in container.ports}
    public = [p for p in config.ports if p.service == WEB_SERVICE and p.open_to_world]
    ports = dict.fromkeys(p.host_port for p in public if p.host_port not in held)
    if not ports:
        return None
    return Target(
        project=answers.project,
        image=images_of(situation).get(WEB_SERVICE, ""),
        bind=answers.site.bind,
        ports=tuple(ports),
        address=answers.site_address,
        fallback=answers.target.host,
        nonce=nonce(f"{answers.project} {fingerprint(situation)}"),
        secure=frozenset(p.host_port for p in public if p.purpose == "https"),
    )


def serving(situation: Situation) -> bool:
    """Whether Dify's own web server runs there: it has the ports."""
    container = situation.containers.get(WEB_SERVICE)
    return container is not None and container.state == "running"


class ReachOutside:
    """Planned only where Dify is about to be started and its ports are still free."""

    id = "reach"

    def plan(self, situation: Situation) -> Action | None:
        """One stage that answers there for a moment."""
        target = reach_target(situation)
        if target is None or all(up_to_date(situation, s) for s in situation.configuration.services):
            return None
        ports = ", ".join(map(str, target.ports))
        params = {"ports": ports, "address": target.address}
        return Action(self.id, params, stages=(Stage(self.id, target.argv),))

    def apply(self, action: Action, context: Context) -> None:
        """It runs as a job."""
        raise AssertionError(f"{action.step} runs as a job")


class ReachWatch:
    """Sees the line with which the server begins to answer, and looks from here.

    A client that follows the job later (``attach``) does not watch: what is answered then is over.
    """

    def __init__(self, host: Host, situation: Situation, emit: Emit, cancel: CancelToken) -> None:
        self._host, self._situation, self._emit, self._cancel = host, situation, emit, cancel
        self._target = reach_target(situation)

    def __call__(self, line: JobLine) -> None:
        """One line of the job's log."""
        target = self._target
        if target is None or line.stage != ReachOutside.id or line.text.strip() != target.marker:
            return
        self._target = None
        report(self._host, look(self._host, target, self._cancel), self._emit, self._cancel)


def report(host: Host, seen: tuple[Seen, ...], emit: Emit, cancel: CancelToken) -> tuple[ReachFound, ...]:
    """One event for each port, emitted and returned; with the provider where one is closed."""
    closed = any(s.reach.state == "closed" for s in seen)
    provider = _provider(host, cancel) if closed else ""
    events = tuple(_event(s, provider) for s in seen)
    for event in events:
        emit(event)
    return events


def _provider(host: Host, cancel: CancelToken) -> str:
    try:
        return gather_machine(host, cancel).provider
    except InstallError as exc:
        if exc.code.startswith(("ssh.", "sudo.")):
            raise  # the connection is lost: the follower of the job handles it
        return ""


def _event(seen: Seen, provider: str) -> ReachFound:
    problem = judge_reach(seen)
    return ReachFound(
        step=ReachOutside.id,
        port=seen.port,
        url=seen.url,
        state=seen.reach.state,
        reason=seen.reach.reason,
        code=problem.code.value if problem else "",
        provider=provider if problem else "",
        detail=seen.reach.detail,
    )
