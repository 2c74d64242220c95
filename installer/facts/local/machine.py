"""The machine itself and who listens, by Python and psutil."""

from __future__ import annotations

import getpass
import os
import platform
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from installer.facts.local.files import nearest
from installer.facts.machine import Disk
from installer.facts.model import System
from installer.facts.network import Listener
from installer.hosts.local.programs import finish

_NETSTAT_SECONDS = 10.0


def system() -> System:
    """``Facts.system``. The system's family stays empty: it says which packages of a Linux would fit."""
    memory = psutil.virtual_memory()
    return System(
        user=user(),
        uid=-1,
        os_name=os_name(),
        kernel=f"{platform.system()} {platform.release()}",
        arch=platform.machine().lower(),
        hostname=platform.node(),
        cpus=psutil.cpu_count() or 0,
        memory=memory.total,
        memory_available=memory.available,
        swap=_swap(),
    )


def _swap() -> int:
    """0 where Windows' performance counters are switched off: psutil then raises (psutil issue 2105)."""
    try:
        return int(psutil.swap_memory().total)
    except (RuntimeError, OSError):
        return 0


def os_name() -> str:
    """``macOS 15.1``, ``Windows 11``."""
    if platform.system() == "Darwin":
        return f"macOS {platform.mac_ver()[0]}".strip()
    return f"{platform.system()} {platform.release()}"


def user() -> str:
    """The user's name, empty if not known."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def login_lines() -> str:
    """The ``login`` section. What the session's variables choose is meant: Docker's client follows them."""
    return f"user={user()}\nhome={Path.home()}\nasked=yes"


def disk_of(directory: str) -> Disk:
    """The file system that *directory* is or would be on. The type is in small letters, as Linux has it."""
    near = nearest(Path(directory))
    try:
        usage = psutil.disk_usage(str(near))
        # on Windows only the computer's own disks: others may wait for a server that is gone
        everything = platform.system() != "Windows"
        mounts = [(part.mountpoint, part) for part in psutil.disk_partitions(all=everything)]
        fitting = [(len(at), part) for at, part in mounts if _inside(near, at)]
    except OSError:
        return Disk(path=directory, nearest=str(near))
    part = max(fitting, key=lambda found: found[0])[1] if fitting else None
    return Disk(
        path=directory,
        nearest=str(near),
        device=part.device if part else "",
        mount=part.mountpoint if part else "",
        fs=part.fstype.lower() if part else "",
        size=usage.total,
        free=usage.free,
    )


def _inside(folder: Path, mount: str) -> bool:
    try:
        return folder.resolve().is_relative_to(mount)
    except (OSError, ValueError):
        return False


# ----------------------------------------------------------------------------- ports


def listening() -> tuple[Listener, ...]:
    """Who listens on TCP. macOS names the owner of the user's own sockets only, and shows all sockets to
    netstat alone."""
    try:
        found = [_of_socket(one.laddr, one.pid) for one in _sockets(psutil)]
    except psutil.AccessDenied:
        found = [*_own(), *bsd_listeners(_netstat())]
    return _once(found)


def _sockets(where: Any) -> Iterable[Any]:
    return [
        one for one in where.net_connections(kind="tcp") if one.status == psutil.CONN_LISTEN and one.laddr
    ]


def _of_socket(address: Any, pid: int | None) -> Listener:
    name = ""
    with suppress(psutil.Error):
        name = psutil.Process(pid).name() if pid else ""
    return Listener(address.ip, address.port, name, pid or 0)


def _own() -> Iterable[Listener]:
    """Sockets of the programs that this user may look at."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            yield from (_of_socket(one.laddr, process.pid) for one in _sockets(process))


def _netstat() -> str:
    with suppress(OSError, subprocess.TimeoutExpired):
        done: subprocess.CompletedProcess[bytes] = finish(
            ["/usr/sbin/netstat", "-an", "-p", "tcp"],
            capture_output=True,
            timeout=_NETSTAT_SECONDS,
            env={**os.environ, "LC_ALL": "C"},
        )
        return done.stdout.decode("utf-8", "replace")
    return ""


def bsd_listeners(text: str) -> tuple[Listener, ...]:
    """netstat(1) of macOS: protocol, two queues, local address (``*.80``, ``127.0.0.1.631``, ``::1.631``),
    foreign address, state."""
    found = []
    for fields in map(str.split, text.splitlines()):
        if len(fields) < 6 or not fields[0].startswith("tcp") or fields[5] != "LISTEN":
            continue
        address, _, port = fields[3].rpartition(".")
        if port.isdigit():
            everywhere = "0.0.0.0" if fields[0] == "tcp4" else "::"  # noqa: S104
            only = True if fields[0] == "tcp6" else None
            found.append(
                Listener(everywhere if address == "*" else address.partition("%")[0], int(port), v6_only=only)
            )
    return tuple(found)


def _once(found: Iterable[Listener]) -> tuple[Listener, ...]:
    """Each address and port once; who is known by name wins over who is not."""
    known: dict[tuple[str, int], Listener] = {}
    for one in found:
        there = known.get((one.address, one.port))
        if there is None or (one.process and not there.process):
            known[one.address, one.port] = one
    return tuple(known.values())
