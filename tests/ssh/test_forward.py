"""Dify through SSH, over a real sshd: with and without its forwarding, and over a line that breaks."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import http.server
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.core.errors import Code, InstallError
from installer.facts.web import Web
from installer.hosts.ssh import dial
from installer.hosts.ssh.host import SshHost
from installer.network.forward import MOST_PROGRAMS, Forward, open_through_ssh
from tests.ssh.conftest import StartSshd
from tests.ssh.relay import Relay
from tests.ssh.sshd import Sshd, free_port

NO_FORWARDING = ("AllowTcpForwarding no",)
BIG = bytes(range(256)) * 12_000  # 3 MB


class Dify(http.server.BaseHTTPRequestHandler):
    """Keeps connections open, as nginx does; ``/big`` is big, ``/slow`` ends late, POST tells what it got."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._send(b"")

    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(0.4)
        self._send({"/big": BIG}.get(self.path, b"Dify at " + self.headers["Host"].encode()))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._send(hashlib.sha256(body).hexdigest().encode())

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


@pytest.fixture
def dify() -> Iterator[Web]:
    with _Server(("127.0.0.1", 0), Dify) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield Web("127.0.0.1", server.server_address[1], "dify.example", tls=False)
        server.shutdown()
        thread.join()


@pytest.fixture(params=["forwarded", "by a program"])
def way(request: pytest.FixtureRequest, dify: Web) -> Iterator[Forward]:
    """Open through a server that forwards, and through one that does not."""
    if request.param == "forwarded":
        host = request.getfixturevalue("ssh")
        with open_through_ssh(host, dify) as forward:
            assert not forward.by_program
            yield forward
        return
    server: Sshd = request.getfixturevalue("start_server")(NO_FORWARDING)
    with SshHost.connect(server.login(), server.known()) as host, open_through_ssh(host, dify) as forward:
        assert forward.by_program
        yield forward


def ask(forward: Forward, path: str = "/", body: bytes | None = None) -> bytes:
    link = http.client.HTTPConnection("127.0.0.1", forward.port, timeout=20)
    try:
        link.request("GET" if body is None else "POST", path, body)
        answer = link.getresponse()
        assert answer.status == 200
        return answer.read()
    finally:
        link.close()


def test_pages_come_through(way: Forward) -> None:
    assert way.url == f"http://127.0.0.1:{way.port}"
    assert ask(way) == f"Dify at 127.0.0.1:{way.port}".encode()
    assert ask(way, "/big") == BIG
    assert ask(way, "/x", BIG) == hashlib.sha256(BIG).hexdigest().encode()


def test_a_connection_is_kept_and_used_again(way: Forward) -> None:
    link = http.client.HTTPConnection("127.0.0.1", way.port, timeout=10)
    for _ in range(3):
        link.request("GET", "/")
        assert link.getresponse().read().startswith(b"Dify")
    link.close()


