"""Requests through the programs themselves, with our texts for them: what arrives behind, and when."""

from __future__ import annotations

import base64
import contextlib
import getpass
import http.client
import json
import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from installer.https.reverse_proxy.front import Front, snippet
from installer.https.reverse_proxy.kinds import KINDS
from tests.lab.standin.handler import Handler, Server
from tests.lab.standin.websocket import talk
from tests.web_servers import Program, apache_modules, encrypted, needed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

NAME = "dify.example.com"
PIECES, BETWEEN = ("one", "two", "three"), 0.7
#: Who sends it says that somebody else did.
FORGED = {"X-Forwarded-For": "198.51.100.9", "X-Forwarded-Proto": "gopher"}


def route(request: Handler) -> None:
    """Dify's place: tells what arrived."""
    if "websocket" in (request.headers.get("Upgrade") or "").lower():
        talk(request)
    elif request.only_path == "/stream":
        request.pieces(PIECES, BETWEEN)
    else:
        told = {"path": request.path, "headers": dict(request.headers), "bytes": request.size()}
        request.out(200, told)


@pytest.fixture(scope="module")
def backend() -> Iterator[int]:
    """Its port."""
    server = Server(("127.0.0.1", 0), type("Behind", (Handler,), {"route": staticmethod(route)}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# ------------------------------------------------------------ starting each, on other ports than 80 and 443

Words = list[str]


def nginx(program: Program, text: str, port: int, folder: Path) -> Words:
    text = text.replace("    listen [::]:443 ssl;\n", "").replace("listen 443", f"listen 127.0.0.1:{port}")
    (folder / "site.conf").write_text(text)
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{name}_temp_path {folder}/{name};" for name in names)
    user = "user root;" if getpass.getuser() == "root" else ""
    (folder / "main.conf").write_text(
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/error; events {{}}\n"
        f"http {{ access_log off; {paths} include {folder}/site.conf; }}\n"
    )
    return ["-c", str(folder / "main.conf"), "-e", str(folder / "first")]


def apache2(program: Program, text: str, port: int, folder: Path) -> Words:
    user = "User nobody\nGroup nogroup\n" if getpass.getuser() == "root" else ""
    (folder / "main.conf").write_text(
        f'ServerRoot "{folder}"\nServerName x\nPidFile {folder}/pid\nErrorLog {folder}/error\n'
        f"Mutex file:{folder}\nListen 127.0.0.1:{port}\n{apache_modules(program)}{user}"
        + text.replace("*:443", f"*:{port}")
    )
    return ["-D", "FOREGROUND", "-f", str(folder / "main.conf")]


def caddy(program: Program, text: str, port: int, folder: Path) -> Words:
    text = text.replace(f"\n{NAME} {{", f"\nhttps://{NAME}:{port} {{")
    settings = "{\n admin off\n auto_https disable_redirects\n default_bind 127.0.0.1\n}\n"
    (folder / "Caddyfile").write_text(settings + text)
    return ["run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


STARTS: dict[str, Callable[[Program, str, int, Path], Words]] = {
    "nginx": nginx,
    "apache2": apache2,
    "caddy": caddy,
}


@pytest.fixture(params=STARTS, scope="module")
def port(
    request: pytest.FixtureRequest,
    backend: int,
    programs: dict[str, Program | None],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[int]:
    """Of the web server in front, while it runs."""
    program, folder = needed(programs, request.param), tmp_path_factory.mktemp("front")
    folder.chmod(0o755)
    front = encrypted(Front("dify", NAME, f"127.0.0.1:{backend}", "8M", 60, 60, redirect=False), folder)
    number = free_port()
    kind = next(kind for kind in KINDS if request.param.startswith(kind))
    words = STARTS[request.param](program, snippet(kind, front), number, folder)
    home = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [str(program.path), *words], env={**os.environ, **program.env, **home}, stdout=said, stderr=said
        )
    try:
        wait_for(number, process, folder)
        yield number
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    ends = time.monotonic() + 20
    while time.monotonic() < ends and process.poll() is None:
        with (
            contextlib.suppress(OSError),
            contextlib.closing(socket.create_connection(("127.0.0.1", port), 1)),
        ):
            return
        time.sleep(0.05)
    said = [p.read_text("utf-8", "replace") for p in (folder / "said", folder / "error") if p.exists()]
    raise AssertionError("\n".join(said))


def connection(port: int) -> http.client.HTTPSConnection:
    """Under the site's name; the certificate is the test's own."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    made = http.client.HTTPSConnection(NAME, timeout=20, context=context)
    raw = socket.create_connection(("127.0.0.1", port), timeout=20)
    made.sock = context.wrap_socket(raw, server_hostname=NAME)
    return made


def asked(port: int, path: str, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
    with contextlib.closing(connection(port)) as talk:
        talk.request("POST" if body else "GET", path, body, FORGED)
        answer = talk.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if answer.status == 200 else {}


def test_what_arrives_behind(port: int) -> None:
    path = "/files/a%2Fb/%E6%97%A5?x=1&y=%20"
    status, told = asked(port, path)
    assert status == 200 and told["path"] == path
    headers = {name.lower(): value for name, value in told["headers"].items()}
    assert headers["host"] == NAME
    assert headers["x-forwarded-proto"] == "https"
    assert headers["x-forwarded-for"] == "127.0.0.1", "what the browser says of itself came through"


def test_large_files(port: int, request: pytest.FixtureRequest) -> None:
    status, told = asked(port, "/upload", os.urandom(7 << 20))
    assert (status, told["bytes"]) == (200, 7 << 20)
    if "nginx" in request.node.name:  # behind the others Dify's own web server refuses it
        with contextlib.suppress(OSError):  # it may hang up while much is still sent
            assert asked(port, "/upload", os.urandom(9 << 20))[0] == 413


def test_pieces_arrive_as_they_are_sent(port: int) -> None:
    began = time.monotonic()
    with contextlib.closing(connection(port)) as talk:
        talk.request("GET", "/stream")
        answer = talk.getresponse()
        first = answer.readline()
        assert first == b"data: one\n" and time.monotonic() - began < 2 * BETWEEN, "held back until the end"
        assert answer.read().count(b"data:") == len(PIECES) - 1


def test_a_websocket(port: int) -> None:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = (
        *("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", f"Host: {NAME}", "Upgrade: websocket"),
        *("Connection: keep-alive, Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"),
    )
    found = b""
    with contextlib.closing(connection(port)) as talk:
        talk.sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"lab" not in found and (piece := talk.sock.recv(4096)):
            found += piece
    assert found.startswith(b"HTTP/1.1 101") and b"\x81\x03lab" in found, found
