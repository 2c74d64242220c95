"""An Engine that speaks HTTP on socket pairs: what it is asked, and events that a test lets it tell."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

from installer.core.cancel import CancelToken
from installer.hosts.cancel_scope import Under
from tests.fakes.host import FakeHost

#: What ``/events`` is answered with is written by ``WireEngine.tell``.
_CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


class WireEngine:
    """``open`` gives a connection. *answer* gives status and data for a path (without its query) and the
    query's values; ``asked`` are the paths so far."""

    def __init__(self, answer: Callable[[str, Mapping[str, str]], tuple[int, Any]]) -> None:
        self._answer = answer
        self.asked: list[str] = []
        self.opened = 0
        self.gate = threading.Event()
        self.gate.set()
        self._listeners: list[socket.socket] = []
        self._ends: list[socket.socket] = []
        self._guard = threading.Lock()

    def open(self) -> socket.socket:
        """A new connection, served by a thread until either side ends it."""
        ours, theirs = socket.socketpair()
        with self._guard:
            self.opened += 1
            self._ends.append(theirs)
        threading.Thread(target=self._serve, args=(theirs,), daemon=True).start()
        return ours

    def tell(self, action: str, container_id: str, **attributes: str) -> None:
        """An event of a container, to everyone who listens."""
        event = {
            "Type": "container",
            "Action": action,
            "Actor": {"ID": container_id, "Attributes": attributes},
        }
        body = json.dumps(event).encode() + b"\n"
        with self._guard:
            listeners = list(self._listeners)
        for sock in listeners:
            sock.sendall(b"%x\r\n%s\r\n" % (len(body), body))

    @property
    def listeners(self) -> int:
        """How many read events now."""
        with self._guard:
            return len(self._listeners)

    def cut(self) -> None:
        """Every connection ends."""
        with self._guard:
            ends, self._ends, self._listeners = self._ends, [], []
        for sock in ends:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _serve(self, sock: socket.socket) -> None:
        try:
            with sock.makefile("rb") as reader:
                while line := reader.readline():
                    while reader.readline().strip():
                        pass
                    _, target, version = line.decode().split()
                    if version == "HTTP/1.0":
                        self._stream(sock, target)
                        return
                    self._reply(sock, target)
        except OSError:
            pass
        finally:
            with self._guard:
                self._listeners = [s for s in self._listeners if s is not sock]
            sock.close()

    def _stream(self, sock: socket.socket, target: str) -> None:
        """An answer as it is, which ends with its connection."""
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        status, data = self._answer(parts.path, query)
        sock.sendall(f"HTTP/1.0 {status} X\r\n\r\n".encode() + data)

    def _reply(self, sock: socket.socket, target: str) -> None:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.gate.wait(10)
        with self._guard:
            self.asked.append(parts.path)
        status, data = self._answer(parts.path, query)
        if parts.path == "/events" and status == 200:
            with self._guard:  # whoever has read the head may be told of an event at once
                sock.sendall(_CHUNKED)
                self._listeners.append(sock)
            return
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        if len(body) > 200:  # as Go: long answers come in chunks
            half = len(body) // 2
            pieces = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (body[:half], body[half:]))
            sock.sendall(_CHUNKED.replace(b"200 OK", b"%d X" % status) + pieces + b"0\r\n\r\n")
        else:
            head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            sock.sendall(head + body)


class WireHost(FakeHost):
    """A machine whose ``docker_stream`` leads to *engine*, and ends with a cancel as a real one's does."""

    def __init__(self, engine: WireEngine, files: dict[str, bytes] | None = None) -> None:
        super().__init__(files=files or {})
        self.engine, self._bound = engine, Under()

    def docker_stream(self) -> Any:
        return self._bound.keep(self.engine.open())

    def under(self, cancel: CancelToken) -> AbstractContextManager[None]:
        return self._bound.bind(cancel)
