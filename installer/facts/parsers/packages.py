"""Pure parsers of what the probe says about packages, processes and units."""

from __future__ import annotations

import re
from collections.abc import Mapping

from installer.facts.lines import lists, number, pairs
from installer.facts.packages import CloudInit, PackageLock, Packages, Process, Services, Unit
from installer.untrusted.values import whole

_MANAGERS = {"apt-get": "apt"}
_PACKAGING = re.compile(
    r"^(apt|apt-get|aptitude|aptd|apt\.systemd\.dai|dpkg.*|unattended-upgr.*|packagekitd|dnf.*|yum|microdnf"
    r"|zypper|rpm|apk|pacman|needrestart)$"
)
#: PackageKit waits most of its life; the shutdown helper of unattended-upgrades always does.
_IDLE = re.compile(r"packagekitd|unattended-upgrade-shutdown")
_APK = re.compile(r"^(?P<name>[a-z][a-z0-9.+_-]*?)-(?P<version>\d[^-]*-r\d+)$")


def processes(body: str) -> tuple[Process, ...]:
    """The ``processes`` section."""
    found: list[Process] = []
    for line in body.split("\n"):
        fields = line.split("\t")
        if len(fields) == 3 and (pid := whole(fields[0], -1)) >= 0:
            found.append(Process(pid, fields[1], fields[2].strip()))
    return tuple(found)


def _locks(texts: list[str]) -> tuple[PackageLock, ...]:
    found: list[PackageLock] = []
    for text in texts:
        path, _, rest = text.partition("\t")
        pid, name, command, *_ = [*rest.split("\t"), "", "", ""]
        number = whole(pid)
        found.append(PackageLock(path, Process(number, name, command.strip()) if number else None))
    return tuple(found)


def _cloud_init(marks: list[str]) -> CloudInit:
    if "disabled" in marks:
        return CloudInit.DISABLED
    if "result.json" in marks:
        return CloudInit.DONE
    if "status.json" in marks:
        return CloudInit.RUNNING
    if "boot-finished" in marks:
        return CloudInit.DONE
    # "program": installed, but it did not start (yet), e.g. because no data source was found
    return CloudInit.UNKNOWN if marks else CloudInit.ABSENT


def _installed(many: Mapping[str, list[str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in many.get("package", ()):
        name, version, status, *_ = [*text.split(" "), "", ""]
        if version and status in ("installed", ""):
            found[name] = version
    for text in many.get("apk", ()):
        if m := _APK.match(text):
            found[m["name"]] = m["version"]
    return found


def packages(body: str, running: tuple[Process, ...]) -> Packages:
    """The ``packages`` section; *running*: the processes."""
    many, v = lists(body), pairs(body)
    installed = _installed(many)
    broken = number(v, "dpkg_updates", -1)
    half = number(v, "dpkg_half", -1)
    busy = tuple(p for p in running if _PACKAGING.match(p.name) and not _IDLE.search(f"{p.name} {p.command}"))
    manager = v.get("manager", "")
    return Packages(
        manager=_MANAGERS.get(manager, manager),
        locks=_locks(many.get("lock", [])),
        busy=busy,
        interrupted=None if broken < 0 else broken > 0,
        half_installed=half,
        cloud_init=_cloud_init(many.get("cloud_init", [])) if body.strip() else CloudInit.UNKNOWN,
        installed=installed if v.get("listed") == "yes" or installed else None,
    )


def services(units: str, journal: str) -> Services:
    """The ``units`` section: blocks of ``systemctl show``; and Docker's journal."""
    found: dict[str, Unit] = {}
    for block in re.split(r"\n\s*\n", units):
        v = pairs(block)
        if name := v.get("Id", ""):
            found[name] = Unit(
                name,
                v.get("LoadState", ""),
                v.get("ActiveState", ""),
                v.get("SubState", ""),
                v.get("UnitFileState", ""),
                v.get("Result", ""),
            )
    lines = tuple(
        line for line in journal.split("\n") if line.strip() and not line.startswith("-- No entries")
    )
    return Services(found, lines[-30:])
