"""What the site's name resolves to: a query in the background, and waiting until it is the server."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from installer.core.errors import InstallError
from installer.views.wizard import Dns, PageId, WizardState
from installer.views.wizard.dns import KEPT_LOOKS, dns_key
from ui import intents as i
from ui.background.jobs import Job

if TYPE_CHECKING:
    from installer.acme.dns_look import DnsLook
    from installer.views.wizard.dns import Key
    from ui.wizard.controller import Flow


class DnsController:
    """Waiting ends when the name changes or another page is shown."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._asked: Key | None = None
        self._waiting: Job | None = None
        self._waiting_for: tuple[PageId, Key | None] = (PageId.WELCOME, None)

    def adjust(self, state: WizardState) -> WizardState:
        """*state*, which is to be shown next."""
        if self._waiting is None or (state.page, dns_key(state)) == self._waiting_for:
            return state
        self._waiting.cancel()
        self._waiting = None
        return replace(state, dns=replace(state.dns, waiting=0.0))

    def look(self, *, force: bool = False) -> None:
        """Once for a name; *force*: also if it was asked for before."""
        key = dns_key(self._flow.state)
        if key is None or self._waiting is not None or (key == self._asked and not force):
            return
        if self._flow.session.host is None:
            return
        self._asked = key
        job = self._flow.jobs.glance(self._flow.session.look_at_dns(self._flow.answers()[0]))
        job.done.connect(lambda seen: self._seen(key, seen))

    def _seen(self, key: Key, seen: DnsLook) -> None:
        if key == dns_key(self._flow.state) and self._waiting is None:
            self._flow.set(replace(self._flow.state, dns=Dns((seen,))))

    # ----------------------------------------------------------------- waiting

    def on_wait(self, _: i.WaitForDns) -> None:
        key = dns_key(self._flow.state)
        if key is None or self._waiting is not None or self._flow.session.host is None:
            return
        job = self._waiting = self._flow.jobs.stream(self._flow.session.wait_for_dns(self._flow.answers()[0]))
        self._waiting_for = self._flow.state.page, key
        self._change(waiting=time.time(), error=None)
        job.items.connect(lambda seen: self._seen_waiting(job, seen))
        job.done.connect(lambda _: self._leads_here(job))
        job.failed.connect(lambda error: self._stopped_waiting(job, error))
        job.cancelled.connect(lambda: self._stopped_waiting(job, None))

    def on_stop_waiting(self, _: i.StopWaitingForDns) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._stopped_waiting(self._waiting, None)

    def _seen_waiting(self, job: Job, seen: tuple[DnsLook, ...]) -> None:
        if job is self._waiting:
            self._change(looks=(*self._flow.state.dns.looks, *seen)[-KEPT_LOOKS:])

    def _stopped_waiting(self, job: Job, error: InstallError | None) -> None:
        if job is self._waiting:
            self._waiting = None
            self._change(waiting=0.0, error=error)

    def _leads_here(self, job: Job) -> None:
        """The name resolves to the server: continue with what waited for it."""
        if job is not self._waiting:
            return
        self._waiting = None
        with self._flow.as_one():
            self._change(waiting=0.0)
            navigation = self._flow.navigation
            navigation.retry() if self._flow.state.page is PageId.INSTALL else navigation.next()

    def _change(self, **changes: Any) -> None:
        self._flow.set(replace(self._flow.state, dns=replace(self._flow.state.dns, **changes)))
