"""Judges a situation: what stops the installation (blockers) and what one should know (warnings).

Pure. The plan's blockers are the only source of "why not", for both front ends.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from installer.desired import changed_by_hand, missing_images
from installer.docker.versions import older
from installer.errors import Code
from installer.facts.model import ContainerFacts, DockerFacts, Facts
from installer.release.features import NeededCompose
from installer.settings import Answers
from installer.situation import Situation

GIB = 1024**3
#: Dify's README asks for 4 GiB (0.15.3 … 1.16.1); kernels report a little less than is built in.
MEMORY_WANTED = 4 * GIB * 0.9
MEMORY_ASKED = "4"  # GB, as people read it
#: Third-party measurement for 1.16.1: images and data take 15–20 GB.
DISK_WANTED = 15 * 10**9
#: Below this not even the images of the smallest release fit.
DISK_NEEDED = 1 * 10**9

STATE_FOLDER = ".dify-installer"


@dataclass(frozen=True)
class Problem:
    """A finding: *params* fill the text of *code*; *repairs* are ids of what we could do about it."""

    code: Code
    params: Mapping[str, str] = field(default_factory=dict)
    repairs: tuple[str, ...] = ()
    detail: str = ""


def judge_docker(docker: DockerFacts, user: str) -> Iterator[Problem]:
    """Is there a Docker Engine that we may use, with Compose?"""
    if not docker.path:
        yield Problem(Code.DOCKER_MISSING)
        return
    if docker.error or not docker.server:
        denied = "permission denied" in docker.error.lower()
        code = Code.DOCKER_NO_RIGHTS if denied else Code.DOCKER_NOT_RUNNING
        yield Problem(code, {"user": user}, detail=docker.error)
        return
    if not docker.compose:
        yield Problem(Code.COMPOSE_MISSING, {"standalone": docker.compose_standalone})


def judge_compose(docker: DockerFacts, needed: NeededCompose) -> Iterator[Problem]:
    """Is Compose new enough for the release and for our override file?"""
    if older(docker.compose, needed.version):
        params = {"have": docker.compose, "need": needed.version, "why": ", ".join(needed.why)}
        yield Problem(Code.COMPOSE_TOO_OLD, params)


def judge_directory(answers: Answers, facts: Facts) -> Iterator[Problem]:
    """Is the folder empty or ours?"""
    there, params = facts.directory, {"directory": answers.directory}
    if there.is_file:
        yield Problem(Code.DIRECTORY_NOT_EMPTY, {**params, "found": answers.directory})
        return
    if not there.writable:
        yield Problem(Code.DIRECTORY_NOT_WRITABLE, {**params, "user": facts.system.user})
    if STATE_FOLDER in there.entries:
        return
    if "docker" in there.entries and {".env", "docker-compose.yaml"} & set(there.docker_entries):
        yield Problem(Code.DIRECTORY_FOREIGN, params)
    elif there.entries:
        shown = ", ".join(there.entries[:5]) + (" …" if len(there.entries) > 5 else "")
        yield Problem(Code.DIRECTORY_NOT_EMPTY, {**params, "found": shown})


def judge_project(answers: Answers, facts: Facts) -> Iterator[Problem]:
    """Does another folder's Compose project have our name?"""
    for container in facts.of_project(answers.project):
        ours = {answers.docker_folder.rstrip("/"), facts.directory.physical}
        if container.working_dir and container.working_dir.rstrip("/") not in ours:
            params = {"project": answers.project, "directory": container.working_dir}
            yield Problem(Code.PROJECT_CLASH, params)
            return


def _overlap(a: str, b: str) -> bool:
    if a == b:
        return True
    try:
        first, second = ipaddress.ip_address(a), ipaddress.ip_address(b)
    except ValueError:
        return True  # an address we cannot read ("*"): assume the worst
    return first.is_unspecified or second.is_unspecified


def _holder(container: ContainerFacts) -> str:
    project = f" ({container.project})" if container.project else ""
    return f"{container.name}{project}"


def port_holder(facts: Facts, address: str, port: int, project: str) -> str | None:
    """Who holds *address*:*port*: a container (project), a process (pid), ``""`` when somebody
    unknown does; None when it is free or held by *project* itself."""
    for container in facts.containers:
        if any(p.port == port and _overlap(p.address, address) for p in container.ports):
            return None if container.project == project else _holder(container)
    for listener in facts.listeners:
        if listener.port == port and _overlap(listener.address, address):
            return f"{listener.process} (pid {listener.pid})" if listener.process else ""
    return None