def test_a_browser_s_parallel_connections(way: Forward) -> None:
    """More than there are places at once: some wait for their turn."""
    answers: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: answers.append(ask(way, "/slow"))) for _ in range(MOST_PROGRAMS * 2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == MOST_PROGRAMS * 2 and len(set(answers)) == 1


def test_closing_ends_what_is_open(way: Forward) -> None:
    """The fixture ``_no_leaks`` sees that no thread stays."""
    with socket.create_connection(("127.0.0.1", way.port), 5) as browser:
        browser.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert browser.recv(100).startswith(b"HTTP/1.1 200")
        way.close()
        browser.settimeout(5)
        with contextlib.suppress(ConnectionResetError):
            while browser.recv(4096):
                pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", way.port), 1)
    way.close()  # twice does no harm


def test_the_port_is_kept_from_time_to_time(ssh: SshHost, dify: Web) -> None:
    with open_through_ssh(ssh, dify, name="root@server:/opt/dify") as first:
        port = first.port
        with open_through_ssh(ssh, dify, name="root@server:/opt/dify") as second:
            assert second.port != port and ask(second) and ask(first)
    with open_through_ssh(ssh, dify, name="root@server:/opt/dify") as again:
        assert again.port == port


def test_only_this_computer_can_use_it(ssh: SshHost, dify: Web) -> None:
    with open_through_ssh(ssh, dify) as forward:
        assert forward._listener.getsockname()[0] == "127.0.0.1"


def test_nothing_listens_there(ssh: SshHost) -> None:
    with pytest.raises(InstallError) as failure:
        open_through_ssh(ssh, Web("127.0.0.1", free_port(), "x", tls=False))
    assert failure.value.code is Code.HOST_ADDRESS_UNREACHABLE


def test_what_stops_later_is_told_and_comes_back(ssh: SshHost) -> None:
    errors: list[InstallError] = []
    port = free_port()
    web = Web("127.0.0.1", port, "x", tls=False)

    def serve() -> _Server:
        server = _Server(("127.0.0.1", port), Dify)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server

    first = serve()
    with open_through_ssh(ssh, web, on_error=errors.append) as forward:
        assert ask(forward)
        first.shutdown()
        first.server_close()
        with pytest.raises((OSError, http.client.HTTPException)):
            ask(forward)
        second = serve()
        assert ask(forward)
        second.shutdown()
        second.server_close()
    assert [error.code for error in errors] == [Code.HOST_ADDRESS_UNREACHABLE]


def test_a_line_that_broke_is_replaced(relay: Relay, sshd: Sshd, dify: Web) -> None:
    known = sshd.known(port=relay.port)
    with (
        SshHost.connect(sshd.login(port=relay.port), known) as host,
        open_through_ssh(host, dify) as forward,
    ):
        assert ask(forward)
        relay.cut()
        assert ask(forward, "/big") == BIG
        assert relay.accepted == 2


def test_a_server_with_one_session_a_connection(start_server: StartSshd, dify: Web) -> None:
    server = start_server((*NO_FORWARDING, "MaxSessions 1"))
    with SshHost.connect(server.login(), server.known()) as host, open_through_ssh(host, dify) as forward:
        results: list[bytes] = []
        threads = [threading.Thread(target=lambda: results.append(ask(forward, "/slow"))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(results) == 4


def test_nothing_is_left_on_the_server(start_server: StartSshd, dify: Web) -> None:
    """Programs that dialled end with their connection."""
    server = start_server(NO_FORWARDING)
    with SshHost.connect(server.login(), server.known()) as host:
        with open_through_ssh(host, dify) as forward:
            browsers = [socket.create_connection(("127.0.0.1", forward.port), 5) for _ in range(3)]
            for browser in browsers:
                browser.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                assert browser.recv(10)
        for browser in browsers:
            browser.close()
        end = time.monotonic() + 8
        while (left := _dialling(server)) and time.monotonic() < end:
            time.sleep(0.1)
        assert not left


def _dialling(server: Sshd) -> list[str]:
    found = []
    for pid in server.sessions():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if "create_connection" in words:
            found.append(words)
    return found


@pytest.mark.parametrize("tool", ["bash", "nc"])
def test_other_programs_dial_too(
    start_server: StartSshd, dify: Web, tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"no {tool} here")
    hidden = dial.DIAL_SCRIPT.replace("python3 >", "python3-is-not-here >")
    if tool == "nc":
        hidden = hidden.replace("command -v bash", "command -v bash-is-not-here")
    monkeypatch.setattr(dial, "DIAL_SCRIPT", hidden)
    server = start_server(NO_FORWARDING)
    with SshHost.connect(server.login(), server.known()) as host, open_through_ssh(host, dify) as forward:
        assert ask(forward, "/big") == BIG
        assert ask(forward, "/x", BIG) == hashlib.sha256(BIG).hexdigest().encode()


def test_no_program_at_all(start_server: StartSshd, dify: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dial, "DIAL_SCRIPT", "exit 127\n")
    server = start_server(NO_FORWARDING)
    errors: list[InstallError] = []
    with (
        SshHost.connect(server.login(), server.known()) as host,
        pytest.raises(InstallError) as failure,
        open_through_ssh(host, dify, on_error=errors.append),
    ):
        pass
    assert failure.value.code is Code.SSH_FORWARDING_REFUSED
