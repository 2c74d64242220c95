"""Review: how much will be downloaded, asked beside the page and given up when it is left."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from installer.views.progress import TRANSFERS
from installer.views.wizard import PageId, WizardState
from ui.background.jobs import Job

if TYPE_CHECKING:
    from installer.apply.plan import Plan
    from installer.registry.sizes import Sizes
    from ui.wizard.controller import Flow


class SizesController:
    """Not asked before Review: a registry counts each question, and until then other images may be chosen."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._job: Job | None = None

    def adjust(self, state: WizardState) -> WizardState:
        """*state*, which is to be shown next: the sizes of a plan are queried when it comes up on Review, and
        not needed on other pages."""
        before = self._flow.state
        plan = state.review.plan if state.page is PageId.REVIEW else None
        came = plan is not None and (plan is not before.review.plan or before.page is not PageId.REVIEW)
        if plan is None or came:
            self._stop()
            if state.review.sizing:
                state = replace(state, review=replace(state.review, sizing=False))
        if plan is not None and came and any(action.step in TRANSFERS for action in plan.actions):
            state = replace(state, review=replace(state.review, sizing=True))
            self._ask(plan)
        return state

    def _ask(self, plan: Plan) -> None:
        job = self._job = self._flow.jobs.glance(self._flow.session.image_sizes(*self._flow.answers(), plan))
        job.done.connect(lambda found: self._sized(job, found))
        job.failed.connect(lambda _: self._sized(job, None))

    def _sized(self, job: Job, found: Sizes | None) -> None:
        if self._job is job:
            self._job = None
            self._flow.review.set(sizes=found or self._flow.state.review.sizes, sizing=False)

    def _stop(self) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.cancel()
