"""The panel's part about logs: following, searching, jumping to a line, saving to a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from installer.panel import LogSaving, LogState
from installer.stack.containers import Container
from ui import later_intents as i
from ui.panel.follower import LogFollow
from ui.panel.log_search import LogSearch

if TYPE_CHECKING:
    from installer.cancel import CancelToken
    from installer.events import Emit
    from installer.logs.book import Book
    from ui.jobs import Job
    from ui.panel.controller import PanelController


class LogDesk(QObject):
    """Works for *panel*, whose state it changes. ``opened`` gives the book of another log; ``began`` and
    ``found`` what a search finds; ``jump`` the number of a line that is to be shown (-1: not there)."""

    opened = Signal(object)
    began = Signal()
    found = Signal(object, object)
    jump = Signal(int)

    def __init__(self, panel: PanelController) -> None:
        super().__init__()
        self._panel = panel
        self._follow = LogFollow(panel.jobs, panel.host)
        self._search = LogSearch(panel.jobs)
        self._follow.opened.connect(self._opened)
        self._follow.changed.connect(self._changed)
        self._search.began.connect(self.began)
        self._search.found.connect(self.found)
        self._search.told.connect(self._told)
        self._wanted: i.ShowLine | None = None
        self._sought: Book | None = None  # where it was looked for last
        self._jumping: Job | None = None
        self._saving: Job | None = None

    @property
    def book(self) -> Book | None:
        """What is shown."""
        return self._follow.book

    # ---------------------------------------------------------------- following

    def follow(self, services: tuple[str, ...], containers: Sequence[Container] | None) -> None:
        """Show the logs of *services* (none = all)."""
        before = self._follow.book
        self._wanted = self._jumping = None
        self._follow.follow(services, containers)
        if self._follow.book is before and before is not None:
            self._search.again(before)

    def check(self, containers: Sequence[Container]) -> None:
        """These containers are there now."""
        self._follow.check(containers)

    def leave(self) -> None:
        """Nobody looks any more."""
        self._wanted = self._jumping = None
        self._follow.leave()
        self._search.stop()

    def close(self) -> None:
        """The panel goes."""
        self._search.stop()
        self._follow.close()
        for job in (self._jumping, self._saving):
            if job is not None:
                job.cancel()

    def older(self) -> None:
        """Read further back."""
        self._follow.older()

    def search(self, intent: i.SearchLog) -> None:
        """Search what is there and what comes."""
        if self._follow.book is not None:
            self._search.search(intent.query, self._follow.book)

    def _opened(self, book: Book) -> None:
        self.opened.emit(book)
        self._search.again(book)

    def _changed(self, log: LogState) -> None:
        state = self._panel.state.log
        kept = {"bad": state.bad, "why": state.why, "searched": state.searched}
        self._panel.log_changed(replace(log, **kept))  # type: ignore[arg-type]
        if log.phase == "live" and not log.older and self._wanted is not None:
            self._jump(self._wanted)

    def _told(self, bad: Any, why: str, searched: bool) -> None:
        state = self._panel.state
        self._panel.set(replace(state, log=replace(state.log, bad=bad, why=why, searched=searched)))

    # ------------------------------------------------------------------ jumping

    def show_line(self, intent: i.ShowLine) -> None:
        """Go to a line, as soon as its log is there; further back, if it is not among what was read."""
        self._wanted, self._sought = intent, None
        if self._follow.state.phase == "live":
            self._jump(intent)

    def _jump(self, intent: i.ShowLine) -> None:
        self._wanted = None
        book = self._follow.book
        assert book is not None  # noqa: S101

        def work(_emit: Emit, cancel: CancelToken) -> int:
            from installer.logs.find import newest

            return newest(book, intent.service, intent.lines, cancel)

        job = self._panel.jobs.look(work)
        self._jumping = job
        job.done.connect(lambda number: self._sought_for(job, intent, book, number))

    def _sought_for(self, job: Job, intent: i.ShowLine, book: Book, number: int) -> None:
        if self._jumping is not job:
            return
        if book is not self._follow.book:  # more was read meanwhile: its lines have other numbers
            self._wanted = intent
            if self._follow.state.phase == "live":
                self._jump(intent)
            return
        # not again where reading further back has failed
        if number < 0 and book is not self._sought:
            self._sought = book
            self._follow.older()
            if self._follow.state.older:
                self._wanted = intent
                return
        self.jump.emit(number)

    # ------------------------------------------------------------------- saving

    def save(self, intent: i.SaveLog) -> None:
        """Write whole logs to a file, or stop writing."""
        if intent.path is None:
            if self._saving is not None:
                self._saving.cancel()
            return
        status = self._panel.state.status
        if self._saving is not None or status is None:
            return
        from ui.panel.log_saving import save_work

        containers = [c for c in status.containers if not intent.services or c.service in intent.services]
        job = self._panel.jobs.stream(save_work(self._panel, intent, containers))
        self._saving = job
        path = str(intent.path)
        self._saved(LogSaving("busy", path))
        job.items.connect(lambda counts: self._saved(LogSaving("busy", path, counts[-1])))
        job.done.connect(lambda count: self._saved(LogSaving("saved", path, count)))
        job.failed.connect(lambda error: self._saved(LogSaving("failed", path, error=error)))
        job.cancelled.connect(lambda: self._saved(LogSaving("cancelled", path)))

    def _saved(self, how: LogSaving) -> None:
        if how.phase != "busy":
            self._saving = None
        self._panel.set(replace(self._panel.state, log_saving=how))
