"""Two-way byte connections: sockets, SSH channels, pipes."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Protocol


class ByteStream(Protocol):
    """A two-way byte connection to something on the host (a socket or an SSH channel)."""

    def sendall(self, data: bytes) -> None: ...
    def recv(self, size: int) -> bytes: ...
    def settimeout(self, seconds: float | None) -> None: ...
    def close(self) -> None: ...


def shut(stream: ByteStream | socket.socket) -> None:
    """Close without complaint."""
    with suppress(OSError):
        stream.close()
