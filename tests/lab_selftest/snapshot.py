"""What a lab could leave behind on a machine, as text lines that can be compared."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from tests.lab.procs import run

FILES = (
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/ssl/certs/ca-certificates.crt",
    "/usr/sbin/policy-rc.d",
    "/proc/sys/net/ipv4/ip_forward",
)


def machine() -> dict[str, set[str]]:
    """Links, routes, packet filter, mounts, control groups, files and daemons of this machine.

    Other labs and engines may start and stop things meanwhile: compare with :func:`left_behind`.
    """
    links = {link["ifname"] for link in json.loads(run(["ip", "-j", "link"]).stdout)}
    rules = {line for line in run(["iptables-save"]).stdout.splitlines() if not line.startswith(("#", ":"))}
    mounts = {" ".join(line.split()[4:5]) for line in Path("/proc/self/mountinfo").read_text().splitlines()}
    groups = {str(path) for path in Path("/sys/fs/cgroup").glob("*/*") if path.is_dir()}
    groups |= {":".join(line.split(":")[:2]) for line in Path("/proc/self/cgroup").read_text().splitlines()}
    files = {f"{name} {_digest(Path(name))}" for name in FILES}
    runs = {str(path) for folder in ("/run", "/var/tmp", "/tmp") for path in Path(folder).iterdir()}
    return {
        "links": links,
        "routes": set(run(["ip", "route"]).stdout.splitlines()),
        "rules": rules,
        "mounts": mounts,
        "control groups": groups,
        "files": files,
        "folders": runs,
        "processes": _daemons(),
    }


def left_behind(before: dict[str, set[str]], after: dict[str, set[str]], ours: str) -> dict[str, set[str]]:
    """What is new and speaks of *ours* (a regular expression), and every file that changed."""
    new = {
        kind: {line for line in after[kind] - before[kind] if kind == "files" or re.search(ours, line)}
        for kind in after
    }
    return {kind: lines for kind, lines in new.items() if lines}


def _daemons() -> set[str]:
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found.add((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip())
        except OSError:
            continue
    return found


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "none"
