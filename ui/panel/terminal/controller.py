"""The panel's part about the shell in a container: opening, following, ending it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSocketNotifier, Signal

from installer.views.panel import TerminalState
from ui.background.wakeup import Bell

if TYPE_CHECKING:
    from installer.core.cancel import CancelToken
    from installer.core.errors import InstallError
    from installer.core.events import Emit
    from installer.hosts.base import Host
    from installer.terminal.session import End, Terminal
    from ui.background.jobs import Job, Put
    from ui.background.wakeup import Bell
    from ui.panel.controller import PanelController

#: Until the view tells how much room there is.
_COLUMNS, _LINES = 80, 24


class TerminalDesk(QObject):
    """Works for *panel*, whose state it changes. ``changed``: there is something new to see."""

    changed = Signal()

    def __init__(self, panel: PanelController) -> None:
        super().__init__()
        self._panel = panel
        self.terminal: Terminal | None = None
        self._job: Job | None = None
        self._bell: Bell | None = None
        self._notifier: QSocketNotifier | None = None

    def open(self, service: str) -> None:
        """A shell in *service*'s container, in the place of the one that is open."""
        from installer.terminal.session import Terminal

        status = self._panel.state.status
        found = [c for c in (status.containers if status else ()) if c.service == service]
        found.sort(key=lambda c: c.state != "running")
        if not found:
            return
        self.end()
        size = self.terminal.size if self.terminal is not None else (_COLUMNS, _LINES)
        self.terminal = terminal = Terminal(*size, self._ring())
        self._job = job = self._panel.jobs.stream(_serve(terminal, self._panel.host, found[0].name))
        self._set(TerminalState(service, "open", time.time()))
        job.done.connect(lambda end: self._ended(job, end, None))
        job.failed.connect(lambda error: self._ended(job, None, error))
        job.cancelled.connect(lambda: self._ended(job, None, None))

    def end(self) -> None:
        """End the shell that is open; what it showed stays."""
        job, self._job = self._job, None
        if job is not None:
            job.leave()
            state = self._panel.state.terminal
            self._set(replace(state, phase="ended", code=None, error=None))

    def close(self) -> None:
        """The panel goes."""
        self.end()
        if self._notifier is not None:
            self._notifier.setEnabled(False)
        if self.terminal is not None:
            self.terminal.wake = _nothing
        self._notifier = self._bell = None

    def _ring(self) -> Any:
        if self._bell is None:
            self._bell = Bell()
            self._notifier = QSocketNotifier(self._bell.descriptor, QSocketNotifier.Type.Read, self)
            self._notifier.activated.connect(self._heard)
        return self._bell.ring

    def _heard(self) -> None:
        if self._bell is not None:
            self._bell.hush()
            self.changed.emit()

    def _ended(self, job: Job, end: End | None, error: InstallError | None) -> None:
        if job is self._job:
            self._job = None
            code = end.code if end is not None else None
            self._set(replace(self._panel.state.terminal, phase="ended", code=code, error=error))

    def _set(self, state: TerminalState) -> None:
        self._panel.set(replace(self._panel.state, terminal=state))
        self.changed.emit()


def _nothing() -> None:
    """No view is attached any more."""


def _serve(terminal: Terminal, host: Host, container: str) -> Any:
    def work(_emit: Emit, cancel: CancelToken, _put: Put) -> End:
        return terminal.serve(host, container, cancel)

    return work
