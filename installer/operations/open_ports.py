"""Which ports of the machine's containers are open to others, and what its firewall thinks of them. Pure.

Docker puts its own rules before ufw's (docs.docker.com/engine/network/packet-filtering-firewalls, "Docker and
ufw"): a published port is open although ufw says no.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from installer.facts.model import ContainerFacts, Facts
from installer.release.services import service
from installer.untrusted.values import whole

Purpose = Literal["web", "debugging", "store", "other"]
#: How a port stands: only this machine reaches it; open as wanted; open although ufw does not allow it; open,
#: and no firewall of the machine was asked.
Verdict = Literal["inside", "open", "bypasses", "unknown"]


@dataclass(frozen=True)
class OpenPort:
    """A published port. *address*: empty for all of the machine; *ours*: of this installation."""

    port: int
    address: str
    container: str
    service: str
    ours: bool
    purpose: Purpose
    verdict: Verdict

    def as_json(self) -> dict[str, Any]:
        """The object that ``ports --json`` prints."""
        return asdict(self)


def open_ports(facts: Facts, project: str) -> tuple[OpenPort, ...]:
    """All of them, those that are open against the firewall first."""
    found = {p for c in facts.containers if c.state == "running" for p in _of(c, facts, project)}
    order = {"bypasses": 0, "open": 1, "unknown": 2, "inside": 3}
    return tuple(sorted(found, key=lambda p: (order[p.verdict], not p.ours, p.port, p.container, p.address)))


def _of(container: ContainerFacts, facts: Facts, project: str) -> Iterator[OpenPort]:
    ours = container.project == project
    for port in container.ports:
        if not port.port:
            continue
        everywhere = port.address in ("", "0.0.0.0", "::", "[::]")  # noqa: S104
        inside = port.address.startswith("127.") or port.address in ("::1", "[::1]")
        verdict: Verdict = "inside" if inside else _verdict(facts, port.port)
        yield OpenPort(
            port.port,
            "" if everywhere else port.address,
            container.name,
            container.service,
            ours,
            _purpose(container, ours),
            verdict,
        )


def _purpose(container: ContainerFacts, ours: bool) -> Purpose:
    if not ours:
        return "other"
    role = service(container.service).get("role")
    return "web" if role == "proxy" else "debugging" if role == "plugins" else "store"


def _verdict(facts: Facts, port: int) -> Verdict:
    ufw = facts.firewall.ufw
    if not ufw.active:
        return "unknown"
    if ufw.incoming.upper() not in ("DROP", "REJECT", "DENY"):
        return "open"
    return "open" if any(_allows(rule, port) for rule in ufw.rules) else "bypasses"


def _allows(rule: str, port: int) -> bool:
    """A line of ``/etc/ufw/user.rules``: action, protocol, port, address, port, source … (ufw, "tuple")."""
    words = rule.split()
    if len(words) < 3 or not words[0].startswith(("allow", "limit")):
        return False
    if words[1] not in ("any", "tcp"):
        return False
    return words[2] == "any" or any(_within(part, port) for part in words[2].split(","))


def _within(part: str, port: int) -> bool:
    if m := re.fullmatch(r"(\d+):(\d+)", part):
        return 0 < whole(m[1]) <= port <= whole(m[2])
    return part == str(port)
