"""What stands around Docker on a server: firewalls, SELinux, address ranges."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from installer.answers import Answers
from installer.core.errors import Code
from installer.core.finding import Finding, finding
from installer.core.resources import table
from installer.core.thresholds import threshold
from installer.facts.model import Facts
from installer.preflight.machine import answers_now
from installer.untrusted.values import whole

_Network = ipaddress.IPv4Network


def judge_firewall(facts: Facts, open_ports: tuple[int, ...]) -> Iterator[Finding]:
    """Nothing stops: a firewall that is on is a good thing, only not what people think with Docker.

    *open_ports*: those that will be published to other machines.
    """
    firewall = facts.firewall
    ports = ", ".join(str(port) for port in sorted(set(open_ports)))
    if firewall.ufw.active and ports:
        yield finding(Code.FIREWALL_UFW, {"ports": ports})
    if firewall.firewalld.active:
        yield finding(Code.FIREWALL_FIREWALLD)
    if firewall.foreign_drop and not firewall.ufw.active and not firewall.firewalld.active:
        yield finding(Code.FIREWALL_OWN, {"ports": ports}, detail="\n".join(firewall.rules))


def judge_selinux(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Only where Docker is configured to use it; a Dify that runs has its labels."""
    installed = facts.record is not None and facts.record.installed
    if facts.access.selinux == "enforcing" and "selinux" in facts.engine.security and not installed:
        yield finding(Code.SELINUX_LABELS, {"directory": answers.directory})


def judge_pool(facts: Facts) -> Iterator[Finding]:
    """Are address ranges left? A Dify that was started has its networks."""
    free = free_ranges(facts)
    need = int(threshold("networks", "needed"))
    installed = facts.record is not None and facts.record.installed
    if free is not None and free < need and not installed:
        yield finding(Code.NETWORK_POOL, {"free": str(free), "need": str(need)})


def free_ranges(facts: Facts) -> int | None:
    """How many networks Docker could still give a range to; None where not known. Docker takes the first
    range of its pools that no network of its own and no route of the machine overlaps."""
    if not answers_now(facts) or not facts.networks.docker:
        return None
    pools = _pools(facts)
    if pools is None:
        return None
    used = [net for text in _used(facts) if (net := _network(text)) is not None]
    return sum(not any(part.overlaps(net) for net in used) for part in pools)


def _used(facts: Facts) -> Iterator[str]:
    for network in facts.networks.docker:
        yield from network.subnets
    for route in facts.networks.routes:
        if not route.destination.startswith("0.0.0.0/"):
            yield route.destination


def _pools(facts: Facts) -> list[_Network] | None:
    """The address pools of Docker, its built-in ones unless others are configured."""
    parts: list[_Network] = []
    for text in facts.engine.pools or table("checks")["networks"]["pools"]:
        base, _, size = text.rpartition("/")
        net = _network(base)
        length = whole(size, -1)
        if net is None or not net.prefixlen <= length <= min(32, net.prefixlen + 12):
            return None
        parts += net.subnets(new_prefix=length)
    return parts


def _network(text: str) -> _Network | None:
    try:
        return ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        return None  # IPv6, or not a network
