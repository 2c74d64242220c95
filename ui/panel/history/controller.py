"""The panel's part about the past: reading the journal or a report, and saving one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from installer.answers import Secrets
from installer.support.story import Story, Support
from ui import intents as i
from ui.story import work

if TYPE_CHECKING:
    from ui.background.jobs import Job
    from ui.panel.controller import PanelController


class Past:
    """Works for *panel*, whose state it changes; *language* says what a report's words are written in."""

    def __init__(self, panel: PanelController, language: Callable[[], str]) -> None:
        self._panel, self._language = panel, language
        self._reading = 0
        self._saving: Job | None = None

    def show(self, intent: i.ShowHistory) -> None:
        """Read the journal, or a report's file."""
        panel, file = self._panel, intent.file
        self._reading += 1
        mine = self._reading
        self._set(phase="loading", live=file is None, error=None, story=Story())
        work_ = work.look(panel.host, panel.state.answers) if file is None else work.read(file)
        job = panel.jobs.look(work_)
        job.done.connect(lambda story: self._story_read(mine, phase="shown", story=story))
        job.failed.connect(lambda error: self._story_read(mine, phase="failed", error=error))

    def save(self, intent: i.SaveReport) -> None:
        """Save a report, or stop saving it."""
        panel = self._panel
        if intent.path is None or self._saving is not None:
            if intent.path is None and self._saving is not None:
                self._saving.cancel()
            return
        answers, host, session = panel.state.answers, panel.host, panel.session
        job = panel.jobs.look(
            work.save(
                intent.path,
                self._language(),
                lambda emit, cancel: session.engine(answers, Secrets(), emit, cancel, host),
                {},
            )
        )
        self._saving = job
        self._saved(Support(saving="busy", saved=str(intent.path)))
        job.done.connect(self._saved)
        job.failed.connect(lambda e: self._saved(Support(saving="failed", save_error=e)))
        job.cancelled.connect(lambda: self._saved(Support(saving="cancelled")))

    def close(self) -> None:
        """The panel closes; the file is no longer needed."""
        self._reading += 1
        if self._saving is not None:
            self._saving.cancel()

    def _story_read(self, mine: int, **found: Any) -> None:
        if mine == self._reading:
            self._set(**found)

    def _saved(self, how: Support) -> None:
        if how.saving != "busy":
            self._saving = None
        panel = self._panel
        panel.set(replace(panel.state, support=work.with_saved(panel.state.support, how)))

    def _set(self, **changes: Any) -> None:
        panel = self._panel
        panel.set(replace(panel.state, support=replace(panel.state.support, **changes)))
