"""Undoing a change of an installation that ran: its former files are put back and started; data stays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from installer.answers import Answers
from installer.apply.readiness.timeouts import database_seconds
from installer.apply.steps.bring_up import database_stages, up_stages
from installer.core.errors import Code, InstallError
from installer.core.events import Emit, NotOurs
from installer.core.version import Version
from installer.docker.compose import compose
from installer.facts.model import ContainerFacts, Record
from installer.hosts.base import Host, Stage
from installer.lifecycle.undo import labels
from installer.lifecycle.undo.model import UndoPlan
from installer.release.services import databases_of, followers
from installer.state import backups
from installer.state.record import NAME, read_record, ready, write_record

STEP = "restore"


def former_record(host: Host, answers: Answers, plan: UndoPlan) -> Record:
    """The record as it was before the first of the changes. Raises ``InstallError(UNDO_BACKUP_GONE)``."""
    folder = backups.folder_of(answers.state_folder, plan.backups[0])
    data = host.read_file(f"{folder}/{NAME}")
    record = Record.parse(data.decode("utf-8", "replace")) if data else None
    if record is None:
        raise InstallError(Code.UNDO_BACKUP_GONE, {"folder": folder})
    return record


def put_back(host: Host, answers: Answers, plan: UndoPlan) -> None:
    """The newest backup first, so that the oldest has the last word."""
    for name in reversed(plan.backups):
        backups.put_back(host, answers.docker_folder, answers.state_folder, name)


def note_restarted(host: Host, answers: Answers, record: Record, plan: UndoPlan, job: str) -> None:
    """The former record, started once more by *job*: what was applied then is what is applied again. The
    backups stay in it: an undo that is interrupted is done again."""
    data: dict[str, Any] = {**record.data, "ready": True, "settled": False, "backups": [*plan.backups]}
    applied = data.get("applied")
    if isinstance(applied, Mapping):
        data["applied"] = {**applied, "job": job}
    write_record(host, answers.state_folder, data)


def note_done(host: Host, answers: Answers) -> None:
    """Dify runs as it did before: nothing is left to undo."""
    record = read_record(host, answers.state_folder)
    if record is not None:
        write_record(host, answers.state_folder, {**ready(record), "backups": []})


def newer(record: Record, containers: Sequence[ContainerFacts]) -> tuple[str, ...]:
    """Ids of those of *containers*, of this installation, whose service *record* does not know."""
    return tuple(c.id for c in containers if c.service and c.service not in record.services)


def inspected(
    host: Host,
    project: str,
    folders: Collection[str],
    services: Collection[str],
    ids: Sequence[str],
    emit: Emit,
) -> tuple[str, ...]:
    """Those of *ids* that, inspected now, are of *services* of this installation in *folders*; an event
    names each other that is there. Raises ``InstallError(DOCKER_API_FAILED)`` where Docker does not
    say what one is."""
    found = labels.containers(host, project, folders, services, ids)
    for name in found.others:
        emit(NotOurs(step=STEP, name=name))
    return found.ours


def stages(record: Record, former: Sequence[str]) -> tuple[Stage, ...]:
    """Start what *record* is made of; the containers with the ids *former* are removed."""
    services = record.services
    found = [*database_stages("databases", databases_of(services), database_seconds(None))]
    found += up_stages("start", services)
    again = followers(Version.of_release(record.version), services, services)
    if again:
        found.append(Stage("start:again", compose("restart", *again)))
    if former:
        found.append(Stage("start:former", ("docker", "rm", "--force", *former)))
    return tuple(found)


def env_text(host: Host, answers: Answers) -> str:
    """The ``.env`` in use."""
    return (host.read_file(f"{answers.docker_folder}/{backups.ENV}") or b"").decode("utf-8", "replace")
