"""A request over a host's own TCP connections: as a client on that machine would make it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from installer.core.errors import Code, InstallError
from installer.core.streams import ByteStream, shut
from installer.hosts.base import Host
from installer.hosts.http_command import ask_by_command
from installer.hosts.http_request import Request
from installer.hosts.tls import TlsStream

MAX_ANSWER = 1 << 20
#: The whole exchange takes no longer than this many times what a single wait may take: a server that sends a
#: byte now and then must not hold on for ever.
PATIENCE = 3
#: Where a line of a head ends. Some servers leave the carriage return out, some send it alone.
_LINE_END = re.compile(rb"\r\n|\n|\r")
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


def request(host: Host, asked: Request) -> Answer:
    """Ask, waiting ``PATIENCE`` times *asked*'s timeout at most. Where the host forwards no connections, a
    program there asks (without *certificate*). Never raises for a dead or broken server; that is ``status``
    0. Raises what losing the host raises, and SSH_FORWARDING_REFUSED where nothing there can ask.
    """
    if asked.malformed:
        return Answer(0, {}, b"", "a control character in a request")
    try:
        return _over(host.open_tcp(asked.address, asked.port, timeout=asked.timeout), asked)
    except (OSError, InstallError) as e:
        if isinstance(e, InstallError) and e.code is Code.SSH_FORWARDING_REFUSED:
            return _by_command(host, asked, e)
        if isinstance(e, InstallError) and e.code.startswith(("ssh.", "sudo.")):
            raise
        return Answer(0, {}, b"", str(e) or type(e).__name__)


def _over(stream: ByteStream, asked: Request) -> Answer:
    certificate = b""
    try:
        stream = _Timed(stream, asked.timeout)
        if asked.tls:
            stream = secure = TlsStream(stream, asked.name)
            certificate = secure.certificate
        stream.sendall(asked.raw)
        return replace(parse(_read(stream)), certificate=certificate)
    finally:
        shut(stream)


def _by_command(host: Host, asked: Request, refused: InstallError) -> Answer:
    found = ask_by_command(host, asked)
    if found is None:
        raise refused
    raw, said = found
    answer = parse(raw[:MAX_ANSWER])
    return answer if answer.status or not said else replace(answer, detail=said)


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
