"""The repairs' ids. No imports: answers are checked against them before anything else is loaded."""

from __future__ import annotations

#: In the order in which chosen ones are carried out.
IDS = (
    "directory.protect",
    "packages.wait",
    "docker.install",
    "compose.update",
    "daemon.repair",
    "daemon.mirror",
    "daemon.proxy",
    "selinux.labels",
    "kernel.settings",
    "docker.unmask",
    "docker.start",
    "docker.restart",
    "docker.group",
    "swap.add",
)
