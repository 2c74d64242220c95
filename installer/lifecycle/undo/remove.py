"""Undoing an installation that never was ready: containers, networks, files; data with consent only."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from installer.answers import Answers
from installer.core.errors import Code
from installer.core.events import Emit, Line, NotOurs
from installer.core.paths import below
from installer.core.resources import read_text
from installer.hosts.base import Command, Host, Stage
from installer.hosts.local import erase
from installer.hosts.local.files import file_errors
from installer.lifecycle.undo.find import SECONDS
from installer.lifecycle.undo.labels import containers, named
from installer.lifecycle.undo.model import UndoPlan
from installer.state.files_below import remove
from installer.state.record import FOUND, MOUNTED, read_record, write_record

STEP, FILES, IMAGES = "undo", "undo_files", "undo_images"
_ENV = ".env"
#: What stays of a record while data stays: it says what was ours.
_KEPT = (
    *("format", "version", "project", "url", "created_at", "installer", "pulled", "web", "named_volumes"),
    *FOUND,
)
#: And while files stay that were edited by hand: by these they are known as such.
_KEPT_EDITED = ("uploaded", "files", "pending")


@dataclass(frozen=True)
class Removal:
    """*plan* with what the person decided: *data* goes, *images* go. *by_job*: the job
    removes folders with data, too; *before*: what it does first."""

    plan: UndoPlan
    data: bool
    images: bool
    by_job: bool = True
    before: tuple[Stage, ...] = ()

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The commands of the detached job."""
        plan, found = self.plan, [*self.before]
        if plan.ids:
            found.append(Stage(STEP, ("docker", "rm", "--force", *plan.ids)))
        volumes = [d.path for d in plan.data if d.volume and self.data]
        if volumes:
            found.append(Stage(f"{STEP}:volumes", ("docker", "volume", "rm", *volumes)))
        if self.folders and self.by_job:
            found.append(Stage(f"{STEP}:data", self._data_away))
        return tuple(found)

    @property
    def _data_away(self) -> tuple[str, ...]:
        """The folders as a whole; one in which an edited file stays without its other files."""
        if not self.edited_below:
            return ("rm", "-rf", "--", *self.folders)
        but = [word for path in self.edited_below for word in ("!", "-path", _literal(path))]
        return ("find", *self.folders, "!", "-type", "d", *but, "-exec", "rm", "-f", "--", "{}", "+")

    @property
    def edited_below(self) -> tuple[str, ...]:
        """Edited files in folders with data that go."""
        return tuple(p for p in self.plan.edited if any(p.startswith(f"{f}/") for f in self.folders))

    @property
    def empties_volumes(self) -> bool:
        """Whether empty folders below ``volumes/`` go. While data stays they may be part of it: PostgreSQL
        does not start without its empty ones."""
        return self.plan.ours_below_data and not self.keeps_data

    @property
    def folders(self) -> tuple[str, ...]:
        """Folders with data that go."""
        return tuple(d.path for d in self.plan.data if not d.volume and self.data)

    @property
    def keeps_data(self) -> bool:
        """Whether there is data and it stays."""
        return self.plan.keeps or (bool(self.plan.data) and not self.data)

    @property
    def files(self) -> tuple[str, ...]:
        """Files that go. While data stays, so does the ``.env`` with its passwords."""
        return tuple(path for path in self.plan.files if not (self.keeps_data and path == _ENV))

    @property
    def inner(self) -> tuple[str, ...]:
        """Folders whose whole content goes: containers wrote there, under names of their own choice."""
        return self.plan.mounted if self.plan.whole and self.data else ()

    @property
    def stays(self) -> bool:
        """Whether anything of the installation is still there afterwards, so that our notes stay, too."""
        return self.keeps_data or bool(self.plan.edited)

    @classmethod
    def of_all(
        cls, plan: UndoPlan, data: bool, images: bool, by_job: bool, before: tuple[Stage, ...]
    ) -> Removal:
        """Of an installation that ran. With its data goes what was edited by hand, too: it is Dify's."""
        if data:
            files = tuple(sorted({*plan.files, *plan.edited}))
            foreign = tuple(p for p in plan.foreign if p not in plan.generated)
            plan = replace(plan, files=files, edited=(), foreign=foreign)
        return cls(plan, data, images, by_job, before)

    @property
    def left(self) -> tuple[str, ...]:
        """What is there afterwards, as far as it is known beforehand."""
        folder = f"{self.plan.directory}/docker"
        data = [d.path if d.volume else f"{folder}/{d.path}" for d in self.plan.data if not self.data]
        env = [_ENV] if self.keeps_data and _ENV in self.plan.files else []
        files = (f"{folder}/{path}" for path in (*env, *self.plan.edited, *self.plan.foreign))
        return (*data, *files, *self.plan.others)


def _literal(path: str) -> str:
    """*path* as a pattern of ``find -path`` that is nothing else."""
    return re.sub(r"([\\*?\[])", r"\\\1", path)


def folders_of(files: tuple[str, ...]) -> tuple[str, ...]:
    """The folders that hold *files*, deepest first."""
    found = {str(parent) for path in files for parent in PurePosixPath(path).parents} - {"."}
    return tuple(sorted(found, key=lambda p: (-p.count("/"), p)))


