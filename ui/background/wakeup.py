"""Wakes the GUI thread from others, without their touching a Qt object: a byte through a pair of sockets.

A timer that looks twenty times a second costs more than all else in a window in which nothing happens.
"""

from __future__ import annotations

import socket
from contextlib import suppress


class Bell:
    """``ring`` from any thread; ``socket`` is then readable until ``hush``. Rings in between count as one."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        for end in (self._ours, self._theirs):
            end.setblocking(False)
        self._rung = False

    @property
    def descriptor(self) -> int:
        """What becomes readable."""
        return self._ours.fileno()

    def ring(self) -> None:
        """Wake the other side, unless that was done and not heard yet."""
        if not self._rung:
            self._rung = True
            with suppress(OSError):  # closed: the reader has gone
                self._theirs.send(b"!")

    def hush(self) -> None:
        """Heard. What is put anywhere before a ring is there when this returns: look after it."""
        with suppress(OSError):
            while self._ours.recv(64):
                pass
        self._rung = False

    def close(self) -> None:
        """No more of it."""
        self._ours.close()
        self._theirs.close()

    def __del__(self) -> None:
        with suppress(AttributeError):
            self.close()
