"""An installation as it is now, and again whenever Docker reports an event of one of its containers.

Two connections to the Engine: its stream of events, and one on which only the containers concerned are looked
at. (GET /events, /containers/json, /containers/{id}/json: Docker Engine API, since 1.24.)
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.docker.containers import ONEOFF_LABEL, PROJECT_LABEL, Container, parse_inspect, stack_state
from installer.docker.wire import Answer, Wire
from installer.hosts.base import Host
from installer.hosts.cancel_scope import stoppable
from installer.operations.status import Status, in_order
from installer.state.compose_services import of_services, services_of
from installer.state.record import read_installed
from installer.untrusted.json import loads
from installer.untrusted.values import items, mapping

if TYPE_CHECKING:
    from installer.answers import Answers
    from installer.facts.model import Record

#: An event seldom comes alone (kill, die, stop, start): so long the others are waited for.
GATHER_SECONDS = 0.03
#: Between signs of life on a line without events, and between looks at everything.
ALIVE_SECONDS, WHOLE_SECONDS = 3.0, 60.0
#: What changes a container as it is shown. Not exec_*: each health check makes three of them.
ACTIONS = (
    *("create", "start", "restart", "die", "kill", "stop", "oom", "health_status", "destroy"),
    *("pause", "unpause", "rename", "update"),
)


#: An event that is longer is not read: those of Docker hold a container's labels.
_LONGEST_EVENT = 1 << 20


class NoEvents(Exception):
    """The Engine gives no events here (a proxy in front of it, nothing of ours): look now and then."""


class Alive:
    """Put when nothing has changed, but the line answers."""


def follow(
    host: Host, answers: Answers, put: Callable[[Status | Alive], object], cancel: CancelToken
) -> None:
    """*put* a ``Status`` now and after each change, ``Alive`` in between, until the line breaks.

    Never returns. Raises ``NoEvents``, ``Cancelled``, and what losing the host or its Docker raises.
    """
    with stoppable(host, cancel):
        record = read_installed(host, answers.state_folder)
        if record is None:
            raise NoEvents
        with Wire(host.docker_stream()) as events, Wire(host.docker_stream()) as asked:
            if events.open(_events_path(record.project)) != 200:
                raise NoEvents
            stack = Stack(asked, record, lambda now: services_of(host, answers, now, cancel))
            _follow(events, stack, lambda: read_installed(host, answers.state_folder), put, cancel)


def _follow(
    events: Wire,
    stack: Stack,
    look: Callable[[], Record | None],
    put: Callable[[Status | Alive], object],
    cancel: CancelToken,
) -> None:
    stack.look_at_all()
    put(stack.status())
    heard = Heard(events)
    whole = time.monotonic() + WHOLE_SECONDS
    while True:
        cancel.check()
        concerned = heard.wait(ALIVE_SECONDS)
        if concerned:
            stack.look_at(concerned)
            put(stack.status())
        elif time.monotonic() >= whole:
            record = look()
            if record is None:
                raise NoEvents
            stack.record = record
            stack.look_at_all()
            put(stack.status())
            whole = time.monotonic() + WHOLE_SECONDS
        else:
            stack.ping()
            put(Alive())


def _events_path(project: str) -> str:
    filters = {"type": ["container"], "event": list(ACTIONS), "label": [f"{PROJECT_LABEL}={project}"]}
    return f"/events?filters={_quoted(filters)}"


def _quoted(data: object) -> str:
    return quote(json.dumps(data), safe="")


class Heard:
    """The stream of events, an object of JSON each."""

    def __init__(self, events: Wire) -> None:
        self._events = events
        self._rest = b""

    def wait(self, seconds: float) -> frozenset[str]:
        """Ids of the containers of an event, and of those that follow it at once; empty if there is no event
        within *seconds*."""
        found: set[str] = set()
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                data = self._events.more(left)
            except TimeoutError:
                break
            fresh = self._parse(data)
            if fresh and not found:
                end = time.monotonic() + GATHER_SECONDS
            found |= fresh
        return frozenset(found)

    def _parse(self, data: bytes) -> set[str]:
        *whole, rest = (self._rest + data).split(b"\n")
        self._rest = rest if len(rest) <= _LONGEST_EVENT else b""
        return {found for line in whole if (found := concerned(line))}


def concerned(line: bytes) -> str:
    """The id of the container that an event tells of, empty for what is none."""
    try:
        event = loads(line)
    except ValueError:
        return ""
    if not isinstance(event, dict) or event.get("Type") != "container":
        return ""
    actor = mapping(event.get("Actor"))
    # the one of "docker compose run" is not a part of the installation
    one_off = mapping(actor.get("Attributes")).get(ONEOFF_LABEL) == "True"
    return "" if one_off else str(actor.get("ID") or "")


class Stack:
    """The containers of an installation, by id, as they were last looked at."""

    def __init__(self, wire: Wire, record: Record, resolve: Callable[[Record], Collection[str]]) -> None:
        self._wire, self.record = wire, record
        self._resolve, self._resolved = resolve, frozenset[str]()
        self._containers: dict[str, Container] = {}

    def look_at_all(self) -> None:
        """List them and look at each."""
        filters = _quoted({"label": [f"{PROJECT_LABEL}={self.record.project}"]})
        listed = _json(*self._wire.ask([f"/containers/json?all=1&filters={filters}"]))
        self._containers.clear()
        self._resolved = frozenset()
        self.look_at(str(mapping(entry).get("Id", "")) for entry in items(listed))

    def look_at(self, ids: Iterable[str]) -> None:
        """Look at these again; those that are gone are forgotten."""
        wanted = sorted(ids)
        paths = [f"/containers/{quote(one, safe='')}/json" for one in wanted]
        for one, answer in zip(wanted, self._wire.ask(paths), strict=True):
            data = None if answer.status == 404 else mapping(_json(answer))
            labels = mapping(mapping(data.get("Config")).get("Labels")) if data else {}
            if data is None or labels.get(ONEOFF_LABEL) == "True":
                self._containers.pop(one, None)
            else:
                self._containers[one] = parse_inspect(data)

    def ping(self) -> None:
        """Raises if the line is dead."""
        for _ in self._wire.ask(["/_ping"]):
            pass

    def status(self) -> Status:
        """What is known now."""
        record = self.record
        containers = of_services(tuple(self._containers.values()), record, self._services)
        return Status(
            version=record.version,
            url=record.url,
            state=stack_state(containers, record.services, record.one_shots),
            containers=in_order(containers, record.services),
            services=record.services,
            one_shots=record.one_shots,
        )

    def _services(self) -> Collection[str]:
        """Resolved once between two looks at everything."""
        self._resolved = self._resolved or frozenset(self._resolve(self.record))
        return self._resolved


def _json(answer: Answer) -> Any:
    if answer.status != 200:
        text = answer.body.decode("utf-8", "replace")
        raise InstallError(Code.DOCKER_API_FAILED, {"status": str(answer.status)}, detail=text)
    return answer.json()
