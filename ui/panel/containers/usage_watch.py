"""Polls the resource usage of the containers in view, only while they are visible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from installer.core.cancel import CancelToken
from installer.core.errors import InstallError
from installer.core.events import Emit
from installer.docker.containers import Container
from installer.operations import stats
from installer.operations.usage import Usage, updated
from ui.background.jobs import Job, Jobs, Put

if TYPE_CHECKING:
    from installer.hosts.base import Host

#: Pause after a failure. A lost connection is reported elsewhere, not from here.
AGAIN_SECONDS = 5.0


class UsageWatch(QObject):
    """``changed`` gives the usage by container id after each round of samples."""

    changed = Signal(object)

    def __init__(self, jobs: Jobs, host: Host) -> None:
        super().__init__()
        self._jobs, self._host = jobs, host
        self._wanted = stats.Wanted()
        self._job: Job | None = None
        self._on = False
        self._services: frozenset[str] = frozenset()
        self._containers: Sequence[Container] = ()
        self.usage: Mapping[str, Usage] = MappingProxyType({})
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._adapt)

    def want(self, services: Sequence[str]) -> None:
        """These are in view."""
        self._services = frozenset(services)
        self._adapt()

    def check(self, containers: Sequence[Container]) -> None:
        """These are there now."""
        self._containers = containers
        self._adapt()

    def run(self, on: bool) -> None:
        """Whether the figures are visible."""
        if on != self._on:
            self._on = on
            self._adapt()

    def _adapt(self) -> None:
        shown = (c for c in self._containers if c.service in self._services)
        ids = tuple(c.id for c in shown if c.state in ("running", "paused"))
        if not self._on or not ids:
            self._leave()
            return
        self._wanted.set(ids)
        if self._job is None and not self._again.isActive():
            self._begin()

    def _begin(self) -> None:
        host, wanted = self._host, self._wanted

        def work(_emit: Emit, cancel: CancelToken, put: Put) -> None:
            stats.follow(host, wanted, put, cancel)

        self._job = job = self._jobs.stream(work)
        job.items.connect(lambda items: self._take(job, items))
        job.failed.connect(lambda error: self._ended(job, error))
        job.cancelled.connect(lambda: self._ended(job, None))

    def _leave(self) -> None:
        self._again.stop()
        job, self._job = self._job, None
        if job is not None:
            self._wanted = stats.Wanted()  # the old one is of a thread that ends
            job.leave()

    def _take(self, job: Job, rounds: tuple[tuple[stats.Sample, ...], ...]) -> None:
        if self._job is not job:
            return
        there = frozenset(c.id for c in self._containers)
        found = self.usage
        for samples in rounds:
            found = updated(found, samples, there)
        self.usage = MappingProxyType(dict(found))
        self.changed.emit(self.usage)

    def _ended(self, job: Job, _error: InstallError | None) -> None:
        if self._job is job:
            self._job = None
            self._again.start(round(AGAIN_SECONDS * 1000))
