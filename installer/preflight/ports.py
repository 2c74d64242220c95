"""Ports: free or not, who holds them, and the ways out."""

from __future__ import annotations

from collections.abc import Iterator

from installer.core.errors import Code
from installer.core.finding import Finding, Way, finding
from installer.core.resources import table
from installer.facts.model import Facts
from installer.facts.port_holders import Holder, find_holder
from installer.state.plan_input import Situation

#: Purposes that are a field of the answers: another number can simply be chosen.
FIELDS = ("http", "https", "plugin_debugging")
_USUAL = {80: 8080, 443: 8443}


def judge_ports(situation: Situation) -> Iterator[Finding]:
    """Is every port that will be published free?"""
    facts, project = situation.facts, situation.answers.project
    taken = frozenset(p.host_port for p in situation.configuration.ports)
    for port in situation.configuration.ports:
        yield from judge_port(facts, project, port.address, port.host_port, port.purpose, taken)


def judge_port(
    facts: Facts, project: str, address: str, port: int, purpose: str, taken: frozenset[int] = frozenset()
) -> Iterator[Finding]:
    """Is one port free? *taken*: the other ports that will be published."""
    kept = _kept(facts, port)
    if kept is not None:
        params = {"port": str(port), "first": str(kept[0]), "last": str(kept[1]), "purpose": purpose}
        ways = tuple(_ways(facts, project, port, purpose, Holder(""), taken))
        yield finding(Code.PORT_RESERVED, params, ways=ways)
        return
    holder = find_holder(facts, address, port, project)
    if holder is not None:
        params = {"port": str(port), "holder": holder.text, "purpose": purpose}
        code = Code.PORT_LEFT if holder.left else Code.PORT_IN_USE
        ways = tuple(_ways(facts, project, port, purpose, holder, taken))
        yield finding(code, params, ways=ways)


def _kept(facts: Facts, port: int) -> tuple[int, int] | None:
    """The range that Windows keeps for itself and that *port* is in: no process is shown as its user."""
    ranges = facts.desktop.excluded_ports if facts.desktop is not None else ()
    return next(((first, last) for first, last in ranges if first <= port <= last), None)


def _ways(
    facts: Facts, project: str, port: int, purpose: str, holder: Holder, taken: frozenset[int]
) -> Iterator[Way]:
    free = free_port(facts, port, project, taken)
    if purpose in FIELDS and free:
        where = {"field": f"ports.{purpose}", "port": str(free)}
        yield Way("ports.other", where)
        if holder.web and purpose != "plugin_debugging":
            inner = free if purpose == "http" else free_port(facts, 80, project, taken)
            yield Way("ports.behind", {"field": "ports.http", "port": str(inner), "bind": "127.0.0.1"})
    if holder.stop:
        yield Way("ports.stop", {"command": holder.stop})


def free_port(facts: Facts, wanted: int, project: str, taken: frozenset[int] = frozenset()) -> int:
    """The nearest usual port that is not in use and that browsers do not refuse; 0 if there is none."""
    refused = frozenset(table("checks")["ports"]["browsers_refuse"])
    for port in range(_USUAL.get(wanted, wanted + 1), 65536):
        if port in taken or port in refused or _kept(facts, port):
            continue
        if find_holder(facts, "0.0.0.0", port, project) is None:  # noqa: S104
            return port
    return 0
