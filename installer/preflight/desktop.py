"""Docker on a person's own computer: what Docker Desktop needs around it."""

from __future__ import annotations

from collections.abc import Iterator

from installer.answers import Answers
from installer.core.errors import Code
from installer.core.finding import Finding, finding
from installer.core.resources import table
from installer.core.thresholds import GB, gigabytes, threshold
from installer.docker.versions import older
from installer.facts.desktop import Desktop
from installer.facts.model import Facts
from installer.preflight.machine import answers_now


def judge_desktop(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Nothing on a server. Where an Engine answers, what it needs around it is there."""
    desktop = facts.desktop
    if desktop is None:
        return
    yield from _judge_folder(desktop, answers.directory)
    if desktop.system == "Darwin" and older(desktop.version, str(threshold("desktop", "least"))):
        need = str(threshold("desktop", "least"))
        yield finding(Code.DESKTOP_OLD, {"have": desktop.version, "need": need})
    if not answers_now(facts):
        yield from _judge_ground(desktop, facts.login.user or facts.system.user)
        return
    enough = threshold("desktop_memory", "enough") * GB
    if desktop.system != "Linux" and 0 < desktop.memory < enough:
        need = str(threshold("desktop_memory", "asked"))
        yield finding(Code.DESKTOP_MEMORY, {"have": gigabytes(desktop.memory), "need": need})


def _judge_folder(desktop: Desktop, directory: str) -> Iterator[Finding]:
    """Folders that macOS guards, that are copied to a cloud, or whose names Windows' tools trip over."""
    path = directory.replace("\\", "/") + "/"
    guarded = table("checks")["folders"].get(desktop.system.lower(), ())
    odd = desktop.system == "Windows" and not path.isascii()
    if odd or any(part in path for part in guarded):
        yield finding(Code.DIRECTORY_PROTECTED, {"directory": directory})


def _judge_ground(desktop: Desktop, user: str) -> Iterator[Finding]:
    """What keeps it from starting, the deepest cause first."""
    if desktop.virtualization is False or desktop.wsl.problem == "virtualization":
        yield finding(Code.DESKTOP_VIRTUALIZATION)
    elif desktop.system == "Windows" and (desktop.wsl.installed is False or desktop.wsl.problem):
        yield finding(Code.DESKTOP_WSL)
    if desktop.in_docker_users is False:
        yield finding(Code.DESKTOP_GROUP, {"user": user})
