"""Docker on a person's own computer: what Docker Desktop needs around it."""

from __future__ import annotations

from collections.abc import Iterator

from installer.checking.machine import answers_now
from installer.checking.problem import Problem, problem
from installer.checking.thresholds import GIB, threshold
from installer.errors import Code
from installer.facts.desktop import Desktop
from installer.facts.model import Facts


def judge_desktop(facts: Facts) -> Iterator[Problem]:
    """Nothing on a server. Where an Engine answers, only how much it may use is of interest."""
    desktop = facts.desktop
    if desktop is None:
        return
    if not answers_now(facts):
        yield from _judge_ground(desktop, facts.login.user or facts.system.user)
        return
    enough = threshold("desktop_memory", "enough") * GIB
    if desktop.system != "Linux" and 0 < desktop.memory < enough:
        need = str(threshold("desktop_memory", "asked"))
        yield problem(Code.DESKTOP_MEMORY, {"have": f"{desktop.memory / GIB:.1f}", "need": need})


def _judge_ground(desktop: Desktop, user: str) -> Iterator[Problem]:
    """What keeps it from starting, the deepest cause first."""
    if desktop.virtualization is False or desktop.wsl.problem == "virtualization":
        yield problem(Code.DESKTOP_VIRTUALIZATION)
    elif desktop.system == "Windows" and (desktop.wsl.installed is False or desktop.wsl.problem):
        yield problem(Code.DESKTOP_WSL)
    if desktop.in_docker_users is False:
        yield problem(Code.DESKTOP_GROUP, {"user": user})
