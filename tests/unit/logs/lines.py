"""Heads and texts for tests, and a Docker that answers a request for a log."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from installer.logs.line import tag


def at(second: float) -> bytes:
    """A time of one hour."""
    minutes, seconds = divmod(second, 60)
    return f"2024-11-21T09:{int(minutes):02}:{seconds:012.9f}Z".encode()


def head(second: float, service: int = 0) -> bytes:
    return at(second) + tag(service)


def frame(text: bytes, stream: int = 1) -> bytes:
    """A frame of Docker's stream."""
    return bytes((stream, 0, 0, 0)) + struct.pack(">I", len(text)) + text


class Answer:
    """A stream that gives *body* in *pieces*, after an answer's head."""

    def __init__(self, body: bytes, status: str = "200 OK", pieces: Sequence[int] = ()) -> None:
        self._data = f"HTTP/1.0 {status}\r\nServer: Docker\r\n\r\n".encode() + body
        self._pieces = list(pieces)
        self.sent = b""
        self.closed = False

    def sendall(self, data: bytes) -> None:
        self.sent += data

    def recv(self, size: int) -> bytes:
        size = min(size, self._pieces.pop(0)) if self._pieces else size
        part, self._data = self._data[:size], self._data[size:]
        return part

    def settimeout(self, seconds: float | None) -> None:
        pass

    def close(self) -> None:
        self.closed = True
