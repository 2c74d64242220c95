"""Review: the plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

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
            flow.set(replace(flow.state, page=PageId.LOGIN, rights=""))
            return
        flow.set(replace(flow.state, page=PageId.REVIEW, review=replace(flow.state.review, plan=None)))
        job = flow.jobs.look(flow.session.plan(*flow.answers()))
        flow.page_job.run("plan", PageId.REVIEW, job, self._planned)

    def _planned(self, plan: Plan) -> None:
        """It tested the external services, too: the results are shown on Settings as well."""
        self.set(plan=plan)
        self._flow.trials.note(plan.situation.external)

    def set(self, **changes: Any) -> None:
        """Change ``WizardState.review``."""
        state = self._flow.state
        self._flow.set(replace(state, review=replace(state.review, **changes)))
