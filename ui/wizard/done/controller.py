"""Done: opening Dify, also through SSH where its port cannot be reached."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from installer.core.errors import InstallError
from installer.views.wizard import PageId
from ui import intents as i

if TYPE_CHECKING:
    from installer.hosts.base import Host
    from installer.network.forward import Forward
    from ui.wizard.controller import Flow


class DoneController:
    """After the installation."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def on_open_through_ssh(self, _: i.OpenThroughSsh) -> None:
        """One at a time: a second listener would be of no use."""
        flow = self._flow
        if flow.state.tunnel.opening:
            return
        host, (answers, _secrets) = flow.session.host, flow.answers()
        self._set(opening=True, error=None)
        job = flow.jobs.glance(flow.session.open_through_ssh(answers))
        job.done.connect(lambda forward: self._through_ssh(host, forward))
        job.failed.connect(lambda error: self._not_through_ssh(host, error))

    def _through_ssh(self, host: Host | None, forward: Forward) -> None:
        """What comes up for a connection that is no more is neither kept nor opened."""
        flow = self._flow
        kept = flow.session.keep_forward(host, forward)
        if kept is not None and flow.state.page is PageId.DONE:
            self._set(url=kept.url, error=None, opening=False)
            flow.browse.emit(kept.url)

    def _not_through_ssh(self, host: Host | None, error: InstallError) -> None:
        flow = self._flow
        if flow.session.host is host and flow.state.page is PageId.DONE:
            self._set(error=error, opening=False)

    def _set(self, **changes: Any) -> None:
        flow = self._flow
        flow.set(replace(flow.state, tunnel=replace(flow.state.tunnel, **changes)))
