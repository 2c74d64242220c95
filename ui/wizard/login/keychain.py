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
from ui.wizard.controller_core import FlowCore

#: What a login turns out to need only while it runs.
_NEEDED = frozenset({Code.SSH_PASSPHRASE_NEEDED, Code.SUDO_PASSWORD_NEEDED})


class KeepFlow(FlowCore):
    """Asked once the server's ways are known, and when a login turns out to need more."""

    def _ask_keychain(self) -> None:
        """Not the page's own work: the keyring may ask to be unlocked, and one can type meanwhile."""
        target, keychain = self._answers()[0].target, self.keychain
        job = self.jobs.look(lambda _emit, _cancel: (keychain.available(), keychain.get(target)))
        job.done.connect(lambda found: self._keychain_read(target, *found))
        job.failed.connect(lambda _: self._keychain_read(target, True, Kept()))

    def _may_be_kept(self, mine: int, error: InstallError) -> None:
        """After a login that began without a look into the keyring."""
        keeping = self.state.keeping
        wanted = error.code in _NEEDED or keeping.usable is None
        if self._round == mine and wanted and not keeping.kept:
            self._ask_keychain()

    def _keychain_read(self, target: Target, usable: bool, kept: Kept) -> None:
        state = replace(self.state, keeping=replace(self.state.keeping, usable=usable))
        here = state.page is PageId.LOGIN and state.door is not None and state.busy is None
        error = state.failed_on(PageId.LOGIN)
        needed = error is not None and error.code in _NEEDED
        lacking = needed or (error is None and bool(missing_proof(state)))
        if not here or account(state.answers.target) != account(target) or not lacking:
            self.set(state)
            return
        self.set(with_kept(state, kept))
        # with a server on the way the person presses Connect: it may ask for a password of its own
        given = self.state.secrets != state.secrets and not target.jump and not state.answers.target.jump
        if given and not missing(self.state):
            self._log_in()

    def _keep(self, *, wanted: bool) -> None:
        """Only what has worked is kept; what the user no longer wants to keep is deleted."""
        answers, secrets = self._answers()
        kept, keychain, target = Kept.of(answers.target, secrets), self.keychain, answers.target

        def work(_emit: Emit, _cancel: CancelToken) -> None:
            if wanted and kept:
                keychain.put(target, kept)
            else:
                keychain.forget(target)

        self._run("keyring", self.state.page, self.jobs.look(work), lambda _: self._has_kept(wanted))

    def _has_kept(self, wanted: bool) -> None:
        self.set(replace(self.state, keeping=replace(self.state.keeping, kept=wanted)))
        self._go_on()

    if TYPE_CHECKING:

        def _log_in(self) -> None: ...
        def _go_on(self) -> None: ...
