"""Facts about Docker on a person's own computer: Docker Desktop's states, WSL 2, contexts.

Filled for the local target only (``Facts.desktop`` is None elsewhere).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: Systems whose own disk is only shared into the machine that runs the containers.
SHARES_ITS_DISK = frozenset({"Darwin", "Windows"})


class DesktopState(StrEnum):
    """Docker Desktop's application, as far as it is known."""

    UNKNOWN = ""
    ABSENT = "absent"
    STOPPED = "stopped"  # installed, its Engine does not answer
    RUNNING = "running"


@dataclass(frozen=True)
class DockerContext:
    """One of ``docker context ls``. *provider*: ``desktop``, ``colima``, ``orbstack``, ``rancher``,
    ``podman``, ``engine`` (the plain socket), ``remote`` (ssh or tcp) or "" not known."""

    name: str
    endpoint: str = ""
    current: bool = False
    provider: str = ""
    error: str = ""


@dataclass(frozen=True)
class Wsl:
    """Windows Subsystem for Linux. *installed* None: not asked (not Windows). *version*: ``wsl --version``.
    *default_version*: 1 or 2, 0 not known. *distributions*: (name, running, version). *problem*:
    ``virtualization`` (not enabled in firmware), ``feature`` (Virtual Machine Platform off), ``kernel``
    (needs an update), "" none seen."""

    installed: bool | None = None
    version: str = ""
    default_version: int = 0
    distributions: tuple[tuple[str, bool, int], ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Desktop:
    """*system*: ``Linux``, ``Darwin`` or ``Windows``. *state*: Docker Desktop's. *executable*: what would
    start it. *version*: its own. *engine*: it is what answers now. *os_type*: ``linux``, or ``windows`` for
    Windows containers, "" not known. *memory*, *cpus*: of its VM (``docker info``), -1 not known.
    *virtualization*: enabled in firmware (or a hypervisor runs); None not known. *in_docker_users*: the
    Windows user is in that group, None not known or no such group. *contexts*: all of them.
    *windows_build*: e.g. 19045, 0 elsewhere."""

    system: str = ""
    state: DesktopState = DesktopState.UNKNOWN
    executable: str = ""
    version: str = ""
    engine: bool | None = None
    os_type: str = ""
    memory: int = -1
    cpus: int = -1
    virtualization: bool | None = None
    in_docker_users: bool | None = None
    contexts: tuple[DockerContext, ...] = ()
    wsl: Wsl = Wsl()
    windows_build: int = 0
    #: ranges of ports that Windows keeps from everyone (first, last)
    excluded_ports: tuple[tuple[int, int], ...] = ()
