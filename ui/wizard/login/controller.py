"""Docker on this computer, the login, and the host key."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from installer.answers import Answers, Target
from installer.appdata.keychain import account
from installer.appdata.known_servers import place
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit
from installer.core.secrets import Secret
from installer.views.wizard import (
    Failure,
    LocalDocker,
    PageId,
    agent_there,
    edit,
    effective,
    missing,
    unseen_door,
    with_door,
    with_password,
)
from ui import intents as i
from ui.connection.login_questions import Asking
from ui.connection.session import Put
from ui.wizard.login.keychain import KeepFlow

if TYPE_CHECKING:
    from installer.hosts.dialogue import Question


class LoginFlow(KeepFlow):
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

    def _arrived_at_login(self) -> None:
        """What the page offers beside its fields."""
        job = self.jobs.glance(self.session.configured_hosts())
        job.done.connect(lambda found: self.set(replace(self.state, configured=found)))

    def _connect(self) -> None:
        failed = self.state.failed_on(PageId.LOGIN)
        if failed is not None and failed.code is Code.SUDO_NOT_ALLOWED:
            self.set(replace(self.state, connected=False))  # rights that were given count after a new login
        state = self.state
        if state.connected and self.session.host is not None:
            self._connected(None)
        elif state.answers.target.kind == "ssh" and state.door is None:
            self._knock()
        elif state.answers.target.kind == "ssh" and missing(state, PageId.LOGIN):
            self._ask_keychain()  # nothing to log in with yet: the page asks for it
        else:
            self._log_in()

    def _knock(self) -> None:
        """Ask the server how it lets this user in, so that only what can work is asked for."""
        answers, _ = self._answers()
        if answers.target.jump:
            self._door_found(unseen_door(answers.target))
            return
        work = self.session.look_at_door(answers)
        self._run("door", self.state.page, self.jobs.look(work), self._door_found)

    def _door_found(self, door: Any) -> None:
        self.set(with_door(self.state, door, agent=agent_there()))
        if missing(self.state):
            self._ask_keychain()
        else:  # everything was given before: there is nothing to stop for
            self._log_in()

    def _log_in(self) -> None:
        given = self._answers()
        self._asking = asking = Asking()

        def work(emit: Emit, cancel: CancelToken, put: Put) -> Any:
            return self.session.connect(*given, asking.through(put, cancel), put)(emit, cancel)

        job = self.jobs.stream(work)
        self._run("connect", self.state.page, job, self._connected, _hang_up)
        mine = self._round
        target = given[0].target
        job.items.connect(lambda items: self._dialogue_items(mine, target, items))
        job.failed.connect(lambda error: self._may_be_kept(mine, error))
        job.over.connect(asking.close)

    def _dialogue_items(self, mine: int, target: Target, items: tuple[Question | Secret, ...]) -> None:
        """A question, or the password that has taken an expired one's place: *target* has it by now, also
        if the login fails afterwards. Another server that was named meanwhile does not get it."""
        for item in items:
            if isinstance(item, Secret):
                if account(self.state.answers.target) == account(target):
                    self.set(with_password(self.state, item))
            elif self._round == mine and self.state.busy is not None:
                self.set(replace(self.state, question=item))

    def _on_answerquestion(self, intent: i.AnswerQuestion) -> None:
        if intent.question is self.state.question and self._asking is not None:
            self._asking.answer(intent.answers)
            self.set(replace(self.state, question=None))

    def _connected(self, connected: Any) -> None:
        if connected is not None:
            self.session.adopt(connected)
            self.set(replace(self.state, connected=True, rights=self.session.rights))
            if connected.rights == "none":
                self._lacks_rights(connected.admin_command)
                return
        keeping = self.state.keeping
        if self.state.answers.target.kind == "ssh" and (keeping.wanted or keeping.kept):
            self._keep(wanted=keeping.wanted)
        else:
            self._go_on()

    def _lacks_rights(self, command: str) -> None:
        """The connection stays: with the user's own Docker the checks may find a way."""
        target = self.state.answers.target
        params = {"host": target.host, "user": target.user, "owner": target.user, "command": command}
        failure = Failure(self.state.page, InstallError(Code.SUDO_NOT_ALLOWED, params))
        self.set(replace(self.state, failure=failure))

    def _go_on(self) -> None:
        state = replace(self.state, connected=True, rights=self.session.rights)
        self._note_login()
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

    def _note_login(self) -> None:
        """The list of known servers offers the way that worked last."""
        target = effective(self.state).target
        known = next((s for s in self.servers.all() if place(s.target) == place(target)), None)
        if known is None or target.kind != "ssh":
            return
        with suppress(InstallError):  # a list that cannot be written is no reason to stop
            self.servers.remember(replace(known, target=target, login=self.state.login, seen_at=time.time()))

    def _on_accepthostkey(self, intent: i.AcceptHostKey) -> None:
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

    def _on_rejecthostkey(self, intent: i.RejectHostKey) -> None:
        self.set(replace(self.state, failure=None))


def _hang_up(connected: Any) -> None:
    """Close a connection that is no longer needed. Closing may block on the network."""
    threading.Thread(target=connected.host.close, name="close", daemon=True).start()


def may_accept(error: InstallError, *, reinstalled: bool) -> bool:
    """Whether the host key that *error* shows may be kept: a new one after the comparison, a changed one only
    when the person said why, a revoked one never."""
    if "key" not in error.params:
        return False
    if error.code is Code.SSH_HOST_KEY_CHANGED:
        return reinstalled and error.params.get("expected") != "@revoked"
    return error.code is Code.SSH_HOST_KEY_UNKNOWN
