"""Control groups: what a systemd inside a container needs on a machine with version 1 only, and tidying up.

With version 1, hierarchies that the machine has not mounted (perf_event, hugetlb, …) appear in /proc/self/cgroup
as soon as a systemd in a container mounts them; the statistics of the outer engine then read 0 unless they are
mounted for it too. They are mounted in the daemon's own mount name space, on a tmpfs of its own: nothing of it is
visible outside.
"""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
WANTED = ("perf_event", "hugetlb", "net_cls,net_prio")


def is_v1() -> bool:
    return not (ROOT / "cgroup.controllers").exists()


def v1_mounts() -> list[tuple[str, str, str]]:
    """(file system, folder name, options) of every hierarchy the machine has, and of those it lacks."""
    found: list[tuple[str, str, str]] = []
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, folder, kind, options, *_ = line.split()
        if kind in ("cgroup", "cgroup2") and Path(folder).parent == ROOT:
            plain = [o for o in options.split(",") if o not in ("rw", "ro", "relatime", "nosuid", "nodev", "noexec")]
            if kind == "cgroup2":
                plain = [o for o in plain if o == "nsdelegate"]
            found.append((kind, Path(folder).name, ",".join(plain)))
    have = {name for _, _, options in found for name in options.split(",")}
    known = {line.split()[0] for line in Path("/proc/cgroups").read_text().splitlines()[1:]}
    for wanted in WANTED:
        names = wanted.split(",")
        if not have.intersection(names) and known.issuperset(names):
            found.append(("cgroup", wanted, wanted))
    return found


def mount_script() -> str:
    """Shell text for the daemon's mount name space; empty where version 2 is used."""
    if not is_v1():
        return ""
    lines = ["for m in $(awk '$2 ~ \"^/sys/fs/cgroup/\" {print $2}' /proc/self/mounts); do umount -l $m; done"]
    lines += ["umount -l /sys/fs/cgroup", "mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup"]
    for kind, folder, options in v1_mounts():
        flag = f"-o {options} " if options else ""
        lines.append(f"mkdir {ROOT / folder} && mount -t {kind} {flag}{kind} {ROOT / folder}")
    return "\n".join(lines) + "\n"


def remove(name: str, root: Path = ROOT) -> bool:
    """Remove the control groups called *name*, leaves first; they are empty once their processes are gone."""
    clean = True
    tops = [root / name, *root.glob(f"*/{name}")]
    for top in tops:
        for folder, _, _ in os.walk(top, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                clean = False
    return clean
