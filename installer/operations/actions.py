"""Restart, stop, start and recreate: for one service, several or all, in the order that is right for Dify.

The commands run as a detached job under the installation's lock and are noted in its journal, like an
installation; then the services are watched until they are as asked.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Literal

from installer.apply.jobs import job_spec, new_job, run_job
from installer.apply.lock import Lock
from installer.apply.locked_change import Operation, working
from installer.apply.readiness.crash_loop import steady, unproven
from installer.apply.readiness.timeouts import Patience, database_seconds
from installer.apply.steps.bring_up import probe_stages
from installer.apply.steps.ready import CRASHES
from installer.core.errors import Code, InstallError
from installer.core.events import StepFailed, StepFinished, StepProgress, StepStarted
from installer.core.version import Version
from installer.docker.compose import compose, compose_env
from installer.docker.containers import Container, read_containers
from installer.facts.model import Facts, Record, System
from installer.facts.web import SETUP_PATH, SETUP_SERVICE, Web
from installer.hosts.base import Host, Stage
from installer.hosts.cancel_scope import stoppable
from installer.redaction.secrets_in_use import env_secrets
from installer.release.envfile import EnvFile
from installer.release.services import databases_of, followers, fronts
from installer.root_cause import Heard, Scene, explained
from installer.state import backups
from installer.state.record import read_installed

ActionName = Literal["restart", "stop", "start", "recreate"]
#: What each does to services, as Compose has it. "start" makes containers that are not there, which Compose's
#: own passes by without a word (2.26.1). "recreate" makes them from the files in use; what was changed in one
#: is lost, volumes (also those without a name) stay.
_COMMANDS: Mapping[ActionName, tuple[str, ...]] = MappingProxyType(
    {
        "restart": ("restart",),
        "stop": ("stop",),
        "start": ("up", "--detach", "--no-recreate"),
        "recreate": ("up", "--detach", "--force-recreate"),
    }
)
POLL_SECONDS = 1.0


def check_services(record: Record, services: Sequence[str]) -> tuple[str, ...]:
    """The lasting services meant: *services*, or all. Raises ``InstallError(SERVICE_UNKNOWN)``."""
    lasting = tuple(s for s in record.services if s not in record.one_shots)
    for name in services:
        if name not in lasting:
            near = difflib.get_close_matches(name, lasting, n=1)
            params = {"service": name, "near": near[0] if near else "", "services": ", ".join(lasting)}
            raise InstallError(Code.SERVICE_UNKNOWN, params)
    return tuple(s for s in lasting if not services or s in services)


def stages(action: ActionName, services: Sequence[str], record: Record) -> tuple[Stage, ...]:
    """The commands of *action* for *services* (checked, in data-path order). Pure."""
    if action == "stop":
        return tuple(_down(services))
    first = databases_of(services)
    later = followers(Version.parse(record.version), services, record.services)
    middle = [s for s in services if s not in first and s not in later]
    found: list[Stage] = []
    if first:
        found.append(Stage(f"{action}:databases", _does(action, first)))
    if first and middle:
        found += probe_stages(action, first, database_seconds(None))
    front = fronts(middle)
    for step, names in ((action, [s for s in middle if s not in front]), (f"{action}:web", front)):
        if names:
            found.append(Stage(step if len(middle) > len(front) else action, _does(action, names)))
    # a web server that keeps old addresses must begin after those it serves
    recreated = [s for s in later if s in services and action == "recreate"]
    again = [s for s in later if s not in recreated]
    if recreated:
        found.append(Stage(f"{action}:web", _does(action, recreated)))
    if again:
        found.append(Stage(f"{action}:web", _does("restart" if middle or first else action, again)))
    return tuple(found)


def _does(action: ActionName, names: Sequence[str]) -> tuple[str, ...]:
    """The command for *names*, so that containers that it makes are as an installation makes them: Compose's
    hash of a service (2.26.1) differs with ``--no-deps``, and the next ``up`` would recreate them."""
    words = _COMMANDS[action]
    alone = (
        ("--no-deps",) if words[0] == "up" and set(names) <= {*databases_of(names), *fronts(names)} else ()
    )
    return compose(*words, *alone, *names)


def _down(services: Sequence[str]) -> Iterator[Stage]:
    """The reverse of the way up: who lets people in first, what keeps their data last."""
    front, last = fronts(services), databases_of(services)
    middle = [s for s in services if s not in front and s not in last]
    parts = [("stop:web", front), ("stop", middle), ("stop:databases", last)]
    there = [(step, names) for step, names in parts if names]
    for step, names in there:
        yield Stage(step if len(there) > 1 else "stop", compose("stop", *names))


def act(operation: Operation, action: ActionName, services: Sequence[str]) -> Record:
    """Do *action* and wait until its result is there.

    Raises ``InstallError``: INSTALLATION_ABSENT, SERVICE_UNKNOWN, INSTALLATION_LOCKED, ACTION_FAILED,
    SERVICE_FAILED, NOT_READY; with what was found to be the cause.
    """
    record = installed(operation)
    wanted = check_services(record, services)
    journal = {"services": list(services)} if services else {}
    with changing(operation, record, action, **journal) as (heard, lock):
        env = environment_in_use(heard) if _COMMANDS[action][0] == "up" else {}
        run_job(heard, job_spec(heard.answers, new_job(action), stages(action, wanted, record), env), lock)
        if action != "stop":
            watch(heard, record, wanted, lock.renew, machine(heard.host))
    return record


def installed(operation: Operation) -> Record:
    """The record of what is there. Raises ``InstallError(INSTALLATION_ABSENT)``."""
    answers = operation.answers
    record = read_installed(operation.host, answers.state_folder)
    if record is None:
        raise InstallError(Code.INSTALLATION_ABSENT, {"directory": answers.directory})
    return record


@contextmanager
def changing(
    operation: Operation, record: Record, what: str, **fields: Any
) -> Iterator[tuple[Operation, Lock]]:
    """*operation* under the installation's lock, noted as *what* with *fields*. What waits in the block ends
    soon after a cancel; an error out of it gets its findings. Raises as ``working``."""
    host, answers = operation.host, operation.answers
    web = Web.read(record.data.get("web") or {})
    scene = Scene(answers.directory, record.project, host, web, record.services, since=time.monotonic())
    heard = Heard(operation.emit)
    with (
        explained(scene, heard, operation.redact, operation.cancel) as explain,
        stoppable(host, operation.cancel),
        working(replace(operation, emit=heard), what, explain=explain, **fields) as (lock, _),
    ):
        yield replace(operation, emit=heard), lock


def environment_in_use(operation: Operation) -> dict[str, str]:
    """What Compose needs to read the files in use; their secrets appear in no event."""
    path = f"{operation.answers.docker_folder}/{backups.ENV}"
    text = (operation.host.read_file(path) or b"").decode("utf-8", "replace")
    operation.redact.learn(*env_secrets(text))
    return compose_env(EnvFile.parse(text).values())


def machine(host: Host) -> Facts | None:
    """How large the machine is that runs the containers; None where the Engine does not tell."""
    from docker.errors import DockerException

    try:
        with host.docker() as client:
            info = client.info()
    except DockerException:
        return None
    cpus, memory = info.get("NCPU"), info.get("MemTotal")
    if not isinstance(cpus, int) or not isinstance(memory, int):
        return None
    return Facts(system=System(cpus=cpus, memory=memory))


def watch(
    operation: Operation,
    record: Record,
    services: Sequence[str],
    renew: Callable[[], None],
    facts: Facts | None,
    *,
    counts: Mapping[str, int] = MappingProxyType({}),
) -> None:
    """Wait until *services* are up and stay so, and Dify answers, as patiently as the gate does on a machine
    with *facts* (None: not known). *counts*: how many containers of a service there must be. Raises
    ``InstallError`` SERVICE_FAILED, NOT_READY."""
    operation.emit(StepStarted(step="watch"))
    try:
        _wait(operation, record, services, renew, Patience.of(facts, time.monotonic()), counts)
    except InstallError as e:
        operation.emit(StepFailed(step="watch", code=e.code, params=e.params))
        raise
    operation.emit(StepFinished(step="watch", changed=False))


def _wait(
    operation: Operation,
    record: Record,
    services: Sequence[str],
    renew: Callable[[], None],
    patience: Patience,
    counts: Mapping[str, int] = MappingProxyType({}),
) -> None:
    host = operation.host
    began: dict[str, int] = {}
    while True:
        with host.docker() as client:
            noted = (*record.services, *record.one_shots, *record.former)
            containers = steady(client, read_containers(client, record.project, noted))
            fresh = unproven(client, (c for c in containers if c.service in services))
        late = [c.service for c in containers if c.service in services and not c.running]
        late += [s for s in services if s not in {c.service for c in containers}]
        late += [s for s, n in counts.items() if n != sum(c.service == s for c in containers)]
        done, total = len(services) - len({*late}), len(services)
        operation.emit(StepProgress(step="watch", done=done, total=total, unit="services"))
        _raise_if_crashing(containers, services, began)
        if not late and _proven(host, record, containers, fresh):
            return
        now = time.monotonic()
        for c in containers:
            if not c.restarts:  # who ends again and again shows no progress
                patience.saw(f"container {c.service}", (c.state, c.health, c.started_at), now)
        if patience.over(now):
            minutes = f"{patience.waited(now) / 60:.0f}"
            params = {"services": ", ".join(late) or "-", "status": "-", "minutes": minutes}
            raise InstallError(Code.NOT_READY, params)
        renew()
        operation.cancel.wait(POLL_SECONDS)


def _raise_if_crashing(
    containers: Sequence[Container], services: Sequence[str], began: dict[str, int]
) -> None:
    for c in containers:
        if c.service in services and c.restarts - began.setdefault(c.id, c.restarts) >= CRASHES:
            raise InstallError(Code.SERVICE_FAILED, {"service": c.service, "exit_code": str(c.exit_code)})


def _whole(record: Record, containers: Sequence[Container]) -> bool:
    """Whether everything is up, so that Dify must answer."""
    up = {c.service for c in containers if c.running}
    return all(s in up for s in record.services if s not in record.one_shots)


def _proven(host: Host, record: Record, containers: Sequence[Container], fresh: Sequence[Container]) -> bool:
    """Whether Dify answers, if all of it is up; those that this does not prove (*fresh*) must stay up."""
    if not _whole(record, containers):
        return not fresh
    if fresh and not {c.service for c in fresh} <= {SETUP_SERVICE, *fronts(record.services)}:
        return False
    return _answers(host, record)


def _answers(host: Host, record: Record) -> bool:
    web = Web.read(record.data.get("web") or {})
    return web is None or web.ask(host, SETUP_PATH, timeout=5).status == 200
