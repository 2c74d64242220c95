"""Control groups: what a systemd inside a container needs on a machine with version 1 only, and tidying up.

With version 1, hierarchies that the machine has not mounted (perf_event, hugetlb, …) appear in
/proc/self/cgroup as soon as a systemd in a container mounts them; the statistics of the outer engine
then read 0 unless they are mounted for it too. They are mounted in the daemon's own mount name space, on
a tmpfs of its own: nothing of it is visible outside.
"""

from __future__ import annotations

import os
from pathlib import Path

from .procs import run

ROOT = Path("/sys/fs/cgroup")
WANTED = ("perf_event", "hugetlb", "net_cls,net_prio")


def is_v1() -> bool:
    return not (ROOT / "cgroup.controllers").exists()


def v1_mounts() -> list[tuple[str, str, str]]:
    """(file system, folder name, options) of every hierarchy that the machine has mounted."""
    found: list[tuple[str, str, str]] = []
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, folder, kind, options, *_ = line.split()
        if kind in ("cgroup", "cgroup2") and Path(folder).parent == ROOT:
            plain = [
                o
                for o in options.split(",")
                if o not in ("rw", "ro", "relatime", "nosuid", "nodev", "noexec")
            ]
            if kind == "cgroup2":
                plain = [o for o in plain if o == "nsdelegate"]
            found.append((kind, Path(folder).name, ",".join(plain)))
    return found


def missing() -> list[str]:
    """Hierarchies of version 1 that the kernel knows and the machine has not mounted."""
    have = {name for _, _, options in v1_mounts() for name in options.split(",")}
    known = {line.split()[0] for line in Path("/proc/cgroups").read_text().splitlines()[1:]}
    sets = [(wanted, set(wanted.split(","))) for wanted in WANTED]
    return [wanted for wanted, names in sets if not have & names and names <= known]


def mount_script() -> str:
    """Shell text for the daemon's mount name space; empty where version 2 is used."""
    if not is_v1():
        return ""
    lines = [
        "for m in $(awk '$2 ~ \"^/sys/fs/cgroup/\" {print $2}' /proc/self/mounts); do umount -l $m; done"
    ]
    lines += ["umount -l /sys/fs/cgroup", "mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup"]
    for kind, folder, options in v1_mounts() + [("cgroup", name, name) for name in missing()]:
        flag = f"-o {options} " if options else ""
        lines.append(f"mkdir {ROOT / folder} && mount -t {kind} {flag}{kind} {ROOT / folder}")
    return "\n".join(lines) + "\n"


def remove(name: str) -> bool:
    """Remove the control groups called *name*, leaves first; they are empty once their processes are gone.

    Hierarchies that only the daemon's mount name space had are mounted once more for it. They end with their
    last group: then /proc/self/cgroup is as it was before.
    """
    clean = False not in [_remove_tree(top) for top in (ROOT / name, *ROOT.glob(f"*/{name}"))]
    for controllers in missing() if is_v1() else []:
        if f":{controllers}:" in Path("/proc/self/cgroup").read_text():
            run(["unshare", "--mount", "--propagation", "private", "sh", "-c", _removal(name, controllers)])
    return clean


def _remove_tree(top: Path) -> bool:
    clean = True
    for folder, _, _ in os.walk(top, topdown=False):
        try:
            Path(folder).rmdir()
        except OSError:
            clean = False
    return clean


def _removal(name: str, controllers: str) -> str:
    return (
        f"mount -t tmpfs tmpfs {ROOT} && mkdir {ROOT}/x && mount -t cgroup -o {controllers} cgroup {ROOT}/x"
        f" && find {ROOT}/x -depth -type d -path '{ROOT}/x/{name}*' -exec rmdir {{}} + ; umount {ROOT}/x"
    )
