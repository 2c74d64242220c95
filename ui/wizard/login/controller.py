"""The login, and the host key."""

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

if TYPE_CHECKING:
    from installer.hosts.dialogue import Question
    from ui.wizard.controller import Flow


class LoginController:
    """From an address to an open connection."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._asking: Asking | None = None

    def arrived(self) -> None:
        """What the page offers beside its fields."""
        job = self._flow.jobs.glance(self._flow.session.configured_hosts())
        job.done.connect(lambda found: self.set(configured=found))

    def set(self, **changes: Any) -> None:
        """Change ``WizardState.login``."""
        state = self._flow.state
        self._flow.set(replace(state, login=replace(state.login, **changes)))

    def connect(self) -> None:
        """Connect, as far as it can be done with what was given."""
        failed = self._flow.state.failed_on(PageId.LOGIN)
        if failed is not None and failed.code is Code.SUDO_NOT_ALLOWED:
            # rights that were given count after a new login
            self._flow.set(replace(self._flow.state, rights=""))
        state = self._flow.state
        needs_login = state.answers.target.host_kind.needs_login
        if state.connected and self._flow.session.host is not None:
            self._connected(None)
        elif needs_login and state.login.door is None:
            self._knock()
        elif needs_login and missing(state, PageId.LOGIN):
            self._flow.login_keychain.ask()  # nothing to log in with yet: the page asks for it
        else:
            self.log_in()

    def _knock(self) -> None:
        """Ask the server how it lets this user in, so that only what can work is asked for."""
        answers, _ = self._flow.answers()
        if answers.target.jump:
            self._door_found(unseen_door(answers.target))
            return
        work = self._flow.session.look_at_door(answers)
        self._flow.page_job.run("door", self._flow.state.page, self._flow.jobs.look(work), self._door_found)

    def _door_found(self, door: Any) -> None:
        self._flow.set(with_door(self._flow.state, door, agent=agent_there()))
        if missing(self._flow.state):
            self._flow.login_keychain.ask()
        else:  # everything was given before: there is nothing to stop for
            self.log_in()

    def log_in(self) -> None:
        """Log in with what was given; the server's questions are put to the person."""
        given = self._flow.answers()
        self._asking = asking = Asking()

        def work(emit: Emit, cancel: CancelToken, put: Put) -> Any:
            return self._flow.session.connect(*given, asking.through(put, cancel), put)(emit, cancel)

        job = self._flow.jobs.stream(work)
        mine = self._flow.page_job.run("connect", self._flow.state.page, job, self._connected, stale=_hang_up)
        target = given[0].target
        job.items.connect(lambda items: self._dialogue_items(mine, target, items))
        job.failed.connect(lambda error: self._flow.login_keychain.login_failed(mine, error))
        job.over.connect(asking.close)

    def _dialogue_items(self, mine: int, target: Target, items: tuple[Question | Secret, ...]) -> None:
        """A question, or the password that has taken an expired one's place: *target* has it by now, also
        if the login fails afterwards. Another server that was named meanwhile does not get it."""
        for item in items:
            if isinstance(item, Secret):
                if account(self._flow.state.answers.target) == account(target):
                    self._flow.set(with_password(self._flow.state, item))
            elif self._flow.page_job.is_current(mine) and self._flow.state.work.busy is not None:
                self._flow.page_job.set(question=item)

    def on_answer_question(self, intent: i.AnswerQuestion) -> None:
        if intent.question is self._flow.state.work.question and self._asking is not None:
            self._asking.answer(intent.answers)
            self._flow.page_job.set(question=None)

    def _connected(self, connected: Any) -> None:
        if connected is not None:
            self._flow.session.adopt(connected)
            self._flow.set(replace(self._flow.state, rights=self._flow.session.rights))
            if connected.rights == "none":
                self._lacks_rights(connected.admin_command)
                return
        keeping = self._flow.state.keeping
        if self._flow.state.answers.target.host_kind.needs_login and (keeping.wanted or keeping.kept):
            self._flow.login_keychain.keep(wanted=keeping.wanted)
        else:
            self.proceed()

    def _lacks_rights(self, command: str) -> None:
        """The connection stays: with the user's own Docker the checks may find a way."""
        target = self._flow.state.answers.target
        params = {"host": target.host, "user": target.user, "owner": target.user, "command": command}
        failure = Failure(self._flow.state.page, InstallError(Code.SUDO_NOT_ALLOWED, params))
        self._flow.page_job.set(failure=failure)

    def proceed(self) -> None:
        """With the connection, to what it was made for."""
        state = replace(self._flow.state, rights=self._flow.session.rights)
        self._note_login()
        if state.intent == "open":
            self._flow.set(state)
            self._flow.panel.emit()
            return
        if state.install.resuming:
            self._flow.set(state)
            self._flow.install.install()
            return
        self._flow.set(replace(state, page=PageId.CHECKS))
        if state.checks.facts is None or state.checks.situation is None:
            self._flow.checks.look()

    def _note_login(self) -> None:
        """The list of known servers offers the way that worked last."""
        target = effective(self._flow.state).target
        known = next((s for s in self._flow.servers.all() if place(s.target) == place(target)), None)
        if known is None or not target.host_kind.needs_login:
            return
        with suppress(InstallError):  # a list that cannot be written is no reason to stop
            self._flow.servers.remember(
                replace(known, target=target, login=self._flow.state.login.method, seen_at=time.time())
            )

    def on_accept_host_key(self, intent: i.AcceptHostKey) -> None:
        error = self._flow.state.failed_on(self._flow.state.page)
        if error is None or not may_accept(error, reinstalled=intent.reinstalled):
            return
        answers, params = self._flow.state.answers, error.params
        target = answers.target
        if (params["host"], params["port"]) == (target.host, str(target.port)):
            # the key that was pinned gives way to the one just accepted (not for another host's, on the way)
            answers = replace(answers, target=replace(target, host_key=""))
        job = self._flow.jobs.look(self._flow.session.accept_key(self._flow.state.answers, error))
        self._flow.page_job.run("connect", self._flow.state.page, job, lambda _: self._accepted(answers))

    def _accepted(self, answers: Answers) -> None:
        self._flow.set(edit(self._flow.state, answers=answers))
        self.connect()

    def on_reject_host_key(self, intent: i.RejectHostKey) -> None:
        self._flow.page_job.set(failure=None)


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
