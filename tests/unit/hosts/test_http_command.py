"""Asking a web server through a program on its own machine."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from installer.core.errors import Code, InstallError
from installer.hosts import http_command
from installer.hosts.base import Command, Result
from installer.hosts.http import Answer, request
from installer.hosts.http_request import Request
from installer.hosts.local.host import LocalHost
from tests.certificates import key_pem, pem, site
from tests.fakes.host import Expected, FakeHost, failed

REFUSED = InstallError(Code.SSH_FORWARDING_REFUSED)
SECRET = 'p"a\\ss wörd'
WITH_SECRETS: dict[str, Any] = {
    "method": "POST",
    "body": SECRET.encode(),
    "headers": {"Cookie": "session=s3cret"},
}


class Closed(LocalHost):
    """A machine that forwards no connections."""

    def __init__(self) -> None:
        super().__init__()
        self.arguments = ""

    def open_tcp(self, *_: Any, **__: Any) -> Any:
        raise REFUSED

    def run(self, command: Command, **options: Any) -> Result:
        self.arguments += " ".join(command.argv)
        return super().run(command, **options)


class Echo(BaseHTTPRequestHandler):
    """Says what it was asked."""

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        asked = f"{self.command} {self.path} {self.headers['Host']} {self.headers.get('Cookie')} {body}"
        self.send_response({"/moved": 302, "/missing": 404}.get(self.path, 200))
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(asked.encode())

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield found
        found.shutdown()


def only(monkeypatch: pytest.MonkeyPatch, tool: str) -> None:
    monkeypatch.setattr(http_command, "TOOLS", (getattr(http_command, f"_{tool}"),))


def ask(host: Closed, server: ThreadingHTTPServer, path: str = "/x?y=1", **options: Any) -> Answer:
    return request(host, Request(server.server_port, path, name="dify.example", timeout=5, **options))


@pytest.mark.parametrize("tool", ["python", "curl", "bash", "wget"])
def test_get(monkeypatch: pytest.MonkeyPatch, server: ThreadingHTTPServer, tool: str) -> None:
    only(monkeypatch, tool)
    answer = ask(Closed(), server)
    assert (answer.status, answer.body.decode()) == (
        200,
        f"GET /x?y=1 dify.example:{server.server_port} None ",
    )
    assert answer.headers["location"] == "/elsewhere"
    moved = ask(Closed(), server, "/moved")
    assert moved.status == 302, "a redirect is not followed"
    assert b"/missing" in ask(Closed(), server, "/missing").body


@pytest.mark.parametrize("tool", ["python", "curl", "bash"])
def test_secrets_are_no_arguments(
    monkeypatch: pytest.MonkeyPatch, server: ThreadingHTTPServer, tool: str
) -> None:
    only(monkeypatch, tool)
    host = Closed()
    answer = ask(host, server, "/x", **WITH_SECRETS)
    assert answer.body.decode() == f"POST /x dify.example:{server.server_port} session=s3cret {SECRET}"
    assert "s3cret" not in host.arguments
    assert SECRET not in host.arguments


def test_wget_cannot_keep_secrets(monkeypatch: pytest.MonkeyPatch, server: ThreadingHTTPServer) -> None:
    only(monkeypatch, "wget")
    with pytest.raises(InstallError) as caught:
        ask(Closed(), server, **WITH_SECRETS)
    assert caught.value is REFUSED


@pytest.mark.parametrize("tool", ["python", "curl", "bash", "wget"])
def test_nobody_there(monkeypatch: pytest.MonkeyPatch, tool: str) -> None:
    only(monkeypatch, tool)
    answer = request(Closed(), Request(1, "/", timeout=5))
    assert answer.status == 0
    assert "refused" in answer.detail.lower() or "failed" in answer.detail.lower(), answer.detail


@pytest.mark.parametrize("tool", ["python", "curl", "wget"])
def test_tls_of_a_self_made_certificate(
    monkeypatch: pytest.MonkeyPatch, server: ThreadingHTTPServer, tmp_path: Path, tool: str
) -> None:
    only(monkeypatch, tool)
    pair = tmp_path / "pair.pem"
    made = site(None)
    pair.write_bytes(pem(made) + key_pem(made.key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    assert ask(Closed(), server, tls=True).status == 200


def test_no_program_there() -> None:
    missing = [Expected(lambda _c: True, failed(127), times=4)]
    ports = {("127.0.0.1", 80): REFUSED}
    with FakeHost(missing, ports=ports) as host, pytest.raises(InstallError) as caught:
        request(host, Request(80, "/"))
    assert caught.value is REFUSED
