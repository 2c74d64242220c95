"""The panel's part about room, ports, and removing Dify."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from installer.answers import Secrets
from installer.apply.locked_change import Operation
from installer.facts.gather import gather
from installer.operations.open_ports import open_ports
from installer.operations.space import clean, read_space
from installer.views.panel import Removal
from ui.panel import intents as pi

if TYPE_CHECKING:
    from installer.core.cancel import CancelToken
    from installer.core.errors import InstallError
    from installer.core.events import Emit
    from installer.views.panel import PanelState
    from ui.background.jobs import Job, Work
    from ui.panel.controller import PanelController


class SpaceDesk:
    """Works for *panel*, whose state it changes. One thing at a time."""

    def __init__(self, panel: PanelController) -> None:
        self._panel = panel
        self._job: Job | None = None

    @property
    def removing(self) -> bool:
        """Whether Dify is being removed just now."""
        return self._panel.state.removal.busy == "remove"

    def look(self) -> None:
        """See how it is."""
        panel = self._panel
        self._run(panel.jobs.look, _look(panel), self._seen, space="look")

    def clean(self, intent: pi.RemoveImages) -> None:
        """Remove images."""
        panel = self._panel
        self._run(self._change, _clean(panel, intent.ids), self._cleaned, space="clean")

    def ask_removal(self) -> None:
        """Look at what would go."""
        panel = self._panel
        self._run(panel.jobs.look, _engine(panel, lambda e: e.removal_plan()), self._planned, removal="look")

    def drop_removal(self) -> None:
        """Back to before."""
        if not self._panel.state.removal.busy:
            self._panel.set(replace(self._panel.state, removal=Removal()))

    def remove(self, intent: pi.RemoveDify) -> None:
        """Do it."""
        shown = self._panel.state.removal.plan
        if shown is None:
            return
        wanted = {"confirm": intent.confirm, "images": intent.images, "added": intent.added}
        work = _engine(self._panel, lambda e: e.remove(**wanted, shown=shown))
        self._run(self._change, work, self._removed, removal="remove")

    def stop(self) -> bool:
        """Cancel a running removal; returns whether there is one."""
        if self._job is None or not self._panel.state.removal.busy:
            return False
        self._job.cancel()
        return True

    def close(self) -> None:
        """The panel goes."""
        if self._job is not None:
            self._job.leave()
        self._job = None

    def _change(self, work: Work) -> Job:
        return self._panel.jobs.change(work, self._panel.lane)

    def _run(
        self,
        begin: Callable[[Work], Job],
        work: Work,
        done: Callable[[Any], None],
        *,
        space: str = "",
        removal: str = "",
    ) -> None:
        if self._job is not None:
            return
        self._job = job = begin(work)
        now = time.time()
        if space:
            self._space(busy=space, since=now, error=None, freed=-1)
        else:
            self._removal(busy=removal, since=now, error=None)
        failed = self._space_failed if space else self._removal_failed
        job.done.connect(lambda found: self._over(job, done, found))
        job.failed.connect(lambda error: self._over(job, failed, error))
        job.cancelled.connect(lambda: self._over(job, failed, None))

    def _over(self, job: Job, then: Callable[[Any], None], found: Any) -> None:
        if job is self._job:
            self._job = None
            then(found)

    def _space_failed(self, error: InstallError | None) -> None:
        self._space(busy="", error=error)

    def _removal_failed(self, error: InstallError | None) -> None:
        self._removal(busy="", error=error, plan=None)

    def _seen(self, found: Any) -> None:
        now, ports = found
        self._space(now=now, ports=ports, seen_at=time.time(), busy="")

    def _cleaned(self, found: Any) -> None:
        freed, now = found
        self._space(now=now, seen_at=time.time(), busy="", freed=freed)

    def _planned(self, plan: Any) -> None:
        self._removal(plan=plan, busy="")

    def _removed(self, undone: Any) -> None:
        self._removal(plan=None, done=undone, busy="")
        self._panel.look_now()

    def _space(self, **changes: Any) -> None:
        state = self._panel.state
        self._panel.set(replace(state, space=replace(state.space, **changes)))

    def _removal(self, **changes: Any) -> None:
        state: PanelState = self._panel.state
        self._panel.set(replace(state, removal=replace(state.removal, **changes)))


def _look(panel: PanelController) -> Work:
    host, answers = panel.host, panel.state.answers

    def work(_emit: Emit, cancel: CancelToken) -> Any:
        space = read_space(host, answers, cancel)
        facts = gather(host, answers.directory, answers.project, cancel=cancel)
        return space, open_ports(facts, answers.project)

    return work


def _clean(panel: PanelController, ids: tuple[str, ...]) -> Work:
    host, answers, home, redact = panel.host, panel.state.answers, panel.home, panel.session.redact

    def work(emit: Emit, cancel: CancelToken) -> Any:
        return clean(Operation(host, answers, home.client_id(), emit, redact, cancel), ids)

    return work


def _engine(panel: PanelController, what: Callable[[Any], Any]) -> Work:
    host, session, answers = panel.host, panel.session, panel.state.answers

    def work(emit: Emit, cancel: CancelToken) -> Any:
        return what(session.engine(answers, Secrets(), emit, cancel, host))

    return work
