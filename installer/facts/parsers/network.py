"""Pure parsers of what the probe says about listeners, networks and access control."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import replace

from installer.facts.lines import lists, pairs
from installer.facts.network import (
    AccessControl,
    DockerNetwork,
    Listener,
    Networks,
    Route,
)
from installer.untrusted.values import port as port_of
from installer.untrusted.values import whole

_LISTENING = "0A"  # TCP_LISTEN in /proc/net/tcp
_CONTAINER = re.compile(r"^(?:docker-|libpod-|cri-containerd-|crio-)?([0-9a-f]{64})(?:\.scope)?$")


def _ss(fields: list[str]) -> Listener | None:
    # State Recv-Q Send-Q Local:Port Peer:Port [users:(("nginx",pid=7,fd=6))] ino:… [cgroup:/…] [v6only:1]
    if len(fields) < 5:
        return None
    address, _, port = fields[3].rpartition(":")
    rest = " ".join(fields[5:])
    owner = re.search(r'\(\("([^"]+)",pid=(\d+)', rest)
    number = port_of(port)
    if not number:
        return None
    group = re.search(r"cgroup:(\S+)", rest)
    only = re.search(r"v6only:(\d)", rest)
    v6 = address.startswith("[")
    listener = Listener(
        address=address.strip("[]").split("%")[0],
        port=number,
        process=owner.group(1) if owner else "",
        pid=whole(owner.group(2)) if owner else 0,
        v6_only=(only is not None and only[1] == "1") if v6 and ("ino:" in rest or only) else None,
    )
    return _with_group(listener, group[1]) if group else listener


def _with_group(listener: Listener, path: str) -> Listener:
    """By the last part of a control group's path: a container's id, or a unit."""
    last = path.rstrip("/").rpartition("/")[2]
    if m := _CONTAINER.match(last):
        return replace(listener, container=m[1])
    unit = next((p for p in reversed(path.split("/")) if p.endswith((".service", ".socket"))), "")
    return replace(listener, unit=unit or (last if last.endswith(".scope") else ""))


def _address(raw: str) -> str:
    """Addresses in /proc/net are hexadecimal, in 32-bit words of host byte order (little-endian here)."""
    try:
        words = [bytes.fromhex(raw[i : i + 8])[::-1] for i in range(0, len(raw[:64]), 8)]
        return str(ipaddress.ip_address(b"".join(words)))
    except ValueError:
        return raw


def _proc(fields: list[str], owners: Mapping[str, tuple[int, str]]) -> Listener | None:
    # sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
    if len(fields) < 4 or fields[3] != _LISTENING:
        return None
    raw, _, port = fields[1].partition(":")
    pid, name = owners.get(fields[9], (0, "")) if len(fields) > 9 else (0, "")
    if not re.fullmatch(r"[0-9A-Fa-f]{4}", port):
        return None
    return Listener(address=_address(raw), port=int(port, 16), process=name, pid=pid)


def listeners(body: str) -> tuple[Listener, ...]:
    """The ``listeners`` section: lines of ``ss`` or of ``/proc/net/tcp``, owners and their control groups."""
    lines = [line.split() for line in body.split("\n") if line.strip()]
    owners: dict[str, tuple[int, str]] = {}
    groups: dict[int, str] = {}
    for kind, *fields in lines:
        if kind == "socket" and len(fields) >= 2:
            owners[fields[0]] = (whole(fields[1].removeprefix("pid=")), " ".join(fields[2:]))
        elif kind == "cgroup" and len(fields) == 2 and (pid := whole(fields[0])):
            path = fields[1].split(":", 2)[-1]
            if path != "/" or pid not in groups:
                groups[pid] = path
    found: dict[Listener, None] = {}
    for kind, *fields in lines:
        entry = _ss(fields) if kind == "ss" else _proc(fields, owners) if kind == "proc" else None
        if entry and not entry.unit and not entry.container and entry.pid in groups:
            entry = _with_group(entry, groups[entry.pid])
        if entry:
            found[entry] = None
    return tuple(found)


def _route(text: str) -> Route | None:
    # Iface Destination Gateway Flags RefCnt Use Metric Mask …; flag 1 is "up"
    fields = text.split()
    try:
        if len(fields) < 8 or fields[0] == "Iface" or not int(fields[3][:8], 16) & 1:
            return None
        target = ipaddress.ip_network(f"{_address(fields[1])}/{_address(fields[7])}", strict=False)
    except ValueError:
        return None
    gateway = _address(fields[2])
    return Route(str(target), fields[0], "" if gateway == "0.0.0.0" else gateway)  # noqa: S104


def networks(docker: str, body: str) -> Networks:
    """Docker's networks, the routes, IPv6, proxies."""
    many = lists(body)
    found = []
    for line in docker.split("\n"):
        name, driver, subnets, project, *_ = [*line.split("\t"), "", "", ""]
        if name:
            found.append(DockerNetwork(name, driver, tuple(subnets.split()), project))
    # address, index, prefix, scope (00 is global), flags, device; fc00::/7 is private and counts as well
    addresses = [text.split() for text in many.get("inet6", ())]
    scope = any(len(f) == 6 and f[3] == "00" for f in addresses)
    read = "inet6_read" in many
    # the kernel keeps a rejecting default route on lo
    through = [text.split() for text in many.get("route6", ())]
    proxies = (text.partition(" ") for text in many.get("proxy", ()))
    return Networks(
        docker=tuple(found),
        routes=tuple(route for text in many.get("route", ()) if (route := _route(text))),
        ipv6=scope if read else None,
        ipv6_route=any(f and f[-1] != "lo" for f in through) if read else None,
        proxies=tuple((where, value.strip()) for where, _, value in proxies),
    )


def access(body: str) -> AccessControl:
    """The ``access`` section."""
    v = pairs(body)
    named = v.get("getenforce", "").lower()
    selinux = {"1": "enforcing", "0": "permissive"}.get(v.get("selinux", ""), named)
    if not selinux and v.get("selinux_kernel"):
        # the kernel knows it, but its file system is not mounted: not in use
        selinux = "disabled"
    apparmor = v.get("apparmor", "")
    return AccessControl(selinux, apparmor == "Y" if body.strip() else None)
