"""A small HTTP server for tests, in GitHub's layout, with faults."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Hands every request to the test's function."""

    protocol_version = "HTTP/1.1"
    answer: Callable[[Handler], None]

    def do_GET(self) -> None:
        self.close_connection = True
        type(self).answer(self)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_args: object) -> None:
        pass

    def send(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, *, cut: int | None = None
    ) -> None:
        """A whole answer, or one that ends after *cut* bytes."""
        self.send_response(status)
        for name, value in {
            "Content-Length": str(len(body)),
            "Connection": "close",
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut])


@dataclass
class Server:
    """Running server: its base URL and the requests it saw."""

    url: str
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def serving(answer: Callable[[Handler], None]) -> Iterator[Server]:
    """Runs until the block ends."""
    server = Server("")

    def remember(handler: Handler) -> None:
        server.seen.append((handler.path, dict(handler.headers.items())))
        answer(handler)

    kind = type("TestHandler", (Handler,), {"answer": staticmethod(remember)})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as listening:
        server.url = f"http://127.0.0.1:{listening.server_address[1]}"
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()
