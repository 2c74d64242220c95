"""The releases to choose from, and the one that is chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from installer.answers import Release
from installer.core.errors import InstallError
from installer.views.wizard import PageId

if TYPE_CHECKING:
    from installer.facts.model import Facts
    from installer.release.listing import ReleaseList
    from installer.release.obtain import Obtained
    from ui.wizard.controller import Flow


class ReleaseController:
    """What comes for another source or version than those that are chosen by then is of no use."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def fetch_list(self) -> None:
        """Fetch the list, unless it is there. Beside everything else: it is only needed to choose from."""
        release = self._flow.state.release
        if release.listed and release.list_error is None:
            return
        source = self._flow.state.answers.release.source
        job = self._flow.jobs.look(self._flow.session.releases(self._flow.state.answers))
        job.done.connect(lambda found: self._listed(source, found))
        job.failed.connect(lambda error: self._not_listed(source, error))

    def _listed(self, source: str, found: ReleaseList) -> None:
        if source == self._flow.state.answers.release.source:
            self._set(listed=found.releases, listed_at=found.at, list_error=found.error)

    def _not_listed(self, source: str, error: InstallError) -> None:
        if source == self._flow.state.answers.release.source:
            self._set(list_error=error)

    def obtain(self, facts: Facts) -> None:
        """Read the chosen one, which Settings waits for, then judge the answers."""
        asked = self._flow.answers()[0].release
        job = self._flow.jobs.look(self._flow.session.release(*self._flow.answers(), facts))
        self._flow.page_job.run(
            "release", PageId.SETTINGS, job, lambda obtained: self._obtained(asked, obtained)
        )

    def _obtained(self, asked: Release, obtained: Obtained) -> None:
        if asked == self._flow.answers()[0].release:
            self._set(obtained=obtained, error=None)
        self._flow.checks.judge_now()

    def _set(self, **changes: Any) -> None:
        state = self._flow.state
        self._flow.set(replace(state, release=replace(state.release, **changes)))
