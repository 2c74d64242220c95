"""Two-way byte connections over SSH: to an address the server reaches, and to its Docker Engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.docker.dial import dial_refused
from installer.hosts.base import Command
from installer.hosts.cancel_scope import waiting
from installer.hosts.limits import Limits
from installer.hosts.ssh.errors import translating
from installer.hosts.ssh.process import RemoteProcess
from installer.hosts.ssh.run import Runner

if TYPE_CHECKING:
    import paramiko

    from installer.hosts.ssh.connection import Connection
    from installer.hosts.ssh.pool import ConnectionPool

_START_SECONDS = 30.0
_SEND_POLL = 0.005
_DIAL = Command(("docker", "system", "dial-stdio"))
_UNSET = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")


class ChannelStream:
    """A direct-tcpip channel as a ``ByteStream``."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel

    def sendall(self, data: bytes) -> None:
        """Send everything. ``OSError``, ``TimeoutError``."""
        try:
            self._channel.sendall(data)
        except EOFError as exc:  # how paramiko says that the connection under the channel is gone
            raise ConnectionResetError("the SSH connection ended") from exc

    def recv(self, size: int) -> bytes:
        """Up to *size* bytes, empty at the end."""
        return self._channel.recv(size)

    def settimeout(self, seconds: float | None) -> None:
        """For ``recv`` and ``sendall``."""
        self._channel.settimeout(seconds)

    def close(self) -> None:
        """End it."""
        with suppress(EOFError):  # the connection under the channel is gone already
            self._channel.close()


class ProcessStream:
    """Standard input and output of a remote program as a ``ByteStream``.

    What it says on standard error is kept; a program that ends without a word of output makes ``recv``
    raise *refused* of that text instead of looking like an empty answer.
    """

    #: What comes without a reader is kept in this process (up to SSH's window of 2 MiB), so that a reader
    #: may take it in larger pieces. A socket or pipe of this computer keeps little, and its other end waits.
    gathers = True

    def __init__(self, process: RemoteProcess, refused: Callable[[str, int], InstallError]) -> None:
        self._process = process
        self._refused = refused
        self._timeout: float | None = None
        self._buffer = b""
        self._errors = b""
        self._answered = self._closed = False

    def sendall(self, data: bytes) -> None:
        """Send everything. ``TimeoutError``, ``InstallError(SSH_CONNECTION_LOST)``."""
        end = None if self._timeout is None else time.monotonic() + self._timeout
        view = memoryview(data)
        while view:
            view = view[self._process.send(view) :]
            if view:
                if end is not None and time.monotonic() > end:
                    raise TimeoutError("the server takes no more data")
                time.sleep(_SEND_POLL)

    def recv(self, size: int) -> bytes:
        """Up to *size* bytes, empty at the end. ``TimeoutError``; what *refused* makes."""
        end = None if self._timeout is None else time.monotonic() + self._timeout
        while not self._buffer:
            left = None if end is None else end - time.monotonic()
            pieces = self._process.read(Limits(CancelToken()), seconds=0.2 if left is None else left)
            if pieces is None:
                return self._end()
            self._buffer = pieces[0]
            self._errors = (self._errors + pieces[1])[-16384:]
            if not self._buffer and end is not None and time.monotonic() >= end:
                raise TimeoutError("no answer in time")
        self._answered = True
        part, self._buffer = self._buffer[:size], self._buffer[size:]
        return part

    def settimeout(self, seconds: float | None) -> None:
        """For ``recv`` and ``sendall``."""
        self._timeout = seconds

    def close(self) -> None:
        """End its input and the channel; dial-stdio ends with it. A waiting ``recv`` then returns nothing."""
        self._closed = True
        self._process.close()

    def _end(self) -> bytes:
        if self._answered or self._closed:
            return b""
        raise self._refused(self._errors.decode("utf-8", "replace"), self._process.exit_code())


def docker_stream(runner: Runner) -> ProcessStream:
    """``docker system dial-stdio`` on the server. The Docker client's own settings do not matter."""
    bound = runner.pool.bound
    limits = Limits.of(bound.token, _START_SECONDS)
    process = runner.start(_DIAL, limits, unset=_UNSET)
    try:
        process.wait_ready(limits)
    except BaseException:
        process.close()
        raise
    return bound.keep(ProcessStream(process, dial_refused))


def open_tcp(pool: ConnectionPool, address: str, port: int, timeout: float) -> ChannelStream:
    """A TCP connection made by the server; a dead SSH connection is replaced once."""
    cancel = pool.bound.token
    for last in (False, True):
        connection = pool.connection(cancel)

        def opened(connection: Connection = connection) -> paramiko.Channel:
            source = ("127.0.0.1", 0)
            return connection.transport.open_channel("direct-tcpip", (address, port), source, timeout=timeout)

        try:
            with translating(address, port):
                channel = waiting(opened, cancel, lambda late: late.close())
            return pool.bound.keep(ChannelStream(channel))
        except InstallError as exc:
            if exc.code is Code.SSH_FORWARDING_REFUSED:
                raise
            if isinstance(exc.__cause__, (EOFError, OSError)):
                connection.transport.close()  # broken, though paramiko may not have noticed yet
            if connection.active:
                params = {"address": address, "port": str(port)}
                raise InstallError(Code.HOST_ADDRESS_UNREACHABLE, params, detail=exc.detail) from exc
            if last:
                raise pool.lost(exc.detail) from exc
    raise AssertionError
