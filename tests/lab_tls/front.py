"""Let's Encrypt's two addresses, real one and trial, before the lab's authority; what was asked is kept."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.lab.pki import ca_certificate, issue
from tests.lab.place import Place

REAL, TRIAL = "acme-v02.api.letsencrypt.org", "acme-staging-v02.api.letsencrypt.org"
_KEPT = ("Replay-Nonce", "Location", "Link", "Content-Type", "Retry-After")


class Front(ThreadingHTTPServer):
    """*asked*: which of the two was asked, and what for."""

    def __init__(self, folder: Path, place: Place) -> None:
        super().__init__((place.gateway, 443), _Handler)
        self.place, self.asked = place, list[tuple[str, str]]()
        certificate, key = issue(folder, "front", [REAL, TRIAL], [])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.behind = ssl.create_default_context(cafile=str(ca_certificate()))

    def orders(self) -> list[str]:
        """Whom certificates were ordered from, in this order."""
        return [host for host, path in self.asked if path == "/order-plz"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Front

    def _pass_on(self) -> None:
        host = self.headers["Host"]
        self.server.asked.append((host, self.path))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        place = self.server.place
        behind = http.client.HTTPSConnection(place.acme_ip, 14000, timeout=20, context=self.server.behind)
        headers = {"Host": host, "Content-Type": self.headers.get("Content-Type", "")}
        path = "/dir" if self.path == "/directory" else self.path
        behind.request(self.command, path, body=body or None, headers=headers)
        answer = behind.getresponse()
        data = answer.read()
        behind.close()
        self.send_response(answer.status)
        for name in _KEPT:
            for value in answer.headers.get_all(name, []):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_HEAD = do_POST = _pass_on  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def front(folder: Path, place: Place) -> Iterator[Front]:
    """While it runs; at the lab's gateway, where servers and their containers reach it."""
    server = Front(folder, place)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
