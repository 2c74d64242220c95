"""Connections that begin where Dify's containers are: in a container of the server's own Docker network.

The container is made of an image that the release brings anyway (``resources/external.toml``: relay), ends by
itself, and only relays bytes. Where there is no Docker yet, the server itself makes the connections.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from typing import TYPE_CHECKING, Protocol

from installer.core.errors import Code, InstallError
from installer.core.streams import ByteStream, shut
from installer.docker.exec_stream import Refused, started, unframed
from installer.hosts.base import Host
from installer.hosts.ssh.dial import DIAL_BASH, DIAL_PYTHON, DIAL_SCRIPT
from installer.network.forward import DialsByProgram
from installer.network.parse import reason as network_reason
from installer.state.external_report import Place
from installer.untrusted.values import mapping

if TYPE_CHECKING:
    from docker import APIClient

#: For a connection, and for an answer.
SECONDS = 12.0
_PIECE = 65536
_SAID = 2000
#: Bytes that one connection gives at most: an answer of a service has some kilobytes.
MOST_RECEIVED = 16 << 20
#: Standard error among Docker's frames.
_ERRORS = 2
#: Besides those of ``network.parse``: busybox' nc, musl, and what OpenSSH says of a forwarded connection.
_NAMES = re.compile(
    r"bad address|invalid host|temporary failure in name|gaierror|unknown host|administratively", re.I
)


class Unreachable(Exception):
    """No connection: *reason* is a word (``name refused timeout route other``), *said* what was said."""

    def __init__(self, reason: str, said: str = "") -> None:
        super().__init__(reason)
        self.reason, self.said = reason, said


def reason_of(said: str) -> str:
    """The word for what a program said when it could not connect."""
    return "name" if _NAMES.search(said) else network_reason(said) if said else "other"


class Line:
    """A connection: *sock* is a plain socket here."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        # TLS takes the socket itself away, before its handshake
        self._handle = sock.dup()
        self._said = ""
        self._over = threading.Event()
        self.was_cut = False

    def complain(self, text: str) -> None:
        """Note what the relay says."""
        self._said = (self._said + text)[-_SAID:]

    def cut(self) -> None:
        """End it from another thread: who reads or writes sees its end."""
        self.was_cut = True
        with contextlib.suppress(OSError):
            self._handle.shutdown(socket.SHUT_RDWR)

    def over(self) -> None:
        """Nothing more comes."""
        self._over.set()

    def said(self, seconds: float = 2.0) -> str:
        """What the relay said; waits a little for its end."""
        self._over.wait(seconds)
        return self._said.strip()

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(OSError):
            self._handle.shutdown(socket.SHUT_RDWR)
        self._handle.close()
        self.sock.close()


class Dialer(Protocol):
    """Makes connections; *place* is where they begin."""

    place: Place

    def connect(self, address: str, port: int) -> Line:
        """Raises ``Unreachable`` where that is known at once, and what losing the host raises."""


class ServerDialer:
    """The server itself, without Docker."""

    place: Place = "server"

    def __init__(self, host: Host) -> None:
        self._host = host

    def connect(self, address: str, port: int) -> Line:
        """As ``Dialer``."""
        try:
            stream = self._host.open_tcp(address, port, timeout=SECONDS)
        except InstallError as exc:
            if exc.code is Code.HOST_ADDRESS_UNREACHABLE:
                raise Unreachable(reason_of(exc.detail or ""), exc.detail or "") from exc
            if exc.code is not Code.SSH_FORWARDING_REFUSED or not isinstance(self._host, DialsByProgram):
                raise
            stream = self._host.dial_by_program(address, port)
        return _joined(stream, framed=False)


class RelayDialer:
    """A container that relays; made and removed by ``relay``."""

    place: Place = "docker"

    def __init__(self, host: Host, client: APIClient, container: str) -> None:
        self._host, self._client, self._container = host, client, container

    def connect(self, address: str, port: int) -> Line:
        """As ``Dialer``. What comes back says whether there is a connection."""
        words = ["sh", "-c", DIAL_SCRIPT, "sh", address, str(port), DIAL_PYTHON, DIAL_BASH]
        made = self._client.exec_create(self._container, words, stdin=True, stdout=True, stderr=True)
        try:
            stream, rest = started(
                self._host.docker_stream, str(mapping(made).get("Id", "")), seconds=SECONDS
            )
        except Refused as exc:
            raise InstallError(Code.DOCKER_API_FAILED, detail=str(exc)) from exc
        return _joined(stream, framed=True, first=rest)


def _joined(stream: ByteStream, *, framed: bool, first: bytes = b"") -> Line:
    """*stream* as a socket of this process. *framed*: output comes in Docker's frames, errors among it."""
    near, far = socket.socketpair()
    line = Line(near)
    stream.settimeout(None)
    pump = _Pump(stream, far, line, framed=framed)
    for work, args in ((pump.down, (first,)), (pump.up, ())):
        threading.Thread(target=work, args=args, name="external", daemon=True).start()
    return line


class _Pump:
    """Carries bytes between *stream* and *far* until one of them ends; *line* gets the complaints."""

    def __init__(self, stream: ByteStream, far: socket.socket, line: Line, *, framed: bool) -> None:
        self._stream, self._far, self._line, self._framed = stream, far, line, framed
        self._rest, self._left = b"", MOST_RECEIVED

    def down(self, data: bytes) -> None:
        """From the service. *data*: what is there already."""
        try:
            self._take(data)
            while self._left > 0 and (data := self._stream.recv(_PIECE)):
                self._left -= len(data)
                self._take(data)
        except InstallError as exc:
            self._line.complain(exc.detail or str(exc))
        except OSError:
            pass  # closed here
        self._line.over()
        with contextlib.suppress(OSError):
            self._far.shutdown(socket.SHUT_RDWR)
        _end(self._stream)

    def up(self) -> None:
        """To the service."""
        with contextlib.suppress(OSError, InstallError):
            while data := self._far.recv(_PIECE):
                self._stream.sendall(data)
        _end(self._stream)
        self._far.close()

    def _take(self, data: bytes) -> None:
        if not self._framed:
            self._far.sendall(data)
            return
        pieces, self._rest = unframed(self._rest + data)
        for kind, piece in pieces:
            if kind == _ERRORS:
                self._line.complain(piece.decode("utf-8", "replace"))
            else:
                self._far.sendall(piece)


def _end(stream: ByteStream) -> None:
    """Close so that the other thread, which waits for it, wakes up."""
    if isinstance(stream, socket.socket):
        with contextlib.suppress(OSError):
            stream.shutdown(socket.SHUT_RDWR)
    shut(stream)
