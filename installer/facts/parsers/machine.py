"""Pure parsers of what the probe says about the machine."""

from __future__ import annotations

import re
from collections.abc import Mapping

from installer.facts.lines import flag, lists, number, pairs
from installer.facts.machine import Cgroups, Clock, Cpu, Disk, Kernel, Machine, Virtualization
from installer.untrusted.values import timestamp, whole

#: ``memory.limit_in_bytes`` without a limit is the biggest multiple of a page (cgroup-v1/memory.txt).
_NO_LIMIT = 1 << 60
_DF = re.compile(
    # the device ends before a blank, so that a run of blanks is tried once, not from each of its characters
    r"^(?P<device>(?:.*?[^ ])?) +(?P<size>\d+|-) +(?P<used>-?\d+|-) +(?P<free>-?\d+|-) +(?P<part>-?\d+%|-)"
    r" +(?P<mount>/.*)$"
)
_SERVICES = {
    "chronyd": "chrony",
    "ntpd": "ntpd",
    "systemd-timesyn": "systemd-timesyncd",
    "openntpd": "openntpd",
}


def _wsl(v: Mapping[str, str]) -> int:
    # "Microsoft" in /proc/version is WSL 1, "microsoft-standard" WSL 2 (microsoft/WSL#423)
    version = v.get("proc_version", "")
    if not version:
        return -1
    if "microsoft" not in version.lower():
        return 0
    return 2 if "microsoft-standard" in version.lower() or "WSL2" in version else 1


def virtualization(system: Mapping[str, str], detected: Mapping[str, str]) -> Virtualization:
    """By ``systemd-detect-virt``, else by the files that it looks at itself."""
    wsl = _wsl(system)
    container = detected.get("container", "") or _container_marks(system)
    if wsl in (1, 2) and container in ("", "none"):
        container = "wsl"
    return Virtualization(
        vm=detected.get("vm", ""),
        container=container,
        wsl=wsl,
        vendor=system.get("dmi_sys_vendor", ""),
        product=system.get("dmi_product_name", ""),
    )


def _container_marks(v: Mapping[str, str]) -> str:
    if v.get("mark_vz") == "yes":
        return "openvz"
    named = v.get("mark_environ", "") or v.get("mark_container", "")
    if named:
        return named
    if v.get("mark_docker") == "yes":
        return "docker"
    return "podman" if v.get("mark_podman") == "yes" else ""


def kernel(body: str, v: Mapping[str, str]) -> Kernel:
    """Modules, ``/proc/sys``, and whether a reboot is due."""
    many = lists(body)
    release, trees = v.get("release", ""), tuple(many.get("modules", ()))
    present = (release in trees) if trees else None
    noted = v.get("reboot_noted") == "yes"
    known = many.get("module_there", []) + many.get("module_loaded", [])

    def available(name: str) -> bool | None:
        if name in known:
            return True
        return False if v.get("modules_read") == "yes" else None

    settings = (text.partition(":") for text in many.get("sysctl", ()))
    return Kernel(
        release=release,
        modules=present,
        newer=tuple(tree for tree in trees if tree != release),
        veth=available("veth"),
        nf_tables=available("nf_tables"),
        overlay=available("overlay"),
        reboot_required=True if noted or present is False else (False if present else None),
        page_size=number(v, "page_size", -1),
        settings=tuple((path.replace("/", "."), value.strip()) for path, _, value in settings),
    )


def cgroups(body: str, v: Mapping[str, str]) -> Cgroups:
    """Version and controllers by the mounts."""
    many = lists(body)
    mounts = [(*text.split(" "), "", "")[:3] for text in many.get("cgroup_mount", ())]
    first = {option for kind, _, options in mounts if kind == "cgroup" for option in options.split(",")}
    unified = any(kind == "cgroup2" for kind, _, _ in mounts)
    if first:
        version = 1
    elif unified:
        version = 2
    else:
        version = 0 if v.get("mounts_read") == "yes" else -1
    general = {"rw", "ro", "nosuid", "nodev", "noexec", "relatime", "xattr", "clone_children", "noatime"}
    controllers = frozenset(x for x in first - general if not x.startswith(("name=", "release_agent=")))
    limits = [n for x in many.get("memory_limit", ()) if 0 <= (n := whole(x, -1)) < _NO_LIMIT]
    return Cgroups(
        version=version,
        controllers=controllers or frozenset(v.get("cgroup_controllers", "").split()),
        memory_limit=min(limits, default=-1),
    )


def disk(v: Mapping[str, str], name: str) -> Disk:
    """``df -P``'s lines and the mount's."""
    blocks, inodes = _DF.match(v.get(f"{name}_kb", "")), _DF.match(v.get(f"{name}_inodes", ""))
    fs, _, options = v.get(f"{name}_mount", "").partition(" ")
    flags = set(options.split(","))

    def count(text: str) -> int:
        return whole(text, -1)

    total = count(inodes["size"]) if inodes else -1
    return Disk(
        path=v.get(f"{name}_path", ""),
        nearest=v.get(f"{name}_near", ""),
        device=blocks["device"] if blocks else "",
        mount=blocks["mount"] if blocks else "",
        fs=fs,
        size=count(blocks["size"]) * 1024 if blocks else -1,
        free=max(0, count(blocks["free"])) * 1024 if blocks and blocks["free"] != "-" else -1,
        inodes=total if total > 0 else -1,
        inodes_free=count(inodes["free"]) if inodes and total > 0 else -1,
        read_only="ro" in flags if fs else None,
        noexec="noexec" in flags if fs else None,
    )


def clock(body: str, now: float, names: frozenset[str]) -> Clock:
    """Whether something keeps the clock right, by its own words. *names*: processes that run."""
    v = pairs(body)
    synchronized = flag(v, "NTPSynchronized")
    if v.get("timesync_file") == "yes" or v.get("chrony") in ("Normal", "Insert second", "Delete second"):
        synchronized = True
    elif v.get("chrony"):
        synchronized = False
    service = next((_SERVICES[name] for name in sorted(names) if name in _SERVICES), "")
    return Clock(now=now, synchronized=synchronized, service=service)


def machine(s: Mapping[str, str], names: frozenset[str]) -> Machine:
    """The whole from the answer's sections."""
    body = s.get("system", "")
    v = pairs(body)
    disks = pairs(s.get("disks", ""))
    flags = frozenset(v.get("cpu_flags", "").split())
    return Machine(
        init=v.get("init", ""),
        systemd=flag(v, "systemd"),
        cpu=Cpu(v.get("cpu_model", ""), flags),
        kernel=kernel(body, v),
        virtualization=virtualization(v, pairs(s.get("virtualization", ""))),
        cgroups=cgroups(body, v),
        clock=clock(s.get("clock", ""), timestamp(v.get("now", "")), names),
        folder_disk=disk(disks, "folder"),
        docker_disk=disk(disks, "docker"),
        containerd_disk=disk(disks, "containerd"),
    )
