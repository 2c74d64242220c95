"""Which container everything waits for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from installer.docker.containers import Container
from installer.facts.web import SETUP_SERVICE
from installer.release.services import by_data_path, fronts, migrates
from installer.state.plan_input import Situation


def waiting_services(situation: Situation, containers: Iterable[Container]) -> tuple[str, ...]:
    """Expected services that are not as they must be. One whose health is still being found out counts as
    running here: whether it works is asked by the gate itself."""
    by_service = {c.service: c for c in containers}
    one_shots = situation.configuration.one_shots
    late = []
    for service in situation.configuration.services:
        container = by_service.get(service)
        good = container is not None and (container.ended_well if service in one_shots else container.running)
        if not good:
            late.append(service)
    return tuple(late)


def needs(situation: Situation) -> Mapping[str, frozenset[str]]:
    """Expected service → those it depends on, by the release."""
    services, expected = situation.model.services, frozenset(situation.configuration.services)
    return {
        name: frozenset(d.service for d in services[name].depends_on) & expected
        if name in services
        else frozenset()
        for name in expected
    }


def waited_for(situation: Situation, containers: Sequence[Container]) -> str:
    """The service that everything waits for: of those that are not as they must be the first in the order in
    which they depend on each other. With none late, who stands between us and the answer. "" if none is
    expected."""
    needed = needs(situation)
    late = set(waiting_services(situation, containers))
    if not late:
        late = _on_the_way(containers, situation.configuration.services)
    if not late:
        return ""
    roots = [s for s in late if not _reaches(s, late, needed)]
    # ours are started first, then the data's end of the way; of a circle any will do
    first = [s for s in situation.configuration.databases if s in roots]
    return by_data_path(first or roots or late)[-1]


def _on_the_way(containers: Sequence[Container], expected: Sequence[str]) -> set[str]:
    """What holds up the answer although everything runs: the API, or the web server before it. Who else is
    still finding out whether it is well says nothing: such checks come every half minute."""
    front = {*fronts(expected)}
    if SETUP_SERVICE not in expected:
        return front
    well = any(c.service == SETUP_SERVICE and c.health == "healthy" for c in containers)
    return front if well and front else {SETUP_SERVICE}


def _reaches(service: str, late: set[str], needed: Mapping[str, frozenset[str]]) -> bool:
    """Whether *service* depends, at any distance, on another one that is late."""
    seen, open_ = {service}, [service]
    while open_:
        for name in needed.get(open_.pop(), ()):
            if name in seen:
                continue
            if name in late:
                return True
            seen.add(name)
            open_.append(name)
    return False


def state_word(situation: Situation, container: Container | None) -> str:
    """What a waited-for service's container does, as ``events.Waiting`` says it."""
    if container is None:
        return "missing"
    if container.state != "running":
        return container.state
    if container.health == "unhealthy":
        return "unhealthy"
    if migrates(container.service) and first_start(situation):
        return "migrating"
    return "starting" if container.health == "starting" else "silent"


def first_start(situation: Situation) -> bool:
    """Whether the database is made, or changed for another version, by this start."""
    record = situation.facts.record
    return record is None or not record.installed or record.version != situation.model.version
