"""Packet filter rules and bridges of one lab.

The lab's dockerd runs with ``--iptables=false``: at its start it would flush the DOCKER chains, which
belong to every dockerd of this network name space, and leave its own rules behind at its end. Three
rules of our own, all naming our subnet, do what its containers need.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from .place import Place, inside
from .procs import run

FORWARD = Path("/proc/sys/net/ipv4/ip_forward")


def _rules(place: Place) -> list[tuple[str, str, list[str]]]:
    subnet = str(place.network)
    comment = ["-m", "comment", "--comment", place.cgroup]
    return [
        ("filter", "FORWARD", ["-s", subnet, *comment, "-j", "ACCEPT"]),
        ("filter", "FORWARD", ["-d", subnet, *comment, "-j", "ACCEPT"]),
        ("nat", "POSTROUTING", ["-s", subnet, "!", "-d", subnet, *comment, "-j", "MASQUERADE"]),
    ]


def add_rules(place: Place) -> None:
    for table, chain, words in _rules(place):
        base = ["iptables", "-w", "-t", table]
        if run([*base, "-C", chain, *words], check=False).returncode:
            run([*base, "-I", chain, *words])  # first: another dockerd's policy for FORWARD is DROP


def remove_rules(place: Place) -> None:
    for table, chain, words in _rules(place):
        while run(["iptables", "-w", "-t", table, "-D", chain, *words], check=False).returncode == 0:
            pass


def rule_count(place: Place) -> int:
    """How many rules of this machine name our lab."""
    return len(re.findall(rf"--comment \"?{re.escape(place.cgroup)}\"? ", run(["iptables-save"]).stdout))


def forwarding() -> str:
    return FORWARD.read_text().strip()


def set_forwarding(value: str) -> None:
    if forwarding() != value:
        FORWARD.write_text(value)


def make_default_bridge(place: Place) -> None:
    """The bridge of a plain ``docker run``; dockerd would call its own docker0, which may be taken."""
    name = place.default_bridge
    if not Path("/sys/class/net", name).exists():
        run(["ip", "link", "add", "name", name, "type", "bridge"])
        run(["ip", "address", "add", f"{place.network[257]}/24", "dev", name])
    run(["ip", "link", "set", name, "up"])


def our_links(place: Place) -> list[str]:
    """Bridges with an address of our network, and everything plugged into them."""
    links = json.loads(run(["ip", "-j", "address"]).stdout)
    ours = {
        link["ifname"]
        for link in links
        if any(inside(place, a.get("local", "")) for a in link.get("addr_info", []))
    }
    ours |= {
        name for name in (place.default_bridge, place.lab_bridge) if Path("/sys/class/net", name).exists()
    }
    ports = {link["ifname"] for link in links if link.get("master") in ours}
    return sorted(ports) + sorted(ours)


def remove_links(place: Place) -> None:
    for name in our_links(place):
        run(["ip", "link", "delete", name], check=False)
