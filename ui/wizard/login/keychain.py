"""What the keyring holds for a login, and what is given to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from installer.answers import Target
from installer.appdata.keychain import Kept, account
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit
from installer.views.wizard import PageId, missing, missing_proof, with_kept

if TYPE_CHECKING:
    from ui.wizard.controller import Flow

#: What a login turns out to need only while it runs.
_NEEDED = frozenset({Code.SSH_PASSPHRASE_NEEDED, Code.SUDO_PASSWORD_NEEDED})


class LoginKeychain:
    """Asked once the server's ways are known, and when a login turns out to need more."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def ask(self) -> None:
        """Not the page's own work: the keyring may ask to be unlocked, and one can type meanwhile."""
        target, keychain = self._flow.answers()[0].target, self._flow.keychain
        job = self._flow.jobs.look(lambda _emit, _cancel: (keychain.available(), keychain.get(target)))
        job.done.connect(lambda found: self.read(target, *found))
        job.failed.connect(lambda _: self.read(target, True, Kept()))

    def login_failed(self, mine: int, error: InstallError) -> None:
        """After a login that began without a look into the keyring."""
        keeping = self._flow.state.keeping
        wanted = error.code in _NEEDED or keeping.usable is None
        if self._flow.page_job.is_current(mine) and wanted and not keeping.kept:
            self.ask()

    def read(self, target: Target, usable: bool, kept: Kept) -> None:
        """What it holds for *target* came."""
        state = replace(self._flow.state, keeping=replace(self._flow.state.keeping, usable=usable))
        here = state.page is PageId.LOGIN and state.login.door is not None and state.work.busy is None
        error = state.failed_on(PageId.LOGIN)
        needed = error is not None and error.code in _NEEDED
        lacking = needed or (error is None and bool(missing_proof(state)))
        if not here or account(state.answers.target) != account(target) or not lacking:
            self._flow.set(state)
            return
        self._flow.set(with_kept(state, kept))
        # with a server on the way the person presses Connect: it may ask for a password of its own
        given = (
            self._flow.state.secrets != state.secrets and not target.jump and not state.answers.target.jump
        )
        if given and not missing(self._flow.state):
            self._flow.login.log_in()

    def keep(self, *, wanted: bool) -> None:
        """Only what has worked is kept; what the user no longer wants to keep is deleted."""
        answers, secrets = self._flow.answers()
        kept, keychain, target = Kept.of(answers.target, secrets), self._flow.keychain, answers.target

        def work(_emit: Emit, _cancel: CancelToken) -> None:
            if wanted and kept:
                keychain.put(target, kept)
            else:
                keychain.forget(target)

        self._flow.page_job.run(
            "keyring", self._flow.state.page, self._flow.jobs.look(work), lambda _: self._has_kept(wanted)
        )

    def _has_kept(self, wanted: bool) -> None:
        self._flow.set(replace(self._flow.state, keeping=replace(self._flow.state.keeping, kept=wanted)))
        self._flow.login.proceed()
