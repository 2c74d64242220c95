"""What the target says right after a failure: the form of the answer, read. Pure.

The answer is that of ``resources/scripts/evidence.sh`` or of its twin ``native``; it may be cut off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from installer.docker.containers import ONEOFF_LABEL, SERVICE_LABEL
from installer.facts.lines import number, pairs, sections
from installer.untrusted.json import loads
from installer.untrusted.values import decimal, integer, items, mapping, whole

_KERNEL_TIME = re.compile(r"^\[ *(\d+)\.\d+\]")
_STATUS = re.compile(r"^ *HTTP/[\d.]+ (\d{3}[^\r\n]{0,80})", re.MULTILINE)
#: Seconds. What the kernel did earlier is no part of this failure.
RECENT = 900


@dataclass(frozen=True)
class Seen:
    """A container of the installation. *error*: why Docker could not start it; *health*: empty without a
    check; *health_output*: what its last check said; *log*: its last lines, where they were asked for."""

    service: str
    state: str
    exit_code: int = 0
    oom: bool = False
    restarts: int = 0
    error: str = ""
    health: str = ""
    health_output: str = ""
    log: str = ""

    @property
    def well(self) -> bool:
        """Up, or done with its work."""
        if self.state == "exited":
            return self.exit_code == 0
        return self.state == "running" and not self.restarts and self.health in ("", "none", "healthy")

    @property
    def rising(self) -> bool:
        """Nothing speaks against it, it only takes its time."""
        return self.state == "running" and not self.restarts and self.health == "starting"


@dataclass(frozen=True)
class Room:
    """A file system: bytes and inodes; *inodes* is 0 where there is no such number."""

    path: str
    size: int
    free: int
    inodes: int = 0
    inodes_free: int = 0


@dataclass(frozen=True)
class Memory:
    """Bytes."""

    total: int
    available: int
    swap: int
    swap_free: int


@dataclass(frozen=True)
class Evidence:
    """Everything that was found. *kernel*: lines about processes ended for lack of memory, ours or where the
    machine as a whole had none left. *web*: status line and the first bytes, empty without an HTTP answer.
    *whole*: no container is missing because the answer was cut off."""

    containers: tuple[Seen, ...] = ()
    whole: bool = False
    rooms: tuple[Room, ...] = ()
    memory: Memory | None = None
    kernel: tuple[str, ...] = ()
    status: str = ""
    web: str = ""


def env_of(text: str, mark: str) -> str:
    """The ``.env`` in the answer: it holds secrets."""
    return sections(text, mark).get("env", "")


def read(text: str, mark: str) -> Evidence:
    """The answer as ``Evidence``; parts that are missing or cannot be read are left out."""
    found = sections(text, mark)
    rows = list(_containers(found))
    seen = {name: one for name, one, lasting in rows if lasting}
    web = found.get("web", "").strip()
    status = _STATUS.search(web)
    return Evidence(
        containers=tuple(sorted(seen.values(), key=lambda c: c.service)),
        whole=found.get("count", "").strip() == str(len(rows)),
        rooms=tuple(_rooms(pairs(found.get("disks", "")))),
        memory=_memory(found.get("memory", "")),
        kernel=tuple(_kernel(found.get("kernel", ""), seen)),
        status=status[1].strip() if status else "",
        web=web if status else "",
    )


def _containers(found: Mapping[str, str]) -> Iterator[tuple[str, Seen, bool]]:
    """Each container's id, what is known of it, and whether it belongs to a service that lasts."""
    for line in found.get("containers", "").splitlines():
        try:
            data = mapping(loads(line))
        except ValueError:
            continue  # the line was cut off
        if data:
            ident, labels = str(data.get("id", "")), mapping(data.get("labels"))
            seen = _seen(data, labels.get(SERVICE_LABEL, ""), found.get(f"log_{ident}", ""))
            yield ident, seen, labels.get(ONEOFF_LABEL, "False") != "True"


def _seen(data: Mapping[str, Any], service: str, log: str) -> Seen:
    health = mapping(data.get("health"))
    looks = items(health.get("Log"))
    return Seen(
        service=str(service),
        state=str(data.get("state", "")),
        exit_code=integer(data.get("exit_code")),
        oom=bool(data.get("oom")),
        restarts=integer(data.get("restarts")),
        error=str(data.get("error") or ""),
        health=str(health.get("Status") or ""),
        health_output=str(mapping(looks[-1]).get("Output") or "").strip() if looks else "",
        log=log.strip(),
    )


def _rooms(values: Mapping[str, str]) -> Iterator[Room]:
    """``df -P`` lines: device, all, used, free, percent, mount."""
    paths = set()
    for name in ("docker", "folder"):
        blocks, inodes = values.get(f"{name}_kb", "").split(), values.get(f"{name}_inodes", "").split()
        if len(blocks) < 6:
            continue
        size, free, path = whole(blocks[1], -1) * 1024, whole(blocks[3], -1) * 1024, blocks[5]
        if size < 0 or free < 0 or path in paths:
            continue
        paths.add(path)
        numbers = [whole(word) for word in inodes[1:4:2]]
        yield Room(path, size, free, *(numbers if len(numbers) == 2 else ()))


def _memory(body: str) -> Memory | None:
    rows = (line.partition(":") for line in body.splitlines())
    values = {key: value.strip().removesuffix(" kB").strip() for key, _, value in rows}
    names = ("MemTotal", "MemAvailable", "SwapTotal", "SwapFree")
    if not all(name in values for name in names):
        return None
    return Memory(*(number(values, name) * 1024 for name in names))


def _kernel(body: str, ids: Mapping[str, Seen]) -> Iterator[str]:
    """Those of the last minutes; none of a control group that is not ours."""
    uptime = decimal(pairs(body).get("uptime", ""))
    for line in body.splitlines():
        at = _KERNEL_TIME.match(line)
        if not at or not uptime or uptime - whole(at[1]) > RECENT:
            continue
        ours = any(name and name in line for name in ids)
        if ours or "constraint=CONSTRAINT_NONE" in line or "] Out of memory: Kill" in line:
            yield line
