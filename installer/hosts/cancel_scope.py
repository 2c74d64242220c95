"""What a thread does on a machine, under one token: a cancel ends even what was given no token."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar
from weakref import WeakSet

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import InstallError
from installer.core.streams import ByteStream, shut
from installer.hosts.base import Host

_Stream = TypeVar("_Stream", bound="ByteStream | socket.socket")
_Value = TypeVar("_Value")
_POLL = 0.1


class _Scope(threading.local):
    token: CancelToken | None = None
    streams: WeakSet[ByteStream | socket.socket] | None = None


class Under:
    """One for each host. ``bind`` binds the calling thread; other threads are not touched."""

    def __init__(self) -> None:
        self._scope = _Scope()

    @property
    def token(self) -> CancelToken:
        """What this thread is under; outside of any scope a token that is never cancelled."""
        return self._scope.token or CancelToken()

    def keep(self, stream: _Stream) -> _Stream:
        """*stream* ends with a cancel."""
        if self._scope.streams is not None:
            self._scope.streams.add(stream)
        return stream

    @contextmanager
    def bind(self, cancel: CancelToken, then: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Until the end of the block; *then* is called after the streams were ended, in the thread that
        cancels."""
        scope = self._scope
        before, streams = (scope.token, scope.streams), WeakSet[ByteStream | socket.socket]()

        def end() -> None:
            for stream in list(streams):
                _end(stream)
            then()

        scope.token, scope.streams = cancel, streams
        try:
            with cancel.on_cancel(end):
                yield
        finally:
            scope.token, scope.streams = before


def _end(stream: ByteStream | socket.socket) -> None:
    if isinstance(stream, socket.socket):
        with suppress(OSError):  # closing alone would not wake a thread that waits for it
            stream.shutdown(socket.SHUT_RDWR)
        return
    shut(stream)


@contextmanager
def stoppable(host: Host, cancel: CancelToken) -> Iterator[None]:
    """The block is under *cancel* (``Host.under``), and what that breaks is no failure: ``Cancelled``."""
    with host.under(cancel):
        try:
            yield
        except InstallError as e:
            if cancel.cancelled:
                raise Cancelled from e
            raise


def waiting(work: Callable[[], _Value], cancel: CancelToken, late: Callable[[_Value], None]) -> _Value:
    """What *work* gives, from a thread of its own, for what cannot be ended. Raises what *work* raises, and
    ``Cancelled`` without waiting for it; what then comes too *late* is put away."""
    cancel.check()
    lock, over = threading.Lock(), threading.Event()
    found: list[_Value] = []
    errors: list[BaseException] = []
    gone = False

    def run() -> None:
        try:
            value = work()
        except BaseException as e:  # noqa: BLE001  (raised where it is waited for)
            errors.append(e)
        else:
            with lock:
                found.append(value)
                unwanted = gone
            if unwanted:
                late(value)
        over.set()

    threading.Thread(target=run, name="waiting", daemon=True).start()
    while not over.wait(_POLL):
        if cancel.cancelled:
            with lock:
                gone = not found
            if gone:
                raise Cancelled
    if errors:
        raise errors[0]
    return found[0]
