"""States of Checks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from installer.check_list import check_list
from installer.errors import Code, InstallError
from installer.facts.model import (
    ContainerFacts,
    DirectoryFacts,
    DockerFacts,
    Facts,
    Listener,
    PublishedPort,
    System,
)
from installer.release.obtain import Obtained
from installer.settings import Admin, Answers, Target
from installer.situation import Situation
from installer.wizard import Busy, Failure, PageId, WizardState
from tests.releases import model_of, tree_of
from tests.situations import VERSION, installed, situation

ANSWERS = Answers(target=Target(kind="ssh", host="203.0.113.24", user="difyadmin"))
FACTS = Facts(
    system=System(
        user="difyadmin",
        uid=1000,
        os_name="Ubuntu 24.04.2 LTS",
        hostname="vps-1",
        arch="x86_64",
        cpus=4,
        memory=int(7.8 * 2**30),
        swap=2 << 30,
    ),
    docker=DockerFacts(path="/usr/bin/docker", client="28.5.2", server="28.5.2", compose="2.40.3"),
    directory=DirectoryFacts(writable=True, free=71 * 10**9, docker_free=71 * 10**9),
)
WEB_SERVER = Listener("0.0.0.0", 80, "nginx", 812)
OTHER = ContainerFacts(
    "c1",
    "wordpress-web-1",
    "running",
    "wordpress:6",
    project="wordpress",
    service="web",
    working_dir="/srv/wordpress",
    ports=(PublishedPort("0.0.0.0", 5003, 80),),
)


def obtained() -> Obtained:
    """The synthetic release."""
    return Obtained(VERSION, tree_of(VERSION), model_of(VERSION))


def state(
    facts: Facts | None = FACTS,
    *,
    answers: Answers = ANSWERS,
    read: bool = True,
    there: Situation | None = None,
    rights: str = "sudo_password",
    **changes: Any,
) -> WizardState:
    """Checks with *facts*; *read*: whether the release could be read."""
    found = there if facts is None or not read or there is not None else situation(facts, answers)
    checks = check_list(answers, facts, found, rights=rights) if facts is not None else ()
    made = WizardState(
        page=PageId.CHECKS,
        answers=answers,
        connected=True,
        rights=rights,
        facts=facts,
        checks=checks,
        situation=found if facts is not None else None,
        obtained=obtained() if read and facts is not None else None,
    )
    return replace(made, **changes)


def warned(facts: Facts = FACTS) -> Facts:
    """Little memory, and no swap."""
    return replace(facts, system=replace(facts.system, memory=int(1.94 * 2**30), swap=0))


def port_taken() -> WizardState:
    """A web server is there already, and the memory is small."""
    return state(replace(warned(), listeners=(WEB_SERVER,)))


def port_chosen() -> WizardState:
    """Just after another port was taken, not judged yet."""
    before = port_taken()
    ports = replace(before.answers.ports, http=8080)
    return replace(before, answers=replace(before.answers, ports=ports))


def many() -> WizardState:
    """Everything that can be wrong at once, in long words."""
    directory = DirectoryFacts(
        exists=True,
        writable=False,
        free=4 * 10**9,
        docker_free=4 * 10**9,
        entries=("site", "backup-2026-07-01"),
    )
    docker = DockerFacts(path="/usr/bin/docker", client="24.0.7", server="24.0.7", compose="2.17.2")
    clash = replace(
        OTHER, id="c2", name="dify-api-1", project="dify", service="api", working_dir="/home/a/dify/docker"
    )
    listeners = (WEB_SERVER, Listener("::", 443))
    facts = replace(
        warned(), directory=directory, docker=docker, containers=(OTHER, clash), listeners=listeners
    )
    answers = replace(ANSWERS, admin=Admin("a@example.jp", "A"))
    return state(facts, answers=answers, rights="none")


def no_docker() -> WizardState:
    """Docker is not installed."""
    return state(replace(FACTS, docker=DockerFacts()), read=True)


def docker_silent() -> WizardState:
    """Docker does not answer, and says why."""
    error = (
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
    )
    return state(replace(FACTS, docker=DockerFacts(path="/usr/bin/docker", client="28.5.2", error=error)))


def already_there() -> WizardState:
    """Set up before by this program."""
    there = installed()
    return state(
        replace(there.facts, system=FACTS.system),
        there=replace(there, facts=replace(there.facts, system=FACTS.system)),
        answers=there.answers,
    )


def local() -> WizardState:
    """On this computer."""
    answers = Answers(target=Target(kind="local"))
    system = replace(FACTS.system, hostname="akari-pc", user="akari")
    return state(replace(FACTS, system=system), answers=answers, rights="local")


def release_failed() -> WizardState:
    """The release cannot be fetched."""
    error = InstallError(
        Code.RELEASE_LIST_FAILED,
        {"source": "https://github.com"},
        detail="[Errno -2] Name or service not known",
    )
    return state(read=False, release_error=error)


def setting_wrong() -> WizardState:
    """The release is there, but an answer does not go with it."""
    error = InstallError(
        Code.CERTIFICATE_UNREADABLE, {"path": "/home/akari/old.pem", "reason": "expired"}, detail="expired"
    )
    return state(read=False, release_error=error)


def lost() -> WizardState:
    """The line broke."""
    error = InstallError(Code.SSH_CONNECTION_LOST, {"host": "203.0.113.24"}, detail="Socket is closed")
    return state(None, connected=False, failure=Failure(PageId.CHECKS, error))


def busy(what: str) -> Busy:
    """Since a few seconds."""
    return Busy(what, time.time() - 5)


STATES: Mapping[str, Callable[[], WizardState]] = {
    "empty": lambda: state(None),
    "looking": lambda: state(None, busy=busy("facts")),
    "early": lambda: state(read=False, busy=busy("release")),
    "good": state,
    "port": port_taken,
    "port_chosen": port_chosen,
    "port_busy": lambda: replace(port_taken(), busy=busy("release")),
    "memory": lambda: state(warned()),
    "many": many,
    "no_docker": no_docker,
    "docker_silent": docker_silent,
    "installed": already_there,
    "local": local,
    "release_failed": release_failed,
    "setting_wrong": setting_wrong,
    "lost": lost,
}
