"""Cancelling: a token that work in progress registers with, so that cancel ends the work itself.

A flag alone would leave a remote process running after its SSH channel closed; therefore code that
starts something registers a hook that ends it, and the hook runs in the thread that cancels.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Cancelled(Exception):
    """The person asked to stop; not an error. *still_running*: a job on the target may still run.
    *completed*: the job had ended well before it could be stopped."""

    def __init__(self, *, still_running: bool = False, completed: bool = False) -> None:
        super().__init__()
        self.still_running = still_running
        self.completed = completed


class CancelToken:
    """Thread-safe, one-way: once cancelled it stays cancelled."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._hooks: list[Callable[[], None]] = []
        self._leaving = False

    @property
    def leaving(self) -> bool:
        """Whether the work here ends while jobs on the target go on (``leave``)."""
        return self._leaving

    @property
    def cancelled(self) -> bool:
        """Whether ``cancel`` was called."""
        return self._event.is_set()

    def cancel(self) -> None:
        """Set the flag and run every registered hook once, in this thread."""
        with self._lock:
            self._event.set()
            hooks, self._hooks = self._hooks, []
        failed: list[Exception] = []
        for hook in hooks:
            try:
                hook()
            except Exception as e:  # noqa: BLE001  (one that fails must not spare the others)
                failed.append(e)
        if failed:
            raise failed[0]

    def leave(self) -> None:
        """As ``cancel``, for a program that ends: jobs on the target are not stopped."""
        self._leaving = True
        self.cancel()

    def check(self) -> None:
        """Raise ``Cancelled`` if cancelled."""
        if self._event.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Sleep, but raise ``Cancelled`` at once when cancelled."""
        if self._event.wait(seconds):
            raise Cancelled

    @contextmanager
    def on_cancel(self, hook: Callable[[], None]) -> Iterator[None]:
        """Run *hook* if cancelled inside the block; at once if already cancelled."""
        with self._lock:
            now = self._event.is_set()
            if not now:
                self._hooks.append(hook)
        if now:
            hook()
        try:
            yield
        finally:
            with self._lock:
                if hook in self._hooks:
                    self._hooks.remove(hook)
