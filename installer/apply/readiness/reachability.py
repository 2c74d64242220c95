"""Where Dify answers: inside Docker's network, on the server, and from this computer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from installer.answers import Answers
from installer.apply.readiness.from_outside import ask_dify
from installer.apply.steps.reach import report
from installer.core.cancel import CancelToken
from installer.core.errors import InstallError
from installer.core.events import Emit, GateLook
from installer.docker.containers import Container
from installer.facts.web import SETUP_PATH, Web
from installer.hosts.base import Host
from installer.hosts.http import Answer, request
from installer.hosts.http_request import Request
from installer.release.services import fronts
from installer.untrusted.values import port as port_of

Place = Literal["yes", "no", "waiting", "unknown"]
#: For a question inside the machine, where nothing is far away, and for one from here.
INSIDE_SECONDS, HERE_SECONDS = 5.0, 5.0


@dataclass(frozen=True)
class Places:
    """What is known of each place."""

    inside: Place = "waiting"
    server: Place = "waiting"
    here: Place = "waiting"


class PlaceTeller:
    """Tells ``GateLook`` whenever something is different."""

    def __init__(self, step: str, emit: Emit) -> None:
        self._step, self._emit = step, emit
        self._reported: Places | None = None

    def tell(self, places: Places) -> None:
        """Say *places*, unless it was said."""
        if places != self._reported:
            self._reported = places
            self._emit(
                GateLook(step=self._step, inside=places.inside, server=places.server, here=places.here)
            )


def inner_port(container: Container, port: int) -> int:
    """The container's side of the published *port*; 0 if it publishes none."""
    for entry in container.ports:
        outer, _, inner = entry.partition("->")
        number = inner.partition("/")[0]
        if outer.rpartition(":")[2] == str(port) and (inner_number := port_of(number)):
            return inner_number
    return 0


def ask_inside(host: Host, answers: Answers, containers: Iterable[Container]) -> Place:
    """Whether the web server answers at its own address in Docker's network, past the published port.

    There is no way into an Engine's virtual machine: then, and where it is not reached at all (an Engine
    without root rights), it is not known. Raises what losing the host raises.
    """
    running = {c.service: c for c in containers if c.state == "running"}
    front = next(iter(fronts(running)), "")
    if not front:
        return "no"
    container, web = running[front], Web.of(answers)
    port = inner_port(container, web.port)
    if host.kind.engine_in_vm or not port or not container.addresses:
        return "unknown"
    address = container.addresses[0]
    asked = Request(port, SETUP_PATH, address, web.name, timeout=INSIDE_SECONDS, tls=web.tls)
    return placed(request(host, asked))


def placed(answer: Answer) -> Place:
    """An *answer* that is no 200 will be one; none at all says nothing (it may not listen yet)."""
    return "yes" if answer.status == 200 else "waiting" if answer.status else "unknown"


def ask_here(host: Host, answers: Answers, emit: Emit, cancel: CancelToken) -> Place:
    """Whether this computer gets Dify at the address that people type, once the server itself does.

    A closed one is a finding (``ReachFound``), never an error. Raises what losing the host raises.
    """
    if not answers.target.host_kind.remote:
        return "yes"  # here is the server
    if answers.site.inside_only:
        return "unknown"  # on purpose only the server itself gets it; what stands before it is not ours
    try:
        found = report(host, (ask_dify(host, answers, cancel, HERE_SECONDS),), emit, cancel)
    except InstallError as e:
        if e.code.startswith(("ssh.", "sudo.")):
            raise
        return "unknown"
    return "yes" if found[0].state == "open" else "no" if found[0].state == "closed" else "unknown"
