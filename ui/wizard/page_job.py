"""The one job that the page waits for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from installer.core.errors import Code, InstallError
from installer.views.wizard import Busy, Failure, PageId, WizardState, WorkState, with_same_for_sudo
from ui import intents as i
from ui.background.jobs import Job

if TYPE_CHECKING:
    from installer.apply.plan import Plan
    from ui.wizard.controller import Flow


def idle(state: WizardState) -> WizardState:
    """*state* without running work, and with nothing to report about the last one."""
    return replace(state, work=WorkState(), undoing=None)


@dataclass(frozen=True)
class Otherwise:
    """What is done where a job does not end well; None: the usual."""

    failed: Callable[[InstallError], None] | None = None
    blocked: Callable[[Plan], None] | None = None
    cancelled: Callable[[], None] | None = None


SHOWN = Otherwise()


class PageJob:
    """A newer job takes the place of an older one, whose result is then ignored."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._job: Job | None = None
        self._number = 0

    def is_current(self, number: int) -> bool:
        """Whether the job that ``run`` gave this *number* is still the one that counts."""
        return self._number == number

    def run(
        self,
        what: str,
        page: PageId,
        job: Job,
        done: Callable[[Any], None],
        *,
        stale: Callable[[Any], None] | None = None,
        otherwise: Otherwise = SHOWN,
    ) -> int:
        """Follow *job* and return its number; an older one is cancelled and its result ignored, or given to
        its *stale* if it has to be cleaned up. Unless *otherwise* has another way, *page* shows the error
        (also of a blocked plan), or that it was stopped."""
        if self._job is not None:
            self._job.cancel()
        self._number += 1
        mine = self._number
        on_failed = otherwise.failed or (lambda error: self.show_failure(page, error))
        on_blocked = otherwise.blocked or (lambda plan: on_failed(first_blocker(plan)))
        on_cancelled = otherwise.cancelled or self.show_cancelled

        def ended(value: Any) -> None:
            unwanted = self._number != mine or (stale is not None and self._flow.state.work.cancelling)
            if unwanted and stale is not None:
                stale(value)
            if self._number == mine:
                self._job = None
                on_cancelled() if unwanted else self._ended(done, value)

        def if_current(act: Callable[..., None]) -> Callable[..., None]:
            def acted(*values: Any) -> None:
                if self._number == mine:
                    self._job = None
                    act(*values)

            return acted

        self._job = job
        job.done.connect(ended)
        job.failed.connect(if_current(on_failed))
        job.blocked.connect(if_current(on_blocked))
        job.cancelled.connect(if_current(on_cancelled))
        self._flow.set(replace(self._flow.state, work=WorkState(Busy(what, time.time()))))
        return mine

    def set(self, **changes: Any) -> None:
        """Change ``WizardState.work``."""
        state = self._flow.state
        self._flow.set(replace(state, work=replace(state.work, **changes)))

    def stop(self) -> None:
        """Cancel the job and ignore its result; an installation continues."""
        if self._job is not None and not self._flow.state.installing:
            self._job.cancel()
            self._job = None
            self._number += 1

    def forget(self) -> None:
        """Ignore the job's result; the job itself continues."""
        self._number += 1

    def cancel(self, _: i.Stop) -> None:
        """A person cancels it: it ends when the work has stopped."""
        busy = self._flow.state.work.busy
        if busy is not None and busy.what == "keyring":
            self.stop()  # it waits for a person, and nothing can end that
            self.show_cancelled()
        elif self._job is not None and not self._flow.state.work.cancelling:
            self.set(cancelling=True)
            self._job.cancel()

    def _ended(self, done: Callable[[Any], None], value: Any) -> None:
        """The end and what *done* makes of it are one change: no page is shown that waits for nothing and has
        nothing."""
        with self._flow.as_one():
            self._flow.state = replace(self._flow.state, work=self._flow.state.work.over())
            done(value)

    def show_failure(self, page: PageId, error: InstallError) -> None:
        """It ended with *error*, which *page* shows."""
        self._flow.set(self.with_failure(page, error))

    def with_failure(self, page: PageId, error: InstallError) -> WizardState:
        """The state after the job ended with *error*."""
        state = self._flow.state
        if error.code is Code.INTERNAL:
            error = InstallError(error.code, error.params, detail=self._flow.session.redact(error.detail))
        sudo_asked = state.login.sudo_asked or error.code.startswith("sudo.password")
        state = replace(
            state,
            work=WorkState(failure=Failure(page, error)),
            login=replace(state.login, sudo_asked=sudo_asked),
        )
        if error.code is Code.SUDO_PASSWORD_NEEDED:
            state = with_same_for_sudo(state, error.params.get("owner", ""))
        return state

    def show_cancelled(self) -> None:
        """It ended because it was cancelled."""
        state = self._flow.state
        install, work = state.install.halted(time.time()), replace(state.work.over(), stopped=True)
        self._flow.set(replace(state, install=install, work=work))


def first_blocker(plan: Plan) -> InstallError:
    """The first finding that blocks *plan*, as an error."""
    left = plan.blockers[0]
    return InstallError(left.code, dict(left.params), detail=left.detail)
