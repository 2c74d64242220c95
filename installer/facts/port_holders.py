"""Who holds a port of the target. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from installer.core.resources import table
from installer.facts.model import ContainerFacts, Facts, Listener


@dataclass(frozen=True)
class Holder:
    """Who holds a port. *text* is for people, empty where not known; *stop* the command that would end it,
    *web*: it is a web server, which can pass requests on to Dify, *left*: Docker holds it for a container
    that is no longer there."""

    text: str
    stop: str = ""
    web: bool = False
    left: bool = False


def overlap(a: str, b: str) -> bool:
    """Whether listening on *a* and on *b* is in each other's way. One that means every address is in the way
    of all of either family: Docker publishes on both."""
    if a == b:
        return True
    try:
        first, second = ipaddress.ip_address(a), ipaddress.ip_address(b)
    except ValueError:
        return True  # an address we cannot read ("*"): assume the worst
    return first.is_unspecified or second.is_unspecified


def find_holder(facts: Facts, address: str, port: int, project: str) -> Holder | None:
    """Who holds *address*:*port*; None when it is free or held by *project* itself."""
    for container in facts.containers:
        if any(p.port == port and overlap(p.address, address) for p in container.ports):
            return None if container.project == project else _of_container(container)
    mine = [x for x in facts.listeners if x.port == port and overlap(x.address, address)]
    if not mine:
        return None
    known = next((x for x in mine if x.process), mine[0])
    if _may_be_proxy(known) and any(c.project == project for c in _changing(facts)):
        return None
    return _of_listener(facts, known, six=all(_is_six(x) for x in mine))


def port_holder(facts: Facts, address: str, port: int, project: str) -> str | None:
    """``find_holder`` as a text: ``""`` when its holder is not known, None when it is free."""
    holder = find_holder(facts, address, port, project)
    return None if holder is None else holder.text


def _of_container(container: ContainerFacts) -> Holder:
    project = f" ({container.project})" if container.project else ""
    return Holder(
        f"{container.name}{project}", f"sudo docker stop {container.name}", _serves(container.image)
    )


def _of_listener(facts: Facts, listener: Listener, *, six: bool) -> Holder:
    inside = next((c for c in facts.containers if listener.container and c.id == listener.container), None)
    if inside is not None:
        return _of_container(inside)
    service = listener.unit if listener.unit.endswith(".service") else ""
    named = not listener.process or service.removesuffix(".service") == listener.process
    parts = [] if named or not service else [service]
    parts += [f"pid {listener.pid}"] if listener.pid else []
    parts += ["IPv6"] if six else []
    name = listener.process or service
    text = f"{name} ({', '.join(parts)})" if name and parts else name
    protected = service.startswith(tuple(table("checks")["ports"]["never_stop"]))
    stop = f"sudo systemctl disable --now {service}" if service and not protected else ""
    web = _serves(listener.process) or _serves(service)
    return Holder(text, stop, web, left=_is_left(facts, listener))


def _is_left(facts: Facts, listener: Listener) -> bool:
    """Docker's port proxy without a container. Engine 26.1.5 was seen to come up so after a restart of the
    server in the moment in which a container was made. Only where Docker itself said which containers run,
    and none is about to: the proxy is there before Docker names the port (seen with one in a crash loop)."""
    known = bool(facts.docker.server) and not facts.docker.error
    return known and _is_proxy(listener) and not any(_changing(facts))


def _is_proxy(listener: Listener) -> bool:
    """Of the Engine that a restart of ``docker.service`` restarts: not of a second one, as snap's."""
    ports = table("checks")["ports"]
    return bool(listener.process == ports["proxy"] and listener.unit == ports["proxy_unit"])


def _may_be_proxy(listener: Listener) -> bool:
    """One that ends while it is looked at has no process any more, only its unit: seen with a container in a
    crash loop. Enough to let one of ours pass that is changing, not to restart Docker for it."""
    unnamed = not listener.process and listener.unit == table("checks")["ports"]["proxy_unit"]
    return _is_proxy(listener) or unnamed


def _changing(facts: Facts) -> Iterator[ContainerFacts]:
    """Containers that may be starting or ending right now."""
    lasting = table("checks")["ports"]["lasting_states"]
    return (c for c in facts.containers if c.state not in lasting)


def _is_six(listener: Listener) -> bool:
    """Only on IPv6. A socket on ``::`` serves IPv4, too, unless the system says otherwise."""
    if listener.v6_only is not None:
        return listener.v6_only
    return ":" in listener.address and listener.address != "::"


def _serves(name: str) -> bool:
    short = name.rpartition("/")[2].lower()
    return short.startswith(tuple(table("checks")["ports"]["web_servers"]))
