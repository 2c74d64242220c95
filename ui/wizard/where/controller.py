"""Where: the Docker of this computer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from installer.views.wizard import LocalDocker
from ui import intents as i

if TYPE_CHECKING:
    from ui.wizard.controller import Flow


class LocalDockerController:
    """Only the newest query counts."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._number = 0

    def look(self) -> None:
        """Query its version."""
        self._number += 1
        mine = self._number
        job = self._flow.jobs.look(self._flow.session.local_docker(self._flow.state.answers))
        job.done.connect(lambda version: self._found(mine, LocalDocker(version)))
        job.failed.connect(lambda error: self._found(mine, LocalDocker("", error)))

    def _found(self, mine: int, found: LocalDocker) -> None:
        if mine == self._number:
            self._flow.set(replace(self._flow.state, local=found))

    def on_check(self, _: i.CheckDocker) -> None:
        self._flow.set(replace(self._flow.state, local=None))
        self.look()
