"""The rows of the checks and what each shows, before they are judged (``check_list`` does that). Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from installer.checks import DISK_NEEDED, DISK_WANTED, GIB, MEMORY_ASKED, Problem, judge_docker, port_holder
from installer.desired import missing_images
from installer.errors import Code
from installer.facts.model import Facts
from installer.settings import Answers
from installer.situation import Situation

Group = Literal["server", "docker", "ports", "network"]

#: Values of ``hosts.ssh_rights.Rights`` with which a folder is written only where the user owns it.
LIMITED_RIGHTS = frozenset({"docker_group", "none"})
#: All values that ``rights`` may have; an empty text means that nobody has looked yet.
RIGHTS = LIMITED_RIGHTS | {"root", "sudo", "sudo_password", "local"}


_ARCHITECTURES = {"x86_64": "x86-64", "amd64": "x86-64", "aarch64": "ARM64", "arm64": "ARM64"}
_FOLDER = frozenset({Code.DIRECTORY_NOT_WRITABLE, Code.DIRECTORY_NOT_EMPTY, Code.DIRECTORY_FOREIGN})
_DOCKER = frozenset({Code.DOCKER_MISSING, Code.DOCKER_NOT_RUNNING, Code.DOCKER_NO_RIGHTS})
_COMPOSE = frozenset({Code.COMPOSE_MISSING, Code.COMPOSE_TOO_OLD})
_DISK = frozenset({Code.DISK_TOO_SMALL, Code.DISK_LOW})
_RELEASE = frozenset({Code.RELEASE_DIFFERS, Code.RELEASE_PARTLY_UNKNOWN})


@dataclass(frozen=True)
class Row:
    """A row before it is judged: *codes* are the problems that stand in it, *known* whether it is fine
    without one."""

    id: str
    group: Group
    params: Mapping[str, str]
    codes: frozenset[Code] = field(default_factory=frozenset)
    known: bool = True

    def takes(self, problem: Problem) -> bool:
        """Whether *problem* stands in this row."""
        mine = (problem.params.get(k) == self.params.get(k) for k in ("port", "purpose"))
        return problem.code in self.codes and (problem.code is not Code.PORT_IN_USE or all(mine))


@dataclass(frozen=True)
class Inputs:
    """What rows are made from, see ``check_list``."""

    answers: Answers
    facts: Facts
    situation: Situation | None
    rights: str

    @property
    def docker_ready(self) -> bool:
        """Whether Docker and Compose are there and may be used."""
        return not any(judge_docker(self.facts.docker, self.facts.system.user))


def rows(inputs: Inputs) -> Iterator[Row]:
    """Every row, in the order in which they are shown."""
    yield _rights(inputs)
    yield from _machine(inputs.facts)
    yield _disk(inputs)
    yield _folder(inputs)
    yield _installation(inputs)
    yield Row("docker", "docker", {"version": inputs.facts.docker.server}, _DOCKER)
    yield _compose(inputs)
    yield from _ports(inputs)
    yield _release(inputs)
    yield _encryption(inputs)


def _rights(inputs: Inputs) -> Row:
    """With limited rights it is they why the folder cannot be written."""
    answers, rights = inputs.answers, inputs.rights
    user = (answers.target.user if answers.target.kind == "ssh" else "") or inputs.facts.system.user
    codes = frozenset({Code.DIRECTORY_NOT_WRITABLE} if rights in LIMITED_RIGHTS else ())
    params = {"variant": rights, "user": user, "directory": answers.directory}
    enough = rights not in LIMITED_RIGHTS or inputs.facts.directory.writable
    return Row("rights", "server", params, codes, known=rights in RIGHTS and enough)


def _machine(facts: Facts) -> Iterator[Row]:
    system = facts.system
    name = system.os_name or system.kernel
    yield Row("system", "server", {"name": name, "kernel": system.kernel}, known=bool(name))
    arch = _ARCHITECTURES.get(system.arch, system.arch)
    processor = {"count": str(system.cpus), "architecture": arch}
    yield Row("processor", "server", processor, known=bool(system.cpus and arch))
    memory = {
        "variant": "swap" if system.swap else "no_swap",
        "have": _amount(system.memory / GIB),
        "need": MEMORY_ASKED,
        "swap": _amount(system.swap / GIB),
    }
    yield Row("memory", "server", memory, frozenset({Code.MEMORY_LOW}), known=system.memory > 0)


def _amount(gigabytes: float) -> str:
    """Rounded down, so that "14.9 of 15" does not read as enough; one decimal where it matters."""
    if gigabytes >= 20:
        return str(math.floor(gigabytes))
    return f"{math.floor(gigabytes * 10) / 10:.1f}".removesuffix(".0")


def _disk(inputs: Inputs) -> Row:
    """Where Docker keeps its data; as long as that is not known, the folder's disk is shown."""
    there, situation = inputs.facts.directory, inputs.situation
    free = there.docker_free if there.docker_free >= 0 else there.free
    need = DISK_NEEDED if free < DISK_NEEDED else DISK_WANTED
    params = {"free": _amount(max(free, 0) / 10**9), "need": _amount(need / 10**9)}
    downloads = situation is None or bool(missing_images(situation))
    if there.docker_free < 0:
        known, variant = False, "folder" if free >= 0 else "nothing"
    elif situation is None:
        known, variant = free >= DISK_WANTED, "new" if free >= DISK_WANTED else "early"
    else:
        known, variant = free >= DISK_NEEDED or not downloads, "new" if downloads else "there"
    return Row("disk", "server", {**params, "variant": variant}, _DISK, known=known)


