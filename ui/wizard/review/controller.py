"""Review: the plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from installer.views.wizard import PageId

if TYPE_CHECKING:
    from installer.apply.plan import Plan
    from ui.wizard.controller import Flow


class ReviewController:
    """From answers to a plan."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def show(self) -> None:
        """Show Review and make the plan."""
        flow = self._flow
        if flow.session.host is None:
            flow.set(replace(flow.state, page=PageId.LOGIN, connected=False))
            return
        flow.set(replace(flow.state, page=PageId.REVIEW, plan=None))
        job = flow.jobs.look(flow.session.plan(*flow.answers()))
        flow.page_job.run("plan", PageId.REVIEW, job, self._planned)

    def _planned(self, plan: Plan) -> None:
        """It tested the external services, too: the results are shown on Settings as well."""
        self._flow.set(replace(self._flow.state, plan=plan))
        self._flow.trials.note(plan.situation.external)
