"""Servers that speak just enough of a protocol to be tried, on a port of this computer."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from installer.answers.external_services import Chosen
from installer.external.asking import Scene
from installer.external.dialer import Line, Unreachable
from installer.external.run import WAYS
from installer.state.external_report import Place, Stopped, Tested, Trial

Talk = Callable[[socket.socket], None]


class Direct:
    """Connects from this computer."""

    place: Place = "docker"

    def connect(self, address: str, port: int) -> Line:
        try:
            return Line(socket.create_connection((address, port), 5))
        except ConnectionRefusedError as exc:
            raise Unreachable("refused", str(exc)) from exc


def attempt(
    section: str,
    kind: str,
    values: Mapping[str, str],
    *,
    plugins: bool = False,
    version: str = "1.16.1",
    files: Mapping[str, str] | None = None,
) -> Tested:
    """Try a service with *values*."""
    trial = Trial(Chosen(section, kind))
    scene = Scene(Direct(), dict(values), dict(files or {}), plugins, lambda _: True, version)
    try:
        WAYS[trial.service.entry["check"]](scene, trial)
    except Stopped as stopped:
        trial.ended(stopped)
    return trial.result("docker", 0.0)


def codes(tested: Tested) -> list[str]:
    """What was found."""
    return [problem.code.value for problem in tested.findings]


@contextmanager
def talking(*talks: Talk, address: str = "127.0.0.1") -> Iterator[int]:
    """A server whose connections are held by *talks*, one after the other; the last one holds all further
    ones. The port, at *address*."""
    listener = socket.create_server((address, 0))
    listener.settimeout(10)

    def serve() -> None:
        number = 0
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            with link, suppress(OSError):
                talks[min(number, len(talks) - 1)](link)
            number += 1

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


# ----------------------------------------------------------------------- PostgreSQL


def pg(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def pg_error(state: str, text: str) -> bytes:
    return pg(b"E", f"SERROR\0C{state}\0M{text}\0\0".encode())


def _begun(link: socket.socket) -> None:
    """With or without the question for encryption before."""
    if struct.unpack("!I", link.recv(8)[4:])[0] == 80877103:
        link.sendall(b"N")
    link.recv(4096)


def postgresql(version: str = "17.6", *, refuse: Mapping[str, tuple[str, str]] | None = None) -> Talk:
    """A server without encryption that lets everybody in. *refuse*: beginning of a query → state, text."""
    said = refuse or {}

    def talk(link: socket.socket) -> None:
        _begun(link)
        ready = pg(b"Z", b"I")
        parameter = pg(b"S", f"server_version\0{version}\0".encode())
        link.sendall(pg(b"R", struct.pack("!I", 0)) + parameter + ready)
        while data := link.recv(4096):
            query = data[5:].split(b"\0")[0].decode()
            error = next((pg_error(*e) for begin, e in said.items() if query.startswith(begin)), b"")
            link.sendall((error or pg(b"C", b"OK\0")) + ready)

    return talk


def postgresql_refusing(state: str, text: str) -> Talk:
    """One that refuses the login."""

    def talk(link: socket.socket) -> None:
        _begun(link)
        link.sendall(pg_error(state, text))

    return talk


# ----------------------------------------------------------------------------- MySQL


def my_packet(number: int, body: bytes) -> bytes:
    return struct.pack("<I", len(body))[:3] + bytes([number]) + body


def mysql(version: str, answers: Callable[[bytes, int], bytes]) -> Talk:
    """A server that greets with *version*; *answers* gives what follows a packet with that number."""
    salt = b"A" * 8, b"B" * 12 + b"\0"
    greeting = b"\x0a" + version.encode() + b"\0" + struct.pack("<I", 1) + salt[0] + b"\0"
    greeting += struct.pack("<H", 0xFFFF & ~0x800) + b"\x2d" + struct.pack("<HH", 2, 0x8) + bytes([21])
    greeting += b"\0" * 10 + salt[1] + b"mysql_native_password\0"

    def talk(link: socket.socket) -> None:
        link.sendall(my_packet(0, greeting))
        while head := link.recv(4):
            body = link.recv(int.from_bytes(head[:3], "little"))
            link.sendall(answers(body, head[3] + 1))

    return talk


MY_OK = b"\0\0\0\x02\0\0\0"


def my_error(number: int, text: str) -> bytes:
    return b"\xff" + struct.pack("<H", number) + b"#HY000" + text.encode()


# ----------------------------------------------------------------------------- Redis


def redis(answers: Mapping[str, str]) -> Talk:
    """*answers*: the first word of a command → the raw answer; others get +OK."""

    def talk(link: socket.socket) -> None:
        file = link.makefile("rb")
        while head := file.readline():
            words = []
            for _ in range(int(head[1:])):
                size = int(file.readline()[1:])
                words.append(file.read(size + 2)[:-2].decode())
            link.sendall((answers.get(words[0], "+OK") + "\r\n").encode())

    return talk


def bulk(text: str) -> str:
    return f"${len(text)}\r\n{text}"


# ------------------------------------------------------------------------------ HTTP


@contextmanager
def web(answer: Callable[[str, str, Mapping[str, str], bytes], tuple[int, bytes]]) -> Iterator[str]:
    """A web server; *answer* is given method, path, headers and body. Its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        rbufsize: ClassVar[int] = 0

        def reply(self) -> None:
            size = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(size) if size else b""
            status, data = answer(self.command, self.path, dict(self.headers), body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_DELETE = reply  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Not among the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()
