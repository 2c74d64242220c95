"""Dify through SSH: a port of this computer whose connections end at the server's own web server.

For a server whose ports are closed from outside, or whose Dify is only meant for those who may log in there.
It listens on 127.0.0.1 alone and serves programs of the same login (``peers``). Every connection of the
browser is dialled again over the open SSH connection: a line that broke costs the open connections alone.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import zlib
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from installer.core.cancel import Cancelled
from installer.core.errors import Code, InstallError
from installer.core.streams import ByteStream, shut
from installer.facts.web import Web
from installer.network.peers import is_own

#: Channels of forwarded connections: sshd counts no sessions for them.
MOST_FORWARDED = 32
#: Programs that dial: each is a session (10 a connection, sometimes 1). Browsers open 6 to one address.
MOST_PROGRAMS = 6
#: How long a browser's connection waits for its turn.
TURN_SECONDS = 30.0
_PIECE = 65536
_DIAL_SECONDS = 10.0
#: A port is kept from one time to the next: browsers store what a page remembers by its port, too. Others on
#: this computer do not know which one it will be, so none of theirs waits there for a bookmark.
_FIRST_PORT, _PORTS = 20_000, 20_000


class Dials(Protocol):
    """Every ``Host``."""

    def open_tcp(self, address: str, port: int, *, timeout: float = 10) -> ByteStream: ...


@runtime_checkable
class DialsByProgram(Protocol):
    """What ``SshHost`` offers, too."""

    def dial_by_program(self, address: str, port: int) -> ByteStream: ...


class Forward:
    """Listens from its making to ``close``. Thread-safe.

    *on_error* is called with why a connection could not be made, in one of its threads.
    """

    def __init__(
        self, host: Dials, web: Web, *, name: str = "", on_error: Callable[[InstallError], None] | None = None
    ) -> None:
        """*name*: what the port is chosen by. ``InstallError(SSH_FORWARDING_REFUSED)`` and others of
        ``Dials`` if the first connection cannot be made: better now than in the browser."""
        self._host, self._web = host, web
        self._on_error = on_error or _ignore
        self._program = host if isinstance(host, DialsByProgram) else None
        self._by_program = False
        self._slots = threading.BoundedSemaphore(MOST_FORWARDED)
        self._lock = threading.Lock()
        self._open: set[ByteStream | socket.socket] = set()
        self._closed = False
        self._try()
        self._listener = _listen(_FIRST_PORT + zlib.crc32(name.encode()) % _PORTS)
        #: On 127.0.0.1.
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, name="forward", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """What to open in the browser."""
        return f"{'https' if self._web.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def by_program(self) -> bool:
        """Whether sshd forwards nothing, and programs on the server dial."""
        return self._by_program

    def close(self) -> None:
        """End the listening and every connection."""
        with self._lock:
            self._closed = True
            streams, self._open = list(self._open), set()
        # a blocked accept does not notice a mere close
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        shut(self._listener)
        for stream in streams:
            _end(stream)
        self._thread.join(5)

    def __enter__(self) -> Forward:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------ connections

    def _try(self) -> None:
        """One connection. A program only tells by an answer whether it got through."""
        stream = self._dial()
        try:
            if self._by_program:
                stream.settimeout(_DIAL_SECONDS)
                stream.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
                stream.recv(_PIECE)
        except TimeoutError:
            pass  # connected; the server there takes its time
        finally:
            shut(stream)

    def _dial(self) -> ByteStream:
        """A connection to the web server. Remembers that sshd forwards nothing."""
        if not self._by_program:
            try:
                return self._host.open_tcp(self._web.address, self._web.port, timeout=_DIAL_SECONDS)
            except InstallError as exc:
                if exc.code is not Code.SSH_FORWARDING_REFUSED or self._program is None:
                    raise
            with self._lock:
                if not self._by_program:
                    self._by_program = True
                    self._slots = threading.BoundedSemaphore(MOST_PROGRAMS)
        assert self._program is not None  # noqa: S101 - by_program is only set with one
        return self._program.dial_by_program(self._web.address, self._web.port)

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(browser,), name="forward", daemon=True).start()

    def _serve(self, browser: socket.socket) -> None:
        """One connection of the browser, to its end."""
        slots = self._slots
        if not is_own(browser):  # another user of this computer
            shut(browser)
            return
        if not self._keep(browser) or not slots.acquire(timeout=TURN_SECONDS):
            self._drop(browser)
            return
        try:
            self._join(browser)
        except (InstallError, Cancelled, OSError) as exc:
            if isinstance(exc, InstallError) and not self._closed:
                self._on_error(exc)
        finally:
            self._drop(browser)
            slots.release()

    def _join(self, browser: socket.socket) -> None:
        server = self._dial()
        try:
            if not self._keep(server):
                return
            up = threading.Thread(target=self._up, args=(browser, server), name="forward-up", daemon=True)
            up.start()
            while data := server.recv(_PIECE):
                browser.sendall(data)
        finally:
            self._drop(server)
            _end(browser)  # wakes the other direction

    def _up(self, browser: socket.socket, server: ByteStream) -> None:
        """What the browser says; when it hangs up, the rest of the answer is dropped."""
        with contextlib.suppress(InstallError, Cancelled, OSError):
            while data := browser.recv(_PIECE):
                server.sendall(data)
        _end(server)

    def _keep(self, stream: ByteStream | socket.socket) -> bool:
        """Note what ``close`` has to end; False if that has been."""
        with self._lock:
            if not self._closed:
                self._open.add(stream)
            return not self._closed

    def _drop(self, stream: ByteStream | socket.socket) -> None:
        with self._lock:
            self._open.discard(stream)
        _end(stream)


def open_through_ssh(
    host: Dials, web: Web, *, name: str = "", on_error: Callable[[InstallError], None] | None = None
) -> Forward:
    """Dify's *web* on *host*, opened on this computer: browse to ``url``, ``close`` it afterwards.

    *name* (the server's, with something that only this login knows) gives the same port next time, if it is
    free. Raises ``InstallError``:
    HOST_ADDRESS_UNREACHABLE if nothing listens there, SSH_FORWARDING_REFUSED if the server forwards
    in no way, or what losing the connection raises.
    """
    return Forward(host, web, name=name, on_error=on_error)


def _listen(preferred: int) -> socket.socket:
    """On 127.0.0.1, on *preferred* or any free port."""
    for port in (preferred, 0):
        try:
            return socket.create_server(("127.0.0.1", port), backlog=64)
        except OSError:
            if port == 0:
                raise
    raise AssertionError


def _end(stream: ByteStream | socket.socket) -> None:
    """Close so that a thread that waits for it wakes up."""
    if isinstance(stream, socket.socket):
        with contextlib.suppress(OSError):
            stream.shutdown(socket.SHUT_RDWR)
    shut(stream)


def _ignore(_: InstallError) -> None:
    """Ignores errors."""