def judge_ports(situation: Situation) -> Iterator[Problem]:
    """Is every port that will be published free?"""
    facts, project = situation.facts, situation.answers.project
    for port in situation.configuration.ports:
        yield from judge_port(facts, project, port.address, port.host_port, port.purpose)


def judge_port(facts: Facts, project: str, address: str, port: int, purpose: str) -> Iterator[Problem]:
    """Is one port free?"""
    holder = port_holder(facts, address, port, project)
    if holder is not None:
        yield Problem(Code.PORT_IN_USE, {"port": str(port), "holder": holder, "purpose": purpose})


def judge_memory(facts: Facts) -> Iterator[Problem]:
    """Less than Dify asks for?"""
    if 0 < facts.system.memory < MEMORY_WANTED:
        yield Problem(Code.MEMORY_LOW, {"have": f"{facts.system.memory / GIB:.1f}", "need": MEMORY_ASKED})


def judge_encryption(answers: Answers) -> Iterator[Problem]:
    """Will passwords travel readable?"""
    if answers.tls.mode == "off" and answers.site.bind not in ("127.0.0.1", "::1"):
        yield Problem(Code.TLS_OFF, {"url": answers.base_url})


def judge_release(situation: Situation) -> Iterator[Problem]:
    """Never a silent upgrade."""
    record = situation.facts.record
    if record and record.installed and record.version != situation.model.version:
        params = {"installed": record.version, "asked": situation.model.version}
        yield Problem(Code.RELEASE_DIFFERS, params)


def _gigabytes(size: int) -> str:
    return f"{size / 10**9:.1f}"


def judge_env(answers: Answers, facts: Facts) -> Iterator[Problem]:
    """Data without the ``.env`` that holds its passwords: new ones would lock it out."""
    if facts.record and facts.record.installed and facts.env is None:
        params = {"path": f"{answers.docker_folder}/.env", "copies": f"{answers.state_folder}/env-*"}
        yield Problem(Code.ENV_MISSING, params)


def judge_disk(situation: Situation) -> Iterator[Problem]:
    """Too little room to begin at all? Only asked when there is something to download."""
    free = situation.facts.directory.docker_free
    if 0 <= free < DISK_NEEDED and missing_images(situation):
        yield Problem(Code.DISK_TOO_SMALL, {"free": _gigabytes(free), "need": _gigabytes(DISK_NEEDED)})


def blockers(situation: Situation) -> tuple[Problem, ...]:
    """Everything that must change before the installation can begin."""
    facts, answers, config = situation.facts, situation.answers, situation.configuration
    docker_problems = tuple(judge_docker(facts.docker, facts.system.user))
    found: list[Problem] = [*docker_problems]
    if not docker_problems:
        found += judge_compose(facts.docker, config.needed_compose)
        found += judge_disk(situation)
    found += judge_directory(answers, facts)
    found += judge_project(answers, facts)
    found += judge_env(answers, facts)
    found += judge_release(situation)
    found += judge_ports(situation)
    return tuple(found)


def warnings(situation: Situation) -> tuple[Problem, ...]:
    """What does not stop it, but should be known before."""
    return tuple(_warnings(situation))


def _warnings(situation: Situation) -> Iterable[Problem]:
    facts, answers = situation.facts, situation.answers
    yield from judge_memory(facts)
    if DISK_NEEDED <= facts.directory.docker_free < DISK_WANTED and missing_images(situation):
        free = _gigabytes(facts.directory.docker_free)
        yield Problem(Code.DISK_LOW, {"free": free, "need": _gigabytes(DISK_WANTED)})
    yield from judge_encryption(answers)
    unknown = situation.configuration.unknown_env
    if unknown:
        yield Problem(Code.ENV_KEY_UNKNOWN, {"keys": ", ".join(unknown)})
    edited = changed_by_hand(situation)
    if edited:
        yield Problem(Code.FILES_CHANGED, {"files": ", ".join(edited)})
    if situation.model.not_understood:
        yield Problem(Code.RELEASE_PARTLY_UNKNOWN, {"parts": ", ".join(situation.model.not_understood)})
