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
from ui.wizard.review.sizes import SizesFlow

if TYPE_CHECKING:
    from installer.acme.dns_look import DnsLook
    from installer.views.wizard.dns import Key


class DnsFlow(SizesFlow):
    """Waiting ends when the name changes or another page is shown."""

    _dns_asked: Key | None = None
    _waiting: Job | None = None
    _waiting_for: tuple[PageId, Key | None] = (PageId.WELCOME, None)

    def set(self, state: WizardState) -> None:
        """Show *state*."""
        if self._waiting is not None and (state.page, dns_key(state)) != self._waiting_for:
            self._waiting.cancel()
            self._waiting = None
            state = replace(state, dns=replace(state.dns, waiting=0.0))
        super().set(state)

    def _look_at_dns(self, *, force: bool = False) -> None:
        """Once for a name; *force*: also if it was asked for before."""
        key = dns_key(self.state)
        if key is None or self._waiting is not None or (key == self._dns_asked and not force):
            return
        if self.session.host is None:
            return
        self._dns_asked = key
        job = self.jobs.glance(self.session.look_at_dns(self._answers()[0]))
        job.done.connect(lambda seen: self._dns_seen(key, seen))

    def _dns_seen(self, key: Key, seen: DnsLook) -> None:
        if key == dns_key(self.state) and self._waiting is None:
            self.set(replace(self.state, dns=Dns((seen,))))

    # ----------------------------------------------------------------- waiting

    def _on_waitfordns(self, _: i.WaitForDns) -> None:
        key = dns_key(self.state)
        if key is None or self._waiting is not None or self.session.host is None:
            return
        job = self._waiting = self.jobs.stream(self.session.wait_for_dns(self._answers()[0]))
        self._waiting_for = self.state.page, key
        self._set_dns(waiting=time.time(), error=None)
        job.items.connect(lambda seen: self._seen_waiting(job, seen))
        job.done.connect(lambda _: self._leads_here(job))
        job.failed.connect(lambda error: self._stopped_waiting(job, error))
        job.cancelled.connect(lambda: self._stopped_waiting(job, None))

    def _on_stopwaitingfordns(self, _: i.StopWaitingForDns) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._stopped_waiting(self._waiting, None)

    def _seen_waiting(self, job: Job, seen: tuple[DnsLook, ...]) -> None:
        if job is self._waiting:
            self._set_dns(looks=(*self.state.dns.looks, *seen)[-KEPT_LOOKS:])

    def _stopped_waiting(self, job: Job, error: InstallError | None) -> None:
        if job is self._waiting:
            self._waiting = None
            self._set_dns(waiting=0.0, error=error)

    def _leads_here(self, job: Job) -> None:
        """The name resolves to the server: continue with what waited for it."""
        if job is not self._waiting:
            return
        self._waiting = None
        with self.as_one():
            self._set_dns(waiting=0.0)
            self.ask(i.Retry() if self.state.page is PageId.INSTALL else i.Next())

    def _set_dns(self, **changes: Any) -> None:
        self.set(replace(self.state, dns=replace(self.state.dns, **changes)))
