"""Which container everything waits for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from installer.situation import Situation
from installer.stack.containers import Container
from installer.stack.knowledge import by_data_path, migrates
from installer.web import SETUP_SERVICE


def well(container: Container | None, *, one_shot: bool) -> bool:
    """Whether a service's container is as it must be in the end: *one_shot* ones do their work and end."""
    if container is None:
        return False
    if one_shot:
        return container.ended_well
    return container.running and container.health in ("", "healthy")


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
    """The service that everything waits for: the first, in the order in which they depend on each other,
    that is not well. With all of them well, the one that prepares the first answer. "" if none is expected.
    """
    by_service = {c.service: c for c in containers}
    one_shots = situation.configuration.one_shots
    expected = situation.configuration.services
    late = {s for s in expected if not well(by_service.get(s), one_shot=s in one_shots)}
    if not late:
        return SETUP_SERVICE if SETUP_SERVICE in expected else ""
    needed = needs(situation)
    roots = [s for s in late if not _reaches(s, late, needed)]
    # ours are started first, then the data's end of the way; of a circle any will do
    first = [s for s in situation.configuration.databases if s in roots]
    return by_data_path(first or roots or late)[-1]


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