def _folder(inputs: Inputs) -> Row:
    there = inputs.facts.directory
    variant = "file" if there.is_file else "used" if there.entries else "new"
    params = {"variant": variant, "directory": inputs.answers.directory}
    return Row("folder", "server", params, _FOLDER, known=there.writable)


def _installation(inputs: Inputs) -> Row:
    record = inputs.facts.record
    variant = "new" if record is None else "installed" if record.installed else "begun"
    params = {"variant": variant, "version": record.version if record else ""}
    return Row("installation", "server", params, frozenset({Code.PROJECT_CLASH, Code.ENV_MISSING}))


def _compose(inputs: Inputs) -> Row:
    ready, situation = inputs.docker_ready, inputs.situation
    params = {
        "variant": "early" if ready else "docker",
        "have": inputs.facts.docker.compose,
        "need": situation.configuration.needed_compose.version if situation else "",
    }
    return Row("compose", "docker", params, _COMPOSE, known=ready and situation is not None)


def published(inputs: Inputs) -> list[tuple[str, int, str]]:
    """Address, port number and purpose (``Port.purpose``) of what will be published, as far as known."""
    answers, situation = inputs.answers, inputs.situation
    if situation is not None:
        return [(p.address, p.host_port, p.purpose) for p in situation.configuration.ports]
    web = {"http": answers.ports.http, "https": answers.ports.https}
    return [(answers.site.bind, port, purpose) for purpose, port in web.items() if port]


def _ports(inputs: Inputs) -> Iterator[Row]:
    """One row for each port and purpose; the same one on several addresses is one row."""
    facts, project = inputs.facts, inputs.answers.project
    ours = {p.port for container in facts.of_project(project) for p in container.ports}
    holders: dict[tuple[int, str], str | None] = {}
    for address, port, purpose in published(inputs):
        holder = port_holder(facts, address, port, project)
        if holders.get((port, purpose)) is None:
            holders[port, purpose] = holder
    seen: set[int] = set()
    for (port, purpose), holder in holders.items():
        free = "ours" if port in ours else purpose
        variant = free if holder is None else "held" if holder else "taken"
        params = {"variant": variant, "port": str(port), "purpose": purpose, "holder": holder or ""}
        name = f"port:{port}:{purpose}" if port in seen else f"port:{port}"
        seen.add(port)
        yield Row(name, "ports", params, frozenset({Code.PORT_IN_USE}))


def _release(inputs: Inputs) -> Row:
    version = inputs.situation.model.version if inputs.situation else ""
    return Row("release", "network", {"version": version}, _RELEASE, known=bool(version))


def _encryption(inputs: Inputs) -> Row:
    tls = inputs.answers.tls
    variant = "https" if tls.on else "proxy" if tls.mode == "proxy" else "loopback"
    params = {"variant": variant, "url": inputs.answers.base_url}
    return Row("encryption", "network", params, frozenset({Code.TLS_OFF}))
