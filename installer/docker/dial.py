"""docker-py over any ``ByteStream``: a requests adapter whose connections are ours.

docker-py's own ``ssh://`` can take no password, passphrase, sudo or jump host and opens its own
connection. What it expects of an adapter is copied from its ``docker/transport/sshconn.py`` (7.1, 7.2).
"""

from __future__ import annotations

import http.client
import io
import queue
import socket
import threading
from collections.abc import Callable
from typing import Any

import requests.adapters
import urllib3
import urllib3.connection

from installer.core.errors import Code, InstallError
from installer.core.streams import ByteStream, shut
from installer.docker.wire import MOST_BODY

OpenStream = Callable[[], ByteStream]
_PIECE = 1 << 16


#: Also of newer clients, and on Windows ("error during connect: … open //./pipe/…: The system cannot find …",
#: whose end is in the person's language).
_NOT_RUNNING = (
    *("cannot connect", "is the docker daemon running", "dial unix", "failed to connect to the docker api"),
    *("error during connect", "//./pipe/"),
)


def dial_refused(text: str, exit_code: int) -> InstallError:
    """The error for a ``docker system dial-stdio`` that ended at once; *text* is what it said.

    Texts of the Docker client (docker/cli) and of POSIX shells.
    """
    low = text.lower()
    if exit_code == 127 or "not found" in low:
        code = Code.DOCKER_MISSING
    elif "permission denied" in low or "access is denied" in low:
        code = Code.DOCKER_NO_RIGHTS
    elif any(words in low for words in _NOT_RUNNING):
        code = Code.DOCKER_NOT_RUNNING
    else:
        code = Code.DOCKER_API_FAILED
    return InstallError(code, detail=text.strip())


class _Raw(io.RawIOBase):
    """The reading side of a stream for ``io.BufferedReader``."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Reader(io.BufferedReader):
    """What http.client reads from; docker-py takes *channel* from it for exec and attach."""

    channel: StreamSocket

    def flush(self) -> None:
        """Nothing to do for a reader.

        A response that was not read to its end flushes its file when it is collected. If the stream was
        closed before, Python 3.13 reports that as an error that cannot be caught.
        """


class StreamSocket:
    """A ``ByteStream`` with what http.client, urllib3 and docker-py want of a socket.

    ``recv`` goes through the reader that http.client used for the headers, because the first output of
    an exec often comes in the same piece and would be lost.
    """

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._reader: _Reader | None = None
        self._ready: socket.socket | None = None

    def makefile(self, _mode: str = "rb", *_args: Any, **_options: Any) -> io.BufferedReader:
        """The one reader of this stream."""
        reader = _Reader(_Raw(self._stream))
        reader.channel = self
        self._reader = reader
        return reader

    def sendall(self, data: bytes) -> None:
        """Send everything."""
        self._stream.sendall(bytes(data))

    def send(self, data: bytes) -> int:
        """Send everything."""
        self.sendall(data)
        return len(data)

    def recv(self, size: int) -> bytes:
        """Next bytes, first those already read ahead."""
        if self._reader is not None and not self._reader.closed:
            return self._reader.read1(size)
        return self._stream.recv(size)

    def settimeout(self, seconds: float | None) -> None:
        """For reading and sending."""
        self._stream.settimeout(seconds)

    def fileno(self) -> int:
        """A descriptor that always counts as readable: docker-py polls before it reads, and ``recv``
        does the waiting (a channel has no descriptor, and bytes read ahead would not show on one)."""
        if self._ready is None:
            self._ready, other = socket.socketpair()
            other.close()
        return self._ready.fileno()

    def shutdown(self, _how: int) -> None:
        """docker-py shuts a socket down to end a stream."""
        self.close()

    def close(self) -> None:
        """End the stream."""
        if self._ready is not None:
            self._ready.close()
            self._ready = None
        shut(self._stream)


class _Connection(urllib3.connection.HTTPConnection):
    """An HTTP connection on a stream instead of a TCP socket."""

    def __init__(self, adapter: StreamAdapter, timeout: Any) -> None:
        super().__init__("localhost", timeout=timeout)
        self._adapter = adapter

    def connect(self) -> None:
        sock = self._adapter.open_socket()
        timeout = self.timeout
        sock.settimeout(timeout if isinstance(timeout, (int, float)) else None)
        self.sock = sock

    @property
    def is_connected(self) -> bool:
        # urllib3 would look at the descriptor; a stream tells its end only when it is read
        return self.sock is not None


class _Pool(urllib3.connectionpool.HTTPConnectionPool):
    """Keeps idle connections; also hands out one whose descriptor looks readable (see ``fileno``)."""

    def __init__(self, adapter: StreamAdapter, timeout: Any, size: int) -> None:
        super().__init__("localhost", timeout=timeout, maxsize=size)
        self._adapter = adapter

    def _new_conn(self) -> Any:
        return _Connection(self._adapter, self.timeout.connect_timeout)

    def _get_conn(self, timeout: float | None = None) -> Any:
        assert self.pool is not None  # noqa: S101 - closed only with the adapter
        try:
            found = self.pool.get(block=False)
        except queue.Empty:
            found = None
        return found or self._new_conn()


class StreamAdapter(requests.adapters.HTTPAdapter):
    """Sends requests over streams from *open_stream*; ``close`` ends every one of them."""

    def __init__(self, open_stream: OpenStream, timeout: float, size: int = 2) -> None:
        self._open_stream = open_stream
        self._lock = threading.Lock()
        self._sockets: list[StreamSocket] = []
        self._pool = _Pool(self, timeout, size)
        super().__init__(max_retries=0)

    def open_socket(self) -> StreamSocket:
        """A new stream as a socket, remembered for ``close``."""
        sock = StreamSocket(self._open_stream())
        with self._lock:
            self._sockets.append(sock)
        return sock

    def get_connection_with_tls_context(self, *_request: Any, **_options: Any) -> Any:
        """The pool to use; the hook of requests ≥ 2.32."""
        return self._pool

    def send(self, request: Any, stream: bool = False, *args: Any, **options: Any) -> requests.Response:
        """As the library's; an answer that is not a *stream* is read here, up to ``MOST_BODY``.

        Raises ``InstallError(DOCKER_API_FAILED)`` for a longer one.
        """
        response = super().send(request, stream, *args, **options)
        response.encoding = "utf-8"  # else the library may guess, which takes long
        if stream:
            return response
        body = bytearray()
        for piece in response.iter_content(_PIECE):
            body += piece
            if len(body) > MOST_BODY:
                response.close()
                detail = f"an answer of more than {MOST_BODY} bytes"
                raise InstallError(Code.DOCKER_API_FAILED, {"status": ""}, detail=detail)
        response._content = bytes(body)
        return response

    def close(self) -> None:
        """End all streams, also those docker-py forgot (a leaked dial-stdio costs a session)."""
        self._pool.close()
        super().close()
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for sock in sockets:
            sock.close()


#: what reading from and writing to a stream may raise besides our own errors
STREAM_ERRORS = (OSError, http.client.HTTPException)
