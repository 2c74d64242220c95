"""States of Where."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from installer.answers import Answers, Target
from installer.core.errors import Code, InstallError
from installer.views.wizard import Busy, Failure, LocalDocker, PageId, WizardState, WorkState

FOUND = LocalDocker("28.5.2")
NOT_RUNNING = InstallError(
    Code.DOCKER_NOT_RUNNING,
    detail="Cannot connect to the Docker daemon at unix:///var/run/docker.sock.",
)


def server(local: LocalDocker | None = FOUND) -> WizardState:
    """A server is chosen."""
    return WizardState(page=PageId.WHERE, local=local)


def here(local: LocalDocker | None = FOUND) -> WizardState:
    """This computer is chosen."""
    return replace(server(local), answers=Answers(target=Target(kind="local")))


def refused(error: InstallError) -> WizardState:
    """This computer is chosen and cannot be used."""
    return here(LocalDocker("", error))


STATES: Mapping[str, Callable[[], WizardState]] = {
    "first": lambda: server(None),
    "server": server,
    "server_no_docker": lambda: server(LocalDocker("", InstallError(Code.DOCKER_MISSING))),
    "local": here,
    "local_looking": lambda: here(None),
    "local_not_running": lambda: refused(NOT_RUNNING),
    "local_no_docker": lambda: refused(InstallError(Code.DOCKER_MISSING)),
    "local_no_rights": lambda: refused(InstallError(Code.DOCKER_NO_RIGHTS, detail="permission denied")),
    "local_unsupported": lambda: refused(InstallError(Code.LOCAL_UNSUPPORTED, {"system": "FreeBSD"})),
    "connecting": lambda: replace(here(), work=WorkState(busy=Busy("connect", time.time() - 3))),
    "cancelling": lambda: replace(
        here(), work=WorkState(busy=Busy("connect", time.time() - 8), cancelling=True)
    ),
    "failed": lambda: replace(here(), work=WorkState(failure=Failure(PageId.WHERE, NOT_RUNNING))),
}
