"""An ACME server that has had enough: it answers an order with what Let's Encrypt says then."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.lab.pki import issue

#: Boulder's sentence (letsencrypt/boulder, ratelimits/transaction.go).
SAID = (
    "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, "
    "retry after 2026-12-01 10:20:30 UTC: see "
    "https://letsencrypt.org/docs/rate-limits/#new-certificates-per-exact-set-of-identifiers"
)


class _Limited(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _say(self, status: int, body: dict[str, object], **headers: str) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        kind = "application/problem+json" if status >= 400 else "application/json"
        sent = {"Content-Type": kind, "Content-Length": str(len(data)), "Replay-Nonce": "bm9uY2U"}
        for name, value in {**sent, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def do_GET(self) -> None:
        base = f"https://{self.headers['Host']}"
        names = ("newNonce", "newAccount", "newOrder", "revokeCert", "keyChange")
        self._say(200, {name: f"{base}/{name}" for name in names})

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/newAccount":
            self._say(201, {"status": "valid"}, Location=f"https://{self.headers['Host']}/account/1")
            return
        problem = {"type": "urn:ietf:params:acme:error:rateLimited", "detail": SAID, "status": 429}
        self._say(429, problem, Retry_After="3600")

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def limited(folder: Path, address: str) -> Iterator[str]:
    """The directory's address while the server runs at *address* of this machine."""
    certificate, key = issue(folder, "limited", ["limited.test"], [address])
    server = ThreadingHTTPServer((address, 0), _Limited)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://{address}:{server.server_port}/dir"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
