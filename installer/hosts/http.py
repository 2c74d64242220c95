"""A request over a host's own TCP connections: what somebody on that machine would get."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from installer.errors import Code, InstallError
from installer.hosts.base import ByteStream, Host, shut
from installer.hosts.http_command import Ask, ask_by_command
from installer.hosts.tls import TlsStream

MAX_ANSWER = 1 << 20
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

    HTTP/1.0 on purpose: the answer ends with the connection, so nothing has to be un-chunked. Where the
    host forwards no connections, a program there asks (without *certificate*). Never raises for a dead or
    broken server; that is ``status`` 0. Raises what losing the host raises, and SSH_FORWARDING_REFUSED
    where nothing there can ask.
    """
    shown = authority(name, port, tls=tls)
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
        stream.settimeout(ask.timeout)
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


def _read(stream: ByteStream) -> bytes:
    raw = b""
    while len(raw) < MAX_ANSWER:
        piece = stream.recv(65536)
        if not piece:
            break
        raw += piece
    return raw


def parse(raw: bytes) -> Answer:
    """Split an answer into status, headers and body."""
    head, _, body = raw.partition(b"\r\n\r\n")
    status = _STATUS.match(head)
    if not status:
        return Answer(0, {}, b"", "no HTTP answer")
    headers = {}
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        headers[key.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
    return Answer(int(status[1]), headers, body)