def remove_files(host: Host, answers: Answers, removal: Removal) -> None:
    """Files of ours and what containers wrote, then the folders that are empty. Raises
    ``InstallError(HOST_FILE_FAILED)``."""
    folder, inner = answers.docker_folder, removal.inner
    if not host.kind.runs_scripts:
        with file_errors(folder):
            for path in removal.folders:
                _clear(Path(folder), path, removal.edited_below)
    remove(
        host,
        folder,
        removal.files,
        inner=inner,
        folders=folders_of((*removal.files, *(f"{path}/-" for path in inner))),
        empty_ones=removal.empties_volumes,
    )


def _clear(folder: Path, path: str, edited: tuple[str, ...]) -> None:
    """What lies under *path*, without the files of *edited*."""
    below(folder, path)  # no folder on the way is a link
    try:
        if any(p.startswith(f"{path}/") for p in edited):
            erase.content(folder, path, frozenset(edited).__contains__)
            return
        erase.content(folder, path)
        erase.empty(folder, path)
    except OSError as exc:
        if exc.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise
        erase.file(folder, path)


def inspected(
    host: Host, removal: Removal, folders: Collection[str], services: Collection[str], emit: Emit
) -> Removal:
    """*removal* with those containers (by id), volumes and networks alone that, inspected now, are what
    Compose made for *services* of this installation in *folders*. An event names each other that
    is there: it stays. Raises
    ``InstallError(DOCKER_API_FAILED)`` where Docker does not say what one is, and what losing the host
    raises."""
    plan = removal.plan
    asked = tuple(d.path for d in plan.data if d.volume) if removal.data else ()
    ids = containers(host, plan.project, folders, services, plan.ids)
    volumes = named(host, "volume", plan.project, asked)
    networks = named(host, "network", plan.project, plan.networks)
    stay = (*ids.others, *volumes.others, *networks.others)
    for name in stay:
        emit(NotOurs(step=STEP, name=name))
    gone = {*asked} - {*volumes.ours}
    plan = replace(
        plan,
        ids=ids.ours,
        data=tuple(d for d in plan.data if not (d.volume and d.path in gone)),
        networks=networks.ours,
        others=(*plan.others, *stay),
        keeps=plan.keeps or bool(volumes.others),
    )
    return replace(removal, plan=plan)


def remove_networks(host: Host, removal: Removal, emit: Emit) -> tuple[str, ...]:
    """Docker itself refuses one that another project's container is in. The names of those that stayed."""
    stayed = []
    for name in removal.plan.networks:
        result = host.run(Command(("docker", "network", "rm", name)), timeout=SECONDS)
        if result.exit_code != 0:
            stayed.append(name)
            emit(Line(step=STEP, text=result.errors.strip()))
    return tuple(stayed)


def remove_images(host: Host, removal: Removal, emit: Emit) -> tuple[str, ...]:
    """Those that nothing else uses; Docker itself refuses one that a container is made from. The names of
    those that stayed."""
    stayed = []
    for image in removal.plan.images:
        if image.used:
            stayed.append(image.name)
            continue
        result = host.run(Command(("docker", "image", "rm", image.name)), timeout=SECONDS)
        if result.exit_code != 0:
            stayed.append(image.name)
            emit(Line(step=IMAGES, text=result.errors.strip()))
        else:
            emit(Line(step=IMAGES, text=image.name))
    return tuple(stayed)


def forget(host: Host, answers: Answers, removal: Removal) -> None:
    """The record: away, or what is still needed of it."""
    state = answers.state_folder
    record = read_record(host, state)
    if not removal.stays:
        host.remove_file(f"{state}/installation.json")
        return
    if record is not None:
        rest = _rest(record.data, edited=bool(removal.plan.edited))
        mounted = {MOUNTED: list(removal.plan.mounted)} if removal.plan.mounted else {}
        write_record(host, state, {**rest, **mounted})


def _rest(data: Mapping[str, Any], *, edited: bool) -> dict[str, Any]:
    kept = (*_KEPT, *_KEPT_EDITED) if edited else _KEPT
    return {**{key: data[key] for key in kept if key in data}, "undone": True}


def end(host: Host, answers: Answers, removal: Removal) -> None:
    """After the lock was given back: our notes, and the folder if we made it and it is empty."""
    notes, made = not removal.stays, removal.plan.made
    if not host.kind.runs_scripts:
        _end_here(Path(answers.directory), notes=notes, made=made)
        return
    yes = {True: "yes", False: "no"}
    words = ("sh", "-c", read_text("scripts/undo-end.sh"), "sh", answers.directory, yes[notes], yes[made])
    host.run(Command(words), timeout=SECONDS).check(Code.HOST_FILE_FAILED, path=answers.directory)


def _end_here(folder: Path, *, notes: bool, made: bool) -> None:
    erase.drop(folder / "docker")
    if notes and not (folder / ".dify-installer" / "lock").exists():
        shutil.rmtree(folder / ".dify-installer", ignore_errors=True)
    if made:
        erase.drop(folder)
