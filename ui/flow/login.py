"""Docker on this computer, the login, and the host key."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

from installer.errors import Code, InstallError
from installer.settings import Answers
from installer.wizard import LocalDocker, PageId, edit
from ui import intents as i
from ui.flow.core import FlowCore


class LoginFlow(FlowCore):
    """From an address to an open connection."""

    def _look_for_docker(self) -> None:
        self._docker_round += 1
        mine = self._docker_round
        job = self.jobs.look(self.session.local_docker(self.state.answers))
        job.done.connect(lambda version: self._docker_found(mine, LocalDocker(version)))
        job.failed.connect(lambda error: self._docker_found(mine, LocalDocker("", error)))

    def _docker_found(self, mine: int, found: LocalDocker) -> None:
        if mine == self._docker_round:
            self.set(replace(self.state, local=found))

    def _on_checkdocker(self, intent: i.CheckDocker) -> None:
        self.set(replace(self.state, local=None))
        self._look_for_docker()

    def _connect(self) -> None:
        page = self.state.page
        if self.state.connected and self.session.host is not None:
            self._connected(None)
            return
        work = self.session.connect(*self._answers())
        self._run("connect", page, self.jobs.look(work), self._connected, _hang_up)

    def _connected(self, connected: Any) -> None:
        if connected is not None:
            self.session.adopt(connected)
        state = replace(self.state, connected=True, rights=self.session.rights)
        if state.intent == "open":
            self.set(state)
            self.panel.emit()
            return
        if state.resuming:
            self.set(state)
            self._install()
            return
        self.set(replace(state, page=PageId.CHECKS))
        if state.facts is None or state.situation is None:
            self._look()

    def _on_acceptkey(self, intent: i.AcceptKey) -> None:
        error = self.state.failed_on(self.state.page)
        if error is None or not may_accept(error, reinstalled=intent.reinstalled):
            return
        answers, params = self.state.answers, error.params
        target = answers.target
        if (params["host"], params["port"]) == (target.host, str(target.port)):
            # the key that was pinned gives way to the one just accepted (not for another host's, on the way)
            answers = replace(answers, target=replace(target, host_key=""))
        job = self.jobs.look(self.session.accept_key(self.state.answers, error))
        self._run("connect", self.state.page, job, lambda _: self._accepted(answers))

    def _accepted(self, answers: Answers) -> None:
        self.set(edit(self.state, answers=answers))
        self._connect()

    def _on_rejectkey(self, intent: i.RejectKey) -> None:
        self.set(replace(self.state, failure=None))


def _hang_up(connected: Any) -> None:
    """A connection that nobody wants any more. Closing may wait for the line."""
    threading.Thread(target=connected.host.close, name="close", daemon=True).start()


def may_accept(error: InstallError, *, reinstalled: bool) -> bool:
    """Whether the host key that *error* shows may be kept: a new one after the comparison, a changed one only
    when the person said why, a revoked one never."""
    if "key" not in error.params:
        return False
    if error.code is Code.SSH_HOST_KEY_CHANGED:
        return reinstalled and error.params.get("expected") != "@revoked"
    return error.code is Code.SSH_HOST_KEY_UNKNOWN
