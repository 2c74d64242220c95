"""HTTP for lists and archives: system's certificate roots, proxies of the environment, no secrets sent."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlsplit

import truststore

from installer import __version__
from installer.core.cancel import Cancelled, CancelToken
from installer.hosts.tcp import connect_tcp

#: Seconds without a byte after which a connection is given up.
TIMEOUT = 20.0
SCHEMES = ("http", "https")
#: What a broken or missing connection raises; HTTP statuses are ``urllib.error.HTTPError``, a subclass.
TRANSPORT_ERRORS = (
    urllib.error.URLError,
    http.client.HTTPException,
    TimeoutError,
    ConnectionError,
    ssl.SSLError,
)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http and https, but never from https to http. What a redirect's own answer holds
    is not read: the library would take all of it."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        to = urlsplit(newurl).scheme
        if to not in ("https", req.type) or to not in SCHEMES:
            raise urllib.error.HTTPError(newurl, code, f"redirect from {req.type} to {to}", headers, fp)
        fp.close()
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Connections:
    """The sockets of one request, so that cancel can end whatever waits: a handshake, a proxy, a read."""

    def __init__(self, cancel: CancelToken) -> None:
        self._cancel = cancel
        self._open: list[socket.socket] = []
        self._shut = False

    def open_http(self, host: str, **options: Any) -> http.client.HTTPConnection:
        """An http connection."""
        return self._noted(http.client.HTTPConnection(host, **options))

    def open_https(self, host: str, **options: Any) -> http.client.HTTPConnection:
        """An https connection with the system's roots."""
        options.pop("context", None)
        return self._noted(http.client.HTTPSConnection(host, context=_context(), **options))

    def _noted(self, connection: http.client.HTTPConnection) -> http.client.HTTPConnection:
        """The connection gives its socket away to TLS and to the response, so it is noted as soon as there is
        one (``_create_connection``: http.client of Python 3.11 to 3.14)."""

        def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
            made = connect_tcp(*address, TIMEOUT, self._cancel)
            made.settimeout(TIMEOUT)
            self._open.append(made.dup())  # of its own: TLS detaches the first from what it is
            if self._shut:
                self.shut()
            return made

        cast("Any", connection)._create_connection = connect
        return connection

    def shut(self) -> None:
        """End all, from any thread; what comes up later is ended at once."""
        self._shut = True
        for opened in self._open:
            with contextlib.suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give back what was noted."""
        for opened in self._open:
            opened.close()


def _context() -> ssl.SSLContext:
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class _Http(urllib.request.HTTPHandler):
    def __init__(self, connections: _Connections) -> None:
        super().__init__()
        self._connections = connections

    def http_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(cast("Any", self._connections.open_http), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, connections: _Connections) -> None:
        super().__init__()
        self._connections = connections

    def https_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(cast("Any", self._connections.open_https), req)


@contextmanager
def get(
    url: str,
    headers: Mapping[str, str] | None = None,
    *,
    token: str = "",
    method: str = "GET",
    cancel: CancelToken | None = None,
    seconds: float | None = None,
) -> Iterator[http.client.HTTPResponse]:
    """The open response to GET *url* (or another *method*). *token*: for the server that is asked, never for
    a redirect's target (a storage service would refuse it, and must not have it). *seconds*: for all of it,
    the block too; a server that sends a byte now and then would otherwise hold on for ever.

    Raises ``urllib.error.HTTPError`` for statuses from 400 on, other ``TRANSPORT_ERRORS``, and
    ``Cancelled`` while the block waits for data.
    """
    cancel = cancel or CancelToken()
    connections = _Connections(cancel)
    late = threading.Event()
    opener = urllib.request.build_opener(_Redirects(), _Http(connections), _Https(connections))
    agent = {"User-Agent": f"dify-installer/{__version__}", **(headers or {})}
    with (
        contextlib.closing(connections),
        cancel.on_cancel(connections.shut),
        _timer(seconds, late, connections.shut),
    ):
        try:
            cancel.check()
            with _opened(opener, url, agent, method, token) as response:
                yield response
            cancel.check()  # a connection that was ended can look like the end of the answer
            if late.is_set():
                raise TimeoutError(f"not whole after {seconds:.0f} s")
        except (*TRANSPORT_ERRORS, ValueError, OSError) as exc:
            if cancel.cancelled:
                raise Cancelled from exc
            if late.is_set() and not isinstance(exc, TimeoutError):
                raise TimeoutError(f"not whole after {seconds:.0f} s") from exc
            raise


def _opened(
    opener: urllib.request.OpenerDirector, url: str, headers: Mapping[str, str], method: str, token: str
) -> http.client.HTTPResponse:
    """The answer. What is no address, or no header's text, is a transport's error as well: both may come from
    a server."""
    try:
        if urlsplit(url).scheme not in SCHEMES:
            raise ValueError(f"no address of the web: {url[:200]}")
        request = urllib.request.Request(url, headers=dict(headers), method=method)  # noqa: S310
        if token:
            request.add_unredirected_header("Authorization", f"Bearer {token}")
        return cast("http.client.HTTPResponse", opener.open(request, timeout=TIMEOUT))
    except ValueError as exc:
        raise urllib.error.URLError(str(exc)) from exc


@contextmanager
def _timer(seconds: float | None, late: threading.Event, shut: Callable[[], None]) -> Iterator[None]:
    """Set *late* and call *shut* if the block takes longer than *seconds*."""

    def end() -> None:
        late.set()
        shut()

    timer = threading.Timer(seconds, end) if seconds is not None else None
    if timer is not None:
        timer.daemon = True
        timer.start()
    try:
        yield
    finally:
        if timer is not None:
            timer.cancel()
