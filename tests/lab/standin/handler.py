"""The HTTP server that every role uses: one function per role answers all its paths."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .settings import ENV, log
from .sql import DatabaseError
from .wire_redis import RedisError

Headers = Sequence[tuple[str, str]]


class Handler(BaseHTTPRequestHandler):
    """Gives every request to ``route``."""

    protocol_version = "HTTP/1.1"
    server_version = "gunicorn"
    route: Callable[[Handler], None]

    def log_message(self, format: str, *args: object) -> None:
        if ENV.get("LAB_ACCESS_LOG"):
            log("INFO", "access", format % args)

    @property
    def only_path(self) -> str:
        return self.path.split("?")[0]

    def out(self, status: int, body: object, headers: Headers = (), kind: str = "application/json") -> None:
        """Send *body*: text as it is, anything else as JSON."""
        data = body.encode() if isinstance(body, str) else (json.dumps(body) + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def json(self) -> dict[str, Any]:
        """The request's body; {} if it is no JSON object."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            value = json.loads(raw or b"{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def size(self) -> int:
        """Bytes of the request's body, read to its end."""
        left = int(self.headers.get("Content-Length") or 0)
        read = 0
        while read < left and (piece := self.rfile.read(min(left - read, 1 << 16))):
            read += len(piece)
        return read

    def pieces(self, texts: Sequence[str], seconds: float) -> None:
        """An answer that comes in pieces, as a language model's."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for text in texts:
            data = f"data: {text}\n\n"
            self.wfile.write(f"{len(data):x}\r\n{data}\r\n".encode())
            self.wfile.flush()
            time.sleep(seconds)
        self.wfile.write(b"0\r\n\r\n")

    def do_GET(self) -> None:
        try:
            type(self).route(self)
        except (DatabaseError, RedisError) as error:
            log("ERROR", "app.py:875", f"Exception on {self.path} [{self.command}]\n{error}")
            body = {"code": "internal_server_error", "message": "Internal Server Error", "status": 500}
            self.out(500, body)

    do_POST = do_HEAD = do_PUT = do_DELETE = do_GET  # noqa: N815


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


def serve(port: str, route: Callable[[Handler], None]) -> None:
    """Answer on *port* for ever."""
    handler = type("RoleHandler", (Handler,), {"route": staticmethod(route)})
    Server(("0.0.0.0", int(port)), handler).serve_forever()


def listen(port: str) -> None:
    """Accept and close, in the background: a port that is only looked at."""
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("0.0.0.0", int(port)))
    server.listen(16)

    def loop() -> None:
        while True:
            server.accept()[0].close()

    threading.Thread(target=loop, daemon=True).start()
