"""A request over a host's own TCP connections: as a client on that machine would make it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from installer.core.errors import Code, InstallError
from installer.core.streams import ByteStream, shut
from installer.hosts.base import Host
from installer.hosts.http_command import Ask, ask_by_command
from installer.hosts.tls import TlsStream

MAX_ANSWER = 1 << 20
#: The whole exchange takes no longer than this many times what a single wait may take: a server that sends a
#: byte now and then must not hold on for ever.
PATIENCE = 3
#: Where a line of a head ends. Some servers leave the carriage return out, some send it alone.
_LINE_END = re.compile(rb"\r\n|\n|\r")
_NO_HEADER = re.compile(r"[\x00-\x1f\x7f]")
_STATUS = re.compile(rb"^HTTP/1\.\d (\d{3})")


@dataclass(frozen=True)
class Answer:
    """*status* 0 = no HTTP answer; *detail* says why then. Header names are in lower case. *certificate*
    (DER) is what a TLS server showed."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    detail: str = ""
    certificate: bytes = b""


def reachable_address(bind: str) -> str:
    """Where a server that listens on *bind* is reached on its own machine.

    Docker publishes ``::`` on IPv4 as well, and the machine may have no ``::1``.
    """
    return {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}.get(bind, bind)  # noqa: S104


def authority(name: str, port: int, *, tls: bool) -> str:
    """The Host header for *name*: a bare IPv6 address in brackets, the port unless it is the usual one."""
    literal = f"[{name}]" if ":" in name and not name.startswith("[") else name
    return literal if port == (443 if tls else 80) else f"{literal}:{port}"


def request(
    host: Host,
    port: int,
    path: str,
    *,
    address: str = "127.0.0.1",
    name: str = "localhost",
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 10,
    tls: bool = False,
) -> Answer:
    """Ask *address*:*port* as *host* sees it, with *name* in the Host header; with *tls* inside TLS.

    *timeout*: seconds for each wait, and ``PATIENCE`` times that for all of them.

    HTTP/1.0 on purpose: the answer ends with the connection, so nothing has to be un-chunked. Where the
    host forwards no connections, a program there asks (without *certificate*). Never raises for a dead or
    broken server; that is ``status`` 0. Raises what losing the host raises, and SSH_FORWARDING_REFUSED
    where nothing there can ask.
    """
    shown = authority(name, port, tls=tls)
    given = (method, path, shown, *(text for pair in (headers or {}).items() for text in pair))
    if any(map(_NO_HEADER.search, given)):  # some of it is what a server said before: a cookie
        return Answer(0, {}, b"", "a control character in a request")
    raw = _head(method, path, shown, body, headers or {}) + (body or b"")
    ask = Ask(address, port, name, shown, method, path, headers or {}, body, raw, timeout, tls)
    try:
        return _over(host.open_tcp(address, port, timeout=timeout), ask)
    except (OSError, InstallError) as e:
        if isinstance(e, InstallError) and e.code is Code.SSH_FORWARDING_REFUSED:
            return _by_command(host, ask, e)
        if isinstance(e, InstallError) and e.code.startswith(("ssh.", "sudo.")):
            raise
        return Answer(0, {}, b"", str(e) or type(e).__name__)


def _over(stream: ByteStream, ask: Ask) -> Answer:
    certificate = b""
    try:
        stream = _Timed(stream, ask.timeout)
        if ask.tls:
            stream = secure = TlsStream(stream, ask.name)
            certificate = secure.certificate
        stream.sendall(ask.raw)
        return replace(parse(_read(stream)), certificate=certificate)
    finally:
        shut(stream)


def _by_command(host: Host, ask: Ask, refused: InstallError) -> Answer:
    found = ask_by_command(host, ask)
    if found is None:
        raise refused
    raw, said = found
    answer = parse(raw[:MAX_ANSWER])
    return answer if answer.status or not said else replace(answer, detail=said)


def _head(method: str, path: str, shown: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.0", f"Host: {shown}", "Connection: close"]
    lines += [f"{k}: {v}" for k, v in headers.items()]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class _Timed:
    """A stream on which each wait and all waits together have a limit."""

    def __init__(self, stream: ByteStream, seconds: float) -> None:
        self._stream, self._seconds = stream, seconds
        self._end = time.monotonic() + PATIENCE * seconds

    def sendall(self, data: bytes) -> None:
        self._limit()
        self._stream.sendall(data)

    def recv(self, size: int) -> bytes:
        self._limit()
        return self._stream.recv(size)

    def settimeout(self, seconds: float | None) -> None:
        self._seconds = self._seconds if seconds is None else seconds

    def close(self) -> None:
        self._stream.close()

    def _limit(self) -> None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer did not end")
        self._stream.settimeout(min(left, self._seconds))


def _read(stream: ByteStream) -> bytes:
    raw = bytearray()
    while len(raw) < MAX_ANSWER:
        piece = stream.recv(65536)
        if not piece:
            break
        raw += piece
    return bytes(raw[:MAX_ANSWER])


def parse(raw: bytes) -> Answer:
    """Split an answer into status, headers and body."""
    head, _, body = raw.partition(b"\r\n\r\n")
    status = _STATUS.match(head)
    if not status:
        return Answer(0, {}, b"", "no HTTP answer")
    headers = {}
    for line in _LINE_END.split(head)[1:]:
        key, _, value = line.partition(b":")
        headers[key.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
    return Answer(int(status[1]), headers, body)
