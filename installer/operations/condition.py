"""One look at what Overview tells of the machine: room, the first account, the journal's failures."""

from __future__ import annotations

import time
from collections.abc import Mapping

from installer.answers import Answers
from installer.core.cancel import CancelToken
from installer.core.errors import InstallError
from installer.core.resources import read_text
from installer.core.secrets import Secret
from installer.facts.lines import pairs
from installer.facts.local.machine import disk_of, system
from installer.facts.web import SETUP_SECONDS, Web
from installer.hosts.base import Command, Host
from installer.operations.overview import Condition, Room, failed_runs
from installer.release.envfile import EnvFile
from installer.state.history import entries, runs
from installer.state.record import read_record
from installer.untrusted.values import whole

_SCRIPT_SECONDS = 15.0


def read_condition(host: Host, answers: Answers, cancel: CancelToken | None = None) -> Condition:
    """Look once. What cannot be found out is None. Raises what losing the host raises."""
    disk, images, memory = _room(host, answers.directory, cancel)
    journal = host.read_file(f"{answers.state_folder}/journal.jsonl") or b""
    found_runs = runs(entries(journal.decode("utf-8", "replace").splitlines()))
    free = _setup_open(host, answers)
    guard = _guard(host, answers) if free else None
    return Condition(disk, images, memory, free, failed_runs(found_runs, time.time()), guard)


Rooms = tuple[Room | None, Room | None, Room | None]


def _room(host: Host, directory: str, cancel: CancelToken | None) -> Rooms:
    if not host.kind.runs_scripts:
        return _native(directory)
    script = Command.script(read_text("scripts/condition.sh"), directory)
    return parse_room(host.run(script, cancel=cancel, timeout=_SCRIPT_SECONDS).text)


def parse_room(text: str) -> Rooms:
    """Dify's file system, Docker's where it is another one, and the memory, from what
    ``resources/scripts/condition.sh`` prints. Pure."""
    values = pairs(text)
    disk, images = _file_system(values, "folder_kb"), _file_system(values, "images_kb")
    other = images[1] if images and (disk is None or images[0] != disk[0]) else None
    return disk[1] if disk else None, other, _memory(text)


def _file_system(values: Mapping[str, str], name: str) -> tuple[str, Room] | None:
    """Mount point and room of a ``df -Pk`` line: device, all, used, free, percent, mount (POSIX)."""
    fields = values.get(name, "").split()
    room = _of_kilobytes(fields[3:4], fields[1:2])
    return (fields[5], room) if room is not None and len(fields) > 5 else None


def _memory(text: str) -> Room | None:
    """From ``/proc/meminfo``, whose kB are 1024 bytes."""
    found = {name: rest.split() for name, _, rest in (line.partition(":") for line in text.splitlines())}
    return _of_kilobytes(found.get("MemAvailable", [])[:1], found.get("MemTotal", [])[:1])


def _of_kilobytes(free: list[str], size: list[str]) -> Room | None:
    """None unless both are one number."""
    numbers = [whole(text, -1) for text in (*free, *size)]
    return Room(numbers[0] * 1024, numbers[1] * 1024) if len(numbers) == 2 and min(numbers) >= 0 else None


def _native(directory: str) -> Rooms:
    """Where no scripts run: this computer on macOS and Windows."""
    disk, here = disk_of(directory), system()
    return (
        Room(disk.free, disk.size) if disk.size > 0 else None,
        None,
        Room(here.memory_available, here.memory) if here.memory > 0 else None,
    )


def _setup_open(host: Host, answers: Answers) -> bool | None:
    """Whether the first account is still to be had, as Dify itself says."""
    record = read_record(host, answers.state_folder)
    web = Web.read(record.data.get("web") or {}) if record else None
    return None if web is None else web.setup_open(host, timeout=SETUP_SECONDS)


def _guard(host: Host, answers: Answers) -> Secret | None:
    """``INIT_PASSWORD`` of the ``.env`` in use."""
    data = host.read_file(f"{answers.docker_folder}/.env") or b""
    try:
        value = EnvFile.parse(data.decode("utf-8", "replace")).values().get("INIT_PASSWORD", "")
    except InstallError:
        return None
    return Secret(value) if value else None
