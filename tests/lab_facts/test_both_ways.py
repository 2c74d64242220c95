"""Each fault is seen on a server that has it, and not on one that has not.

Faults that do not hinder each other share a server: what is asked is whether the probe tells each of them
apart. With ``--all`` each has a server of its own besides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from installer.facts.model import CloudInit, EngineKind, Facts
from tests.lab import Server
from tests.lab_facts.conftest import FactsOf

NewServer = Callable[..., Server]
Seen = Callable[[Facts], object]


def _port(facts: Facts, port: int) -> tuple[str, str]:
    """Process and unit of its first listener."""
    return next(((x.process, x.unit) for x in facts.listeners if x.port == port), ("", ""))


def _published(facts: Facts, port: int) -> tuple[str, str]:
    found = (c for c in facts.containers if any(p.port == port for p in c.ports))
    return next(((c.project, c.service) for c in found), ("", ""))


def _old(facts: Facts, *, labels: bool) -> bool:
    for earlier in facts.earlier.found:
        whole = earlier.directory == "/root/dify/docker" and earlier.version == "1.4.3" and earlier.env
        aged = earlier.data is True and earlier.data_changed == 1772366400.0  # 2026-03-01 12:00:00 UTC
        if whole and aged and earlier.by_files and not earlier.ours and not earlier.selected:
            return earlier.by_labels is labels
    return False


#: On one server with Docker: variant → what its facts then say.
TOGETHER: Mapping[str, Seen] = {
    "nginxport=80": lambda f: _port(f, 80) == ("nginx", "nginx.service"),
    "projectport=8081": lambda f: _published(f, 8081) == ("shop", "web"),
    "v6port=8443": lambda f: any(
        (x.address, x.port, x.v6_only, x.unit) == ("::", 8443, True, "lab-lab-v6.service")
        for x in f.listeners
    ),
    "disk=300M": lambda f: 0 <= f.directory.docker_free < 300 << 20,
    "dpkglock=600": lambda f: (
        [(lock.path, lock.holder.name if lock.holder else "") for lock in f.packages.locks]
        == [("/var/lib/dpkg/lock-frontend", "unattended-upgr")]
        and len(f.packages.upgrading) == 1
    ),
    "dpkginterrupted": lambda f: f.packages.interrupted and f.packages.half_installed == 1,
    "cloudinit": lambda f: f.packages.cloud_init is CloudInit.RUNNING,
    "oldcompose=2.18.1": lambda f: f.docker.compose == "2.18.1",
    "daemonmirror=mirror.example": lambda f: (
        f.engine.mirrors == ("https://mirror.example/",)
        and f.daemon.texts("registry-mirrors") == ("https://mirror.example",)
    ),
    "vpnroute=172.16.0.0/12": lambda f: any(r.destination == "172.16.0.0/12" for r in f.networks.routes),
    "dockerhost=tcp://me:secret@10.9.9.9:2375": lambda f: (
        f.login.variables.get("DOCKER_HOST") == "tcp://***@10.9.9.9:2375"
        and any(s.endswith("/.profile") for s in f.login.sources)
    ),
    "os=centos:7": lambda f: (f.system.os_id, f.system.os_version) == ("centos", "7"),
    "reboot": lambda f: f.machine.kernel.reboot_required,
    "olddifymade=1.4.3": lambda f: _old(f, labels=True),
}
#: The same, where one hinders another.
OTHERS: Mapping[str, Seen] = {
    "brokendaemonjson": lambda f: (
        "Expecting" in f.daemon.problem
        and f.docker.error
        and f.services.active("docker.service") is False
        and any("daemon.json" in line for line in f.services.journal)
    ),
    "olddify=1.4.3": lambda f: _old(f, labels=False),
    "ufw": lambda f: f.firewall.ufw.active is True and f.firewall.ufw.rules,
    "inputdrop": lambda f: f.firewall.foreign_drop is True,
    "fewinodes": lambda f: 0 <= f.machine.docker_disk.inodes_free < 10_000 < f.directory.docker_free,
}
ALONE: Mapping[str, Seen] = {
    "dockeroff": lambda f: (
        f.docker.error
        and f.services.active("docker.service") is False
        and f.services.units["docker.service"].enabled == "disabled"
    ),
    "podman": lambda f: f.engine.kind is EngineKind.PODMAN and not f.docker.server and f.docker.path,
    "snapdocker": lambda f: f.engine.kind is EngineKind.SNAP and f.docker.server,
    "composev1": lambda f: not f.docker.compose and f.engine.compose_v1 == "1.29.2",
    "nocompose": lambda f: not f.docker.compose and not f.docker.compose_standalone and f.docker.server,
    "composefile=/srv/x.yaml": lambda f: f.login.variables.get("COMPOSE_FILE") == "/srv/x.yaml",
    "dockerstopped": lambda f: f.services.units["docker.service"].load == "masked",
    "smallpool": lambda f: f.engine.pools == ("172.31.99.0/24/24",),
}


def _unseen(table: Mapping[str, Seen], facts: Facts) -> list[str]:
    return [name for name, seen in table.items() if not seen(facts)]


def test_none_on_a_healthy_server(fresh_server: NewServer, facts_of: FactsOf) -> None:
    """Nothing is seen that is not there, and everything that can be known is."""
    facts = facts_of(fresh_server())
    everything = {**TOGETHER, **OTHERS, **ALONE}
    assert _unseen(everything, facts) == list(everything)
    assert facts.engine.kind is EngineKind.DISTRIBUTION and facts.engine.package == "docker.io"
    assert facts.packages.manager == "apt" and facts.packages.cloud_init is CloudInit.ABSENT
    assert facts.earlier.complete is True and not facts.earlier.found
    assert facts.machine.virtualization.container == "docker"
    assert facts.machine.clock.offset is not None and abs(facts.machine.clock.offset) < 2
    assert facts.access.selinux == "disabled"
    assert facts.firewall.ufw.installed and facts.firewall.ufw.active is False
    assert facts.daemon.exists is False and not facts.services.journal


@pytest.mark.slow  # the checks' own table has these faults, too
def test_many_at_once(fresh_server: NewServer, facts_of: FactsOf) -> None:
    """On one server, as root through sudo; what is the user's own is the user's."""
    facts = facts_of(fresh_server(*TOGETHER), "difyadmin")
    assert _unseen(TOGETHER, facts) == []
    assert facts.login.user == "difyadmin" and facts.system.uid == 0
    assert facts.login.docker_listed is False and facts.socket.usable is False


@pytest.mark.slow  # the checks' own table has these faults, too
def test_those_that_hinder(fresh_server: NewServer, facts_of: FactsOf) -> None:
    """A second server, its Docker does not start."""
    assert _unseen(OTHERS, facts_of(fresh_server(*OTHERS))) == []


@pytest.mark.slow  # the checks' own table has these faults, too
def test_podman(fresh_server: NewServer, facts_of: FactsOf) -> None:
    """Called docker, but is not."""
    assert ALONE["podman"](facts_of(fresh_server("podman", image="vps-bare")))


@pytest.mark.slow
@pytest.mark.parametrize("variant", [*TOGETHER, *OTHERS, *ALONE])
def test_alone(fresh_server: NewServer, facts_of: FactsOf, variant: str) -> None:
    """Each fault on a server of its own, and none of the others there."""
    everything = {**TOGETHER, **OTHERS, **ALONE}
    facts = facts_of(fresh_server(variant, image="vps-bare" if variant == "podman" else "vps"))
    seen = [name for name in everything if name not in _unseen(everything, facts)]
    assert seen == [variant]


def test_without_any_rights(fresh_server: NewServer, facts_of: FactsOf) -> None:
    """A user without sudo: less is known, nothing is wrong."""
    facts = facts_of(fresh_server("nginxport=80", "dpkglock=600", "dockergroup", "nosudo"), "difyadmin")
    assert facts.system.uid != 0 and facts.docker.server
    assert facts.login.docker_listed and facts.login.docker_in_session and facts.socket.usable
    assert _port(facts, 80) == ("", "nginx.service")  # whose it is says the control group, to everyone
    assert [lock.path for lock in facts.packages.locks] == ["/var/lib/dpkg/lock-frontend"]
    assert not facts.firewall.readable and facts.firewall.foreign_drop is None
    assert facts.packages.interrupted is False
