"""Facts about the package manager: which, whether it is busy and with what, what is installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True)
class Process:
    """A running process. *command* is its command line (shortened), "" where it cannot be read."""

    pid: int
    name: str
    command: str = ""


@dataclass(frozen=True)
class PackageLock:
    """A lock of the package manager that a process holds: *path*, and who (*holder* None: held, but
    by whom is not shown to this user)."""

    path: str
    holder: Process | None = None


class CloudInit(StrEnum):
    """How far cloud-init is, by its files in /run/cloud-init (cloud-init's "boot status" documentation)."""

    UNKNOWN = ""
    ABSENT = "absent"
    DISABLED = "disabled"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True)
class Packages:
    """*manager*: apt, dnf, yum, zypper, apk, pacman, or "" where none was found.

    *locks*: held right now. *busy*: processes of package managers and of automatic updates that run (they may
    hold no lock at this moment). *interrupted*: a package was left half installed (``dpkg --configure -a`` is
    due), None where not known. *half_installed*: packages in such a state. *installed*: versions by name, of
    Docker's and related packages only; None where the list could not be read.
    """

    manager: str = ""
    locks: tuple[PackageLock, ...] = ()
    busy: tuple[Process, ...] = ()
    interrupted: bool | None = None
    half_installed: int = -1
    cloud_init: CloudInit = CloudInit.UNKNOWN
    installed: Mapping[str, str] | None = None

    def version(self, name: str) -> str:
        """Of an installed package, "" if it is not (or not known to be)."""
        return (self.installed or {}).get(name, "")

    @property
    def upgrading(self) -> tuple[Process, ...]:
        """Those of *busy* that belong to automatic updates."""
        names = ("unattended-upgr", "apt.systemd.dai", "dnf-automatic", "packagekitd")
        return tuple(p for p in self.busy if p.name.startswith(names) or "unattended-upgrade" in p.command)


@dataclass(frozen=True)
class Unit:
    """A systemd unit, words of ``systemctl show``: *load* (loaded, not-found, masked), *active* (active,
    inactive, failed, activating), *sub*, *enabled* (UnitFileState), *result*."""

    name: str
    load: str = ""
    active: str = ""
    sub: str = ""
    enabled: str = ""
    result: str = ""


#: The units that a start of Docker's Engine needs; if one of them is masked, it fails.
DOCKER_UNITS = ("docker.service", "docker.socket", "containerd.service")


@dataclass(frozen=True)
class Services:
    """Units by name (``docker.service``, ``docker.socket``, ``containerd.service``, ``ufw.service``,
    ``firewalld.service``, ``nftables.service``, ``snap.docker.dockerd.service`` …); empty without systemd.
    *journal*: last lines of Docker's journal, read only if the Engine did not answer and the user may read
    it."""

    units: Mapping[str, Unit] = field(default_factory=dict)
    journal: tuple[str, ...] = ()

    def active(self, name: str) -> bool | None:
        """Whether the unit runs; None where not known."""
        unit = self.units.get(name)
        return None if unit is None or not unit.active else unit.active == "active"

    def masked(self, *names: str) -> tuple[str, ...]:
        """Those of *names* that ``systemctl mask`` (also ``--runtime``) keeps from being started."""
        units = (self.units.get(name) for name in names)
        return tuple(u.name for u in units if u and (u.load == "masked" or u.enabled.startswith("masked")))
