"""A GET over a host's own connections."""

import contextlib
import socket
import threading
import time
from typing import Any

import pytest

from installer.core.errors import Code, InstallError
from installer.hosts.http import MAX_ANSWER, parse, reachable_address, request
from installer.hosts.http_request import Request, authority


class OneConnection:
    """A host whose every TCP connection leads to one scripted server."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer, self.asked = answer, b""

    def open_tcp(self, address: str, port: int, *, timeout: float = 10) -> socket.socket:
        if self.answer is None:
            raise InstallError(Code.HOST_COMMAND_FAILED, detail="connection refused")
        ours, theirs = socket.socketpair()
        threading.Thread(target=self._serve, args=(theirs,)).start()
        return ours

    def _serve(self, side: socket.socket) -> None:
        with side:
            self.asked = side.recv(65536)
            with contextlib.suppress(OSError):
                side.sendall(self.answer or b"")


def test_get() -> None:
    host = OneConnection(b'HTTP/1.1 200 OK\r\nX-Version: 1.16.1\r\n\r\n{"step":"finished"}')
    answer = request(host, Request(80, "/x", name="dify.example"))  # type: ignore[arg-type]
    assert (answer.status, answer.body) == (200, b'{"step":"finished"}')
    assert answer.headers["x-version"] == "1.16.1"
    assert host.asked.startswith(b"GET /x HTTP/1.0\r\nHost: dify.example\r\n")


def test_nobody_there_and_not_http() -> None:
    assert request(OneConnection(None), Request(80, "/")).status == 0  # type: ignore[arg-type]
    assert request(OneConnection(b"SSH-2.0"), Request(80, "/")).status == 0  # type: ignore[arg-type]
    assert parse(b"").status == 0


class Dripping(OneConnection):
    """Its answer comes byte by byte and never ends."""

    def _serve(self, side: socket.socket) -> None:
        with side, contextlib.suppress(OSError):
            self.asked = side.recv(65536)
            while True:
                side.sendall(b"x")
                time.sleep(0.02)


@pytest.mark.parametrize("tls", [False, True])
def test_an_answer_that_never_ends(tls: bool) -> None:
    began = time.monotonic()
    answer = request(Dripping(b""), Request(80, "/", timeout=0.2, tls=tls))  # type: ignore[arg-type]
    assert answer.status == 0 and answer.detail and time.monotonic() - began < 5


@pytest.mark.parametrize(
    "given",
    [
        {"headers": {"Cookie": "a=b\nX-Admin: yes"}},
        {"headers": {"Cookie": "a=b\rX-Admin: yes"}},
        {"headers": {"X\nY": "z"}},
        {"name": "dify.example\r\nX: y"},
        {"path": "/x HTTP/1.0\n\nGET /y"},
    ],
)
def test_no_line_is_added_to_a_request(given: dict[str, Any]) -> None:
    host = OneConnection(b"HTTP/1.1 200 OK\r\n\r\n")
    answer = request(host, Request(80, **{"path": "/", **given}))  # type: ignore[arg-type]
    assert answer.status == 0 and host.asked == b""


def test_a_value_ends_where_its_line_does() -> None:
    raw = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\nX-Admin: yes\rX-More: no\r\nX-Last: c\r\n\r\nbody"
    answer = parse(raw)
    assert dict(answer.headers) == {"set-cookie": "a=b", "x-admin": "yes", "x-more": "no", "x-last": "c"}
    assert answer.body == b"body"


def test_an_answer_has_a_limit_of_size() -> None:
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    answer = request(OneConnection(head + bytes(2 * MAX_ANSWER)), Request(80, "/"))  # type: ignore[arg-type]
    assert len(answer.body) == MAX_ANSWER - len(head)


def test_host_header() -> None:
    assert authority("dify.example", 80, tls=False) == "dify.example"
    assert authority("dify.example", 443, tls=True) == "dify.example"
    assert authority("dify.example", 443, tls=False) == "dify.example:443"
    assert authority("2001:db8::1", 80, tls=False) == "[2001:db8::1]"
    assert authority("2001:db8::1", 8080, tls=False) == "[2001:db8::1]:8080"
    assert authority("[2001:db8::1]", 8443, tls=True) == "[2001:db8::1]:8443"


def test_reachable_address() -> None:
    assert reachable_address("0.0.0.0") == reachable_address("::") == "127.0.0.1"
    assert reachable_address("192.0.2.7") == "192.0.2.7"
