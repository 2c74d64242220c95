"""The panel's part about the way to Dify: whether this computer reaches it, and the way through SSH."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ui.panel import work

if TYPE_CHECKING:
    from installer.network.forward import Forward
    from ui.panel.controller import PanelController


class Reachability:
    """Works for *panel*, whose state it changes. One thing at a time."""

    def __init__(self, panel: PanelController) -> None:
        self._panel = panel

    def look(self) -> None:
        """Test whether this computer reaches Dify at its own address."""
        panel = self._panel
        if panel.state.outside.busy:
            return
        self._set(busy="look", error=None)
        job = panel.jobs.glance(work.look_outside(panel.host, panel.state.answers))
        job.done.connect(lambda found: self._set(found=found, busy=""))
        job.failed.connect(lambda error: self._set(error=error, busy=""))

    def open_through_ssh(self) -> None:
        """Open Dify in the browser, through the SSH connection."""
        panel = self._panel
        if panel.state.outside.busy:
            return
        self._set(busy="tunnel", error=None)
        job = panel.jobs.glance(panel.session.open_through_ssh(panel.state.answers))
        job.done.connect(self._forwarded)
        job.failed.connect(lambda error: self._set(error=error, busy=""))

    def _forwarded(self, forward: Forward) -> None:
        """A forward of a connection that is closed by now is neither kept nor opened."""
        panel = self._panel
        kept = panel.session.keep_forward(panel.host, forward)
        if kept is not None and not panel.closed:
            self._set(tunnel=kept.url, busy="")
            panel.browse.emit(kept.url)

    def _set(self, **changes: Any) -> None:
        panel = self._panel
        panel.set(replace(panel.state, outside=replace(panel.state.outside, **changes)))
