"""Review: how much will be downloaded, asked beside the page and given up when it is left."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from installer.views.progress import TRANSFERS
from installer.views.wizard import PageId, WizardState
from ui.background.jobs import Job
from ui.wizard.login.controller import LoginFlow

if TYPE_CHECKING:
    from installer.apply.plan import Plan
    from installer.registry.sizes import Sizes


class SizesFlow(LoginFlow):
    """Not asked before Review: a registry counts each question, and until then other images may be chosen."""

    _sizing: Job | None = None

    def set(self, state: WizardState) -> None:
        """Show *state*; the sizes of a plan are queried when it comes up on Review, and not needed on other
        pages."""
        plan = state.plan if state.page is PageId.REVIEW else None
        came = plan is not None and (plan is not self.state.plan or self.state.page is not PageId.REVIEW)
        if plan is None or came:
            self._stop_sizing()
            state = replace(state, sizing=False) if state.sizing else state
        if plan is not None and came and any(action.step in TRANSFERS for action in plan.actions):
            state = replace(state, sizing=True)
            self._ask_sizes(plan)
        super().set(state)

    def _ask_sizes(self, plan: Plan) -> None:
        job = self._sizing = self.jobs.glance(self.session.image_sizes(*self._answers(), plan))
        job.done.connect(lambda found: self._sized(job, found))
        job.failed.connect(lambda _: self._sized(job, None))

    def _sized(self, job: Job, found: Sizes | None) -> None:
        if self._sizing is job:
            self._sizing = None
            self.set(replace(self.state, sizes=found or self.state.sizes, sizing=False))

    def _stop_sizing(self) -> None:
        job, self._sizing = self._sizing, None
        if job is not None:
            job.cancel()
