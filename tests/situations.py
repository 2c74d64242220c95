"""Situations for tests of what is judged and planned: a synthetic release on a made-up target."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

from installer.answers import Answers, Secrets
from installer.answers.model import Target
from installer.apply.locked_change import Operation
from installer.config.in_use import InUse
from installer.config.pins import by_digest, pins_text
from installer.config.render import Configuration, render
from installer.core.cancel import CancelToken
from installer.core.events import Emit
from installer.core.secrets import Redactor
from installer.facts.machine import Cgroups, Cpu, Kernel, Virtualization
from installer.facts.model import (
    AccessControl,
    Clock,
    CloudInit,
    ContainerFacts,
    DaemonFile,
    DirectoryFacts,
    Disk,
    DockerFacts,
    EarlierSearch,
    Engine,
    EngineKind,
    Facts,
    Firewall,
    Login,
    Machine,
    Networks,
    Packages,
    Record,
    Services,
    System,
)
from installer.facts.network import DockerNetwork, Firewalld, Route, Ufw
from installer.facts.packages import Unit
from installer.hosts.base import Host
from installer.state.desired import checksum, fingerprint, unpinned_images, wanted_files
from installer.state.external_report import Tested
from installer.state.plan_input import Situation
from installer.state.record import starting
from tests.releases import model_of, tree_of

VERSION = "99.0.0"
#: Of the images that the release leaves without a version, where they are installed.
DIGEST = "sha256:" + "5a" * 32
ANSWERS = Answers(target=Target(kind="ssh", host="203.0.113.5", user="root", directory="/opt/dify"))

_V2 = frozenset({"lm", "cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"})
_DISK = Disk(path="/opt/dify", fs="ext4", free=50 * 10**9, inodes=10**7, inodes_free=9 * 10**6)

#: A virtual machine as it should be, of which everything is known.
GOOD = Facts(
    system=System(
        user="root",
        uid=0,
        os_id="ubuntu",
        os_version="24.04",
        os_name="Ubuntu 24.04 LTS",
        kernel="Linux 6.8.0-60-generic",
        arch="x86_64",
        cpus=4,
        memory=8 << 30,
    ),
    machine=Machine(
        init="systemd",
        systemd=True,
        cpu=Cpu("AMD EPYC", _V2),
        kernel=Kernel("6.8.0-60-generic", modules=True, veth=True, page_size=4096),
        virtualization=Virtualization("kvm", "none", 0),
        cgroups=Cgroups(2),
        clock=Clock(now=1_780_000_000.0, offset=0.4, uncertainty=1.0, synchronized=True),
        folder_disk=_DISK,
        docker_disk=_DISK,
    ),
    packages=Packages("apt", interrupted=False, cloud_init=CloudInit.DONE, installed={}),
    services=Services({"docker.service": Unit("docker.service", "loaded", "active", "running", "enabled")}),
    engine=Engine(EngineKind.DOCKER_CE, package="docker-ce", rootless=False),
    daemon=DaemonFile("/etc/docker/daemon.json", exists=False),
    networks=Networks(
        (DockerNetwork("bridge", "bridge", ("172.17.0.0/16",)),), (Route("0.0.0.0/0", "eth0", "192.0.2.1"),)
    ),
    firewall=Firewall(Ufw(True, False), Firewalld(False, False), readable=True, foreign_drop=False),
    access=AccessControl(selinux="disabled", apparmor=True),
    login=Login(user="root", uid=0, home="/root", answered=True),
    earlier=EarlierSearch(complete=True),
    docker=DockerFacts(path="/usr/bin/docker", client="26.1.5", server="26.1.5", compose="2.40.3"),
    directory=DirectoryFacts(writable=True, free=50 * 10**9, docker_free=50 * 10**9),
)


def operation(
    host: Host,
    emit: Emit = lambda _event: None,
    redact: Redactor | None = None,
    cancel: CancelToken | None = None,
    answers: Answers = ANSWERS,
) -> Operation:
    """Work on the installation that *host* has, by the client ``me``."""
    return Operation(host, answers, "me", emit, redact or Redactor(), cancel or CancelToken())


def situation(
    facts: Facts = GOOD,
    answers: Answers = ANSWERS,
    version: str = VERSION,
    external: tuple[Tested, ...] = (),
) -> Situation:
    """A first installation unless *facts* say otherwise."""
    model = model_of(version)
    existing = facts.env.reveal() if facts.env else None
    tree, named = tree_of(version), facts.named_volumes
    pair = facts.self_signed.reveal() if facts.self_signed else ""
    in_use = InUse(existing, self_signed=pair, named_volumes=named, pins=True)
    configuration = render(answers, Secrets(), tree, model, in_use)
    return Situation(answers, facts, tree_of(version), model, configuration, external=external)


def installed(**changes: Any) -> Situation:
    """The same, installed and running."""
    first = _first()
    facts = replace(GOOD, **{**installed_facts(first), **changes})
    return situation(facts)


@cache
def _first() -> Situation:
    """One first installation for all, as each has random secrets of its own."""
    return situation()


def installed_facts(first: Situation) -> dict[str, Any]:
    """What the probe would find after *first* was carried out."""
    config = first.configuration
    pins = {name: f"{image}@{DIGEST}" for name, image in unpinned_images(first).items()}
    containers = tuple(_container(config, first, name, pins.get(name)) for name in config.services)
    return {
        "directory": replace(GOOD.directory, exists=True, entries=("docker", ".dify-installer")),
        "env": config.env_text,
        "record": Record.parse(json.dumps(starting(first, "job1", fingerprint(first)))),
        "jobs": {"job1": "0"},
        "files": {path: checksum(file.data) for path, file in wanted_files(first).items()},
        "containers": containers,
        "images": frozenset(
            form for c in containers for form in (c.image, c.image.partition("@")[0], by_digest(c.image))
        ),
        "pins": pins_text(pins),
    }


def _container(config: Configuration, first: Situation, name: str, pin: str | None) -> ContainerFacts:
    ended = name in config.one_shots
    image = pin or first.model.image_of(name, config.env)
    return ContainerFacts(
        id=f"id-{name}",
        name=f"dify-{name}-1",
        state="exited" if ended else "running",
        image=image if ":" in image else f"{image}:latest",
        project="dify",
        service=name,
        working_dir="/opt/dify/docker",
        status="Exited (0) 1 minute ago" if ended else "Up 1 minute",
    )
