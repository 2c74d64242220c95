"""Facts about the network side of a target: Docker's networks, routes, firewall, mandatory access control."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class DockerNetwork:
    """A network of the Engine. *subnets* in CIDR notation; *project*: Compose's label, "" if none."""

    name: str
    driver: str = ""
    subnets: tuple[str, ...] = ()
    project: str = ""


@dataclass(frozen=True)
class Route:
    """An IPv4 route of the main table (``/proc/net/route``). *destination* in CIDR notation (``0.0.0.0/0``
    is the default one); *gateway* "" for directly connected ones."""

    destination: str
    interface: str
    gateway: str = ""


@dataclass(frozen=True)
class Networks:
    """*docker* is empty also where the Engine did not answer. *ipv6*: the machine has a global IPv6
    address, None where not known. *ipv6_route*: it has a default route for IPv6. *addresses*: IPv6
    addresses are not listed here. *proxies*: where set (``env``, ``/etc/environment``, ``apt``, ``dnf`` …)
    → variable=value, credentials masked."""

    docker: tuple[DockerNetwork, ...] = ()
    routes: tuple[Route, ...] = ()
    ipv6: bool | None = None
    ipv6_route: bool | None = None
    proxies: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Ufw:
    """ufw. *active* None: not known. *incoming*: default policy for incoming traffic (DROP, ACCEPT, REJECT).
    *rules*: its own lines (``allow tcp 22 …``), readable by root only."""

    installed: bool = False
    active: bool | None = None
    incoming: str = ""
    forward: str = ""
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Firewalld:
    """firewalld. *opened*: services and ports (``ssh``, ``80/tcp``) of the default zone, permanent ones."""

    installed: bool = False
    active: bool | None = None
    zone: str = ""
    backend: str = ""
    opened: tuple[str, ...] = ()


@dataclass(frozen=True)
class Firewall:
    """What filters packets. *iptables*: ``nf_tables``, ``legacy``, ``missing`` (no program) or "" not
    known. *chains*: base chains that hook into input or forward with their policy, as (family, table,
    chain, hook, policy); readable by root only, *readable* says whether they were. *foreign_drop*: a base
    chain on input that neither Docker, ufw nor firewalld made has policy drop, or rules that drop or
    reject; None where not known. *rules*: rules of such chains, at most 40."""

    ufw: Ufw = Ufw()
    firewalld: Firewalld = Firewalld()
    iptables: str = ""
    readable: bool = False
    chains: tuple[tuple[str, str, str, str, str], ...] = ()
    foreign_drop: bool | None = None
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class AccessControl:
    """*selinux*: ``enforcing``, ``permissive``, ``disabled`` (also where the kernel has none), "" not known.
    *apparmor*: the kernel uses it, None not known."""

    selinux: str = ""
    apparmor: bool | None = None


@dataclass(frozen=True)
class Login:
    """The person's own session, not root's that the probe may run with. *user*: login name. *groups*: numbers
    of the session's groups; None where not known. *docker_listed*: ``/etc/group`` (getent) has the user in
    ``docker``, *docker_in_session*: the session has that group already (else a new log-in is due); None
    where there is no such group or it is not known. *variables*: DOCKER_*, COMPOSE_* and proxies that a
    login shell sets, credentials masked; *sources*: start files that mention them. *shell*: its login
    shell; *home*. *answered*: no start file mentions one of
    them, or the login shell printed them within its time limit."""

    user: str = ""
    uid: int = -1
    home: str = ""
    shell: str = ""
    groups: frozenset[int] | None = None
    docker_listed: bool | None = None
    docker_in_session: bool | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    answered: bool | None = None


@dataclass(frozen=True)
class Listener:
    """A TCP port with a listener. *process* and *pid* are known to root only (users see their own).

    *unit*: the systemd unit or scope of the process (``nginx.service``); *container*: id of the container
    it runs in (host network only: ports that Docker publishes are ``ContainerFacts.ports``). *v6_only*: an
    IPv6 socket that leaves the same port free on IPv4, None where not known.
    """

    address: str
    port: int
    process: str = ""
    pid: int = 0
    unit: str = ""
    container: str = ""
    v6_only: bool | None = None
