"""Each fault of the lab's servers is judged as such, and a server that has it not is not accused of it.

What faults the probe sees is proven in ``tests/lab_facts``; here it is what people are told. Faults that do
not hinder each other share a server; with ``--all`` each has one of its own, where nothing else may be found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.lab import Server
from tests.lab_checks.conftest import Findings, Judge

NewServer = Callable[..., Server]


@dataclass(frozen=True)
class Fault:
    """*codes* that a server with it has, and params of the first of them."""

    codes: tuple[str, ...]
    params: Mapping[str, str] = field(default_factory=dict)
    ways: tuple[str, ...] = ()
    user: str = "root"
    image: str = "vps"
    after: str = ""  # run on the server once it is ready
    tables: Mapping[str, Any] = field(default_factory=dict)


#: Found on every server of the lab: they are plain, without encryption.
ALWAYS = {"tls.off"}

#: On one server with Docker: variant → what is found.
TOGETHER: Mapping[str, Fault] = {
    "nginxport=80": Fault(("port.in_use",), {"port": "80"}, ("ports.other", "ports.behind", "ports.stop")),
    "disk=300M": Fault(("disk.too_small", "disk.inodes"), {"need": "1"}),
    "dpkglock=600": Fault(("packages.busy",), {"reason": "lock"}),
    "oldcompose=2.18.1": Fault(("compose.too_old",), {"have": "2.18.1"}),
    "dockerhost=tcp://me:secret@10.9.9.9:2375": Fault(("profile.variables",), {"names": "DOCKER_HOST"}),
    "os=centos:7": Fault(("system.retired",), {"since": "2024-06-30"}),
    "olddifymade=1.4.3": Fault(
        ("dify.elsewhere",),
        {"directory": "/root/dify/docker", "version": "1.4.3", "changed": "2026-03-01"},
        ("dify.beside",),
    ),
}
#: The same, where one hinders another.
OTHERS: Mapping[str, Fault] = {
    "brokendaemonjson": Fault(("daemon.broken",), {"path": "/etc/docker/daemon.json"}),
    "cloudinit": Fault(("packages.busy",), {"reason": "cloud_init"}),
    "v6port=80": Fault(("port.in_use",), {"port": "80"}, ("ports.other", "ports.stop")),
    "ufw": Fault(("firewall.ufw",), {"ports": "80"}),
}
#: Without Docker: also on one server.
BARE = ("docker.missing", "virtualization.limited")
#: Only each on its own.
ALONE: Mapping[str, Fault] = {
    "podman": Fault(("docker.podman",)),
    "disk=3G": Fault(("disk.low", "disk.inodes"), {"need": "15"}),
    "projectport=80": Fault(("port.in_use",), {"port": "80"}, ("ports.other", "ports.stop")),
    "dpkginterrupted": Fault(("packages.interrupted",), {"command": "sudo dpkg --configure -a"}),
    "fewinodes": Fault(("disk.inodes",)),
    "olddify=1.4.3": Fault(("dify.elsewhere",), {"version": "1.4.3"}, ("dify.beside",)),
    "composev1": Fault(("compose.one",), {"standalone": "1.29.2"}),
    "nocompose": Fault(("compose.missing",)),
    "composefile=/srv/x.yaml": Fault(("profile.variables",), {"names": "COMPOSE_FILE"}),
    "dockeroff": Fault(("docker.not_running",)),
    "dockerstopped": Fault(("docker.masked",), {"units": "docker.service, docker.socket"}),
    "inputdrop": Fault(("firewall.own",)),
    "smallpool": Fault(("network.pool",), {"free": "0"}),
    "snapdocker": Fault(("docker.snap_folder",), {"directory": "/opt/dify"}),
    "snapdocker/home": Fault(
        ("docker.snap", "directory.of_others"),
        tables={"target": {"directory": "/home/difyadmin/dify"}},
        user="root",
    ),
    "nosudo": Fault(("docker.no_rights", "directory.not_writable"), {"user": "difyadmin"}, user="difyadmin"),
}
#: What a command does to a healthy server.
DONE: Mapping[str, Fault] = {
    "not enabled": Fault(("docker.not_enabled",), after="systemctl disable docker.service docker.socket"),
    "edited badly": Fault(
        ("daemon.broken_later",), after="mkdir -p /etc/docker; echo '{,}' >/etc/docker/daemon.json"
    ),
    "files": Fault(
        ("directory.not_empty",),
        {"found": "notes.txt"},
        after="mkdir -p /opt/dify; touch /opt/dify/notes.txt",
    ),
    "foreign": Fault(
        ("directory.foreign",),
        ways=("dify.beside",),
        after="mkdir -p /opt/dify/docker; cd /opt/dify/docker; touch .env docker-compose.yaml",
    ),
    "memory disk": Fault(
        ("filesystem.remote",),
        {"type": "tmpfs"},
        after="mkdir -p /opt/dify; mount -t tmpfs -o mode=755 none /opt/dify",
    ),
    "another user was first": Fault(
        ("directory.of_others",),
        {"owner": "difyadmin", "paths": "/opt/dify"},
        after="mkdir -p /opt/dify; chown difyadmin /opt/dify",
    ),
    "open to all": Fault(
        ("directory.open",), {"paths": "/opt/dify"}, after="mkdir -p /opt/dify; chmod 777 /opt/dify"
    ),
    "same name": Fault(
        ("project.clash",),
        {"directory": "/srv/dify"},
        ("dify.beside",),
        after=(
            "mkdir -p /srv/dify; cd /srv/dify; docker pull -q busybox:latest;"
            " printf 'services: {a: {image: busybox}}' >compose.yaml; docker compose create"
        ),
    ),
}


def wrong(table: Mapping[str, Fault], found: Findings) -> list[str]:
    """The faults that were not judged as such."""
    return [name for name, fault in table.items() if not judged(fault, found)]


def judged(fault: Fault, found: Findings) -> bool:
    """All its codes are there, the first with its params and ways."""
    if not set(fault.codes) <= set(found):
        return False
    first = found[fault.codes[0]]
    params = {name: first["params"].get(name) for name in fault.params}
    return params == dict(fault.params) and set(fault.ways) == {way["way"] for way in first["ways"]}


def test_a_healthy_server_is_not_accused(fresh_server: NewServer, judge: Judge) -> None:
    assert set(judge(fresh_server())) == ALWAYS


def test_many_at_once(fresh_server: NewServer, judge: Judge) -> None:
    found = judge(fresh_server(*TOGETHER), "difyadmin")
    assert wrong(TOGETHER, found) == []
    assert set(found) == ALWAYS | {code for fault in TOGETHER.values() for code in fault.codes}
    port, lock = found["port.in_use"], found["packages.busy"]
    assert port["params"]["holder"].startswith("nginx (pid ") and port["catalogue"] == "HOST-01"
    assert {"way": "ports.stop", "command": "sudo systemctl disable --now nginx.service"} in port["ways"]
    assert lock["params"]["holder"].startswith("unattended-upgr (pid ") and lock["weight"] == "warning"
    assert "secret" not in str(found)


def test_those_that_hinder(fresh_server: NewServer, judge: Judge) -> None:
    found = judge(fresh_server(*OTHERS))
    assert wrong(OTHERS, found) == []
    assert "Expecting" in found["daemon.broken"]["detail"]


def test_without_docker(fresh_server: NewServer, judge: Judge) -> None:
    """The lab's servers are containers: that is only told, and only where no Docker proves that it works."""
    found = judge(fresh_server(image="vps-bare"), "difyadmin")
    assert set(found) == ALWAYS | set(BARE)
    assert found["docker.missing"]["link"].startswith("https://")
    assert found["docker.missing"]["repairs"] == ["docker.install"]
    assert found["virtualization.limited"]["weight"] == "warning"


