"""A GET over a host's own connections."""

import socket
import threading

from installer.errors import Code, InstallError
from installer.hosts.http import authority, parse, reachable_address, request


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
            side.sendall(self.answer or b"")


def test_get() -> None:
    host = OneConnection(b'HTTP/1.1 200 OK\r\nX-Version: 1.16.1\r\n\r\n{"step":"finished"}')
    answer = request(host, 80, "/x", name="dify.example")  # type: ignore[arg-type]
    assert (answer.status, answer.body) == (200, b'{"step":"finished"}')
    assert answer.headers["x-version"] == "1.16.1"
    assert host.asked.startswith(b"GET /x HTTP/1.0\r\nHost: dify.example\r\n")


def test_nobody_there_and_not_http() -> None:
    assert request(OneConnection(None), 80, "/").status == 0  # type: ignore[arg-type]
    assert request(OneConnection(b"SSH-2.0"), 80, "/").status == 0  # type: ignore[arg-type]
    assert parse(b"").status == 0


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
