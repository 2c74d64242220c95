"""The package manager: who is at it, and whether it was interrupted."""

from __future__ import annotations

from collections.abc import Iterator

from installer.core.errors import Code
from installer.core.finding import Finding, finding
from installer.facts.model import CloudInit, Facts


def judge_packages(facts: Facts) -> Iterator[Finding]:
    """Only what really holds a lock counts: some updaters run all the time and wait."""
    packages = facts.packages
    if packages.locks:
        held = next((lock.holder for lock in packages.locks if lock.holder), None)
        holder = f"{held.name} (pid {held.pid})" if held else ""
        yield finding(Code.PACKAGES_BUSY, {"reason": "lock", "holder": holder})
    elif packages.cloud_init is CloudInit.RUNNING:
        yield finding(Code.PACKAGES_BUSY, {"reason": "cloud_init", "holder": ""})
    elif packages.interrupted and packages.manager == "apt":
        yield finding(Code.PACKAGES_INTERRUPTED, {"command": "sudo dpkg --configure -a"})