def test_a_folder_in_ones_own_home(fresh_server: NewServer, judge: Judge) -> None:
    """By umask 002 the own group of a user who may be root may write, if it has no other member."""
    server = fresh_server()
    server.run("install -d -o difyadmin -g difyadmin -m 775 /home/difyadmin/dify")
    where = {"target": {"directory": "/home/difyadmin/dify"}}
    assert set(judge(server, "difyadmin", **where)) == ALWAYS
    assert set(judge(server, "root", **where)) == ALWAYS
    server.run("install -d -o plain -g plain -m 755 /home/plain/dify")
    where = {"target": {"directory": "/home/plain/dify"}}
    assert set(judge(server, "root", **where)) == {*ALWAYS, "directory.of_others"}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*TOGETHER, *OTHERS, *ALONE, *DONE])
def test_alone(fresh_server: NewServer, judge: Judge, name: str) -> None:
    """Each fault on a server of its own: it is found, and nothing else is."""
    fault = {**TOGETHER, **OTHERS, **ALONE, **DONE}[name]
    variants = () if name in DONE else (name.partition("/home")[0],)
    server = fresh_server(*variants, image=fault.image)
    if fault.after:
        server.run(fault.after)
    found = judge(server, fault.user, **fault.tables)
    follows = {"virtualization.limited"}  # where Docker does not answer, a container is told to be one
    assert judged(fault, found), found
    assert set(found) - follows == ALWAYS | set(fault.codes)
