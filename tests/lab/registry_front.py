#!/usr/bin/env python3
"""TLS front of the lab registry, with faults that are switched at run time. Standard library only.

Faults, all optional:
  bps        bytes per second over all blob downloads     delay_ms   wait before every answer
  status     {"part of path": [code, n]}: n answers with that code (n < 0: always)
  only       "blobs" | "manifests": what ``status`` is for
  missing    ["part of path"]: manifest unknown, 404
  cut_after  bytes after which a blob download is cut     cut_times  how often (default: always)
  refuse     true: close before TLS                       auth       true: Docker Hub's 401 and token
  login      {"user": "password"}: images for them alone; anonymous tokens are given, and are good for nothing
  moved      {"repository": "other"}: its tags lead to the other one's images; its own are there by digest
The switchboard is on port 5001, the registry itself on 5000.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BACKEND = ("127.0.0.1", 5000)
RATE_LIMIT = (
    "You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit"
)
CHALLENGE = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"'
FOR_USERS = "lab-user"
NOT_FORWARDED = ("host", "connection", "authorization", "accept-encoding")
NOT_RETURNED = ("transfer-encoding", "connection", "date", "server")


class Board:
    """Faults and counters, shared by all threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.faults: dict[str, Any] = {}
        self.bucket, self.filled_at = 0.0, time.monotonic()
        self.reset()

    def reset(self) -> None:
        self.requests = self.bytes = self.faulted = 0
        self.repositories: dict[str, dict[str, int]] = {}
        self.log: list[str] = []

    def state(self) -> dict[str, Any]:
        with self.lock:
            counters = {"requests": self.requests, "bytes": self.bytes, "faulted": self.faulted}
            state = {"faults": self.faults, **counters, "repositories": self.repositories, "log": self.log}
            copy: dict[str, Any] = json.loads(json.dumps(state))
            return copy

    def seen(self, command: str, host: str, path: str) -> None:
        with self.lock:
            self.requests += 1
            self.log = [*self.log, f"{command} {host}{path}"][-300:]
            kind = re.fullmatch(r"/v2/(.+)/(manifests|blobs)/[^/]+", path)
            if kind and command == "GET":
                self._of(kind[1])[kind[2]] += 1

    def sent(self, repository: str, count: int) -> None:
        with self.lock:
            self.bytes += count
            if repository:
                self._of(repository)["bytes"] += count

    def _of(self, repository: str) -> dict[str, int]:
        return self.repositories.setdefault(repository, {"manifests": 0, "blobs": 0, "bytes": 0})

    def status_for(self, path: str, blob: bool) -> int:
        """The status that a fault wants for this path, or 0."""
        with self.lock:
            if any(part in path for part in self.faults.get("missing", [])):
                return 404
            if self.faults.get("only", "") not in ("", "blobs" if blob else "manifests"):
                return 0
            for part, rule in self.faults.get("status", {}).items():
                if part in path and rule[1] != 0:
                    rule[1] -= 1
                    return int(rule[0])
        return 0

    def paths_for(self, path: str) -> tuple[str, ...]:
        """Where to look for *path*: a repository whose tags have moved has two."""
        with self.lock:
            for repository, other in self.faults.get("moved", {}).items():
                if path.startswith(f"/v2/{repository}/"):
                    there = path.replace(repository, other, 1)
                    return (path, there) if "/sha256:" in path else (there,)
        return (path,)

    def take_cut(self) -> bool:
        """May this download be cut? Two at a time must not count below zero."""
        with self.lock:
            left = self.faults.get("cut_times", -1)
            if left == 0:
                return False
            if left > 0:
                self.faults["cut_times"] = left - 1
            self.faulted += 1
            return True

    def throttle(self, count: int) -> None:
        """One bucket for all downloads together, like one line."""
        rate = self.faults.get("bps")
        if not rate:
            return
        with self.lock:
            now = time.monotonic()
            self.bucket = max(0.0, self.bucket - (now - self.filled_at) * rate) + count
            self.filled_at = now
            wait = self.bucket / rate
        time.sleep(wait)


BOARD = Board()


class Front(BaseHTTPRequestHandler):
    """Passes requests on to the registry, unless a fault says otherwise."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def refuse(self, status: int) -> None:
        codes = {404: "MANIFEST_UNKNOWN", 429: "TOOMANYREQUESTS", 401: "UNAUTHORIZED", 403: "UNAUTHORIZED"}
        texts = {404: "manifest unknown", 429: RATE_LIMIT}
        code, text = codes.get(status, "UNAVAILABLE"), texts.get(status, "lab fault")
        body = json.dumps({"errors": [{"code": code, "message": text}]}).encode()
        with BOARD.lock:
            BOARD.faulted += 1
        self.answer(status, body, [("Www-Authenticate", CHALLENGE)] if status == 401 else [])

    def answer(self, status: int, body: bytes, headers: list[tuple[str, str]]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self) -> None:
        BOARD.seen(self.command, self.headers.get("Host", ""), self.path)
        time.sleep(BOARD.faults.get("delay_ms", 0) / 1000)
        if self.path.startswith("/token"):
            self.give_token()
            return
        if BOARD.faults.get("login") and self.headers.get("Authorization") != f"Bearer {FOR_USERS}":
            self.refuse(401)
            return
        if BOARD.faults.get("auth") and not self.headers.get("Authorization"):
            self.refuse(401)
            return
        status = BOARD.status_for(self.path, "/blobs/" in self.path)
        if status:
            self.refuse(status)
            return
        self.forward()

    do_HEAD = do_GET  # noqa: N815

    def give_token(self) -> None:
        kind, _, basic = self.headers.get("Authorization", "").partition(" ")
        token, known = "lab", BOARD.faults.get("login")
        if known and kind == "Basic":
            user, _, password = base64.b64decode(basic).decode().partition(":")
            if known.get(user) != password:
                self.answer(401, b'{"details":"incorrect username or password"}', [])
                return
            token = FOR_USERS
        self.answer(200, json.dumps({"token": token, "access_token": token, "expires_in": 300}).encode(), [])

    def forward(self) -> None:
        for path in BOARD.paths_for(self.path):
            backend, reply = self.ask(path)
            if reply.status != 404:
                break
        self.send_response(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in NOT_RETURNED:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.copy(reply)
        backend.close()

    def ask(self, path: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        backend = http.client.HTTPConnection(*BACKEND)
        backend.putrequest(self.command, path)
        for name, value in self.headers.items():  # Docker repeats Accept: a dict would lose all but one
            if name.lower() not in NOT_FORWARDED:
                backend.putheader(name, value)
        backend.endheaders()
        return backend, backend.getresponse()

    def copy(self, reply: http.client.HTTPResponse) -> None:
        blob = re.fullmatch(r"/v2/(.+)/blobs/[^/]+", self.path)
        repository, sent = blob[1] if blob else "", 0
        cut = BOARD.faults.get("cut_after") if blob else None
        while True:
            rate = BOARD.faults.get("bps")
            data = reply.read(max(2048, min(65536, int(rate / 20))) if rate else 65536)
            if not data:
                return
            if cut and sent + len(data) > cut and BOARD.take_cut():
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            BOARD.throttle(len(data))
            self.wfile.write(data)
            sent += len(data)
            BOARD.sent(repository, len(data))


class Admin(BaseHTTPRequestHandler):
    """The switchboard."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        wanted = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        with BOARD.lock:
            if self.command == "POST":
                BOARD.reset()
                BOARD.faults = wanted
            else:
                BOARD.faults = {**BOARD.faults, **wanted}
        self.do_GET()

    do_PATCH = do_POST  # noqa: N815

    def do_GET(self) -> None:
        body = json.dumps(BOARD.state()).encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class TlsServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, certificate: str, key: str) -> None:
        super().__init__(("0.0.0.0", 443), Front)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            if BOARD.faults.get("refuse"):
                request.close()
                return
            request = self.context.wrap_socket(request, server_side=True)
        except OSError:
            return
        super().process_request_thread(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are part of the plan."""


def main() -> None:
    admin = ThreadingHTTPServer(("0.0.0.0", 5001), Admin)
    threading.Thread(target=admin.serve_forever, daemon=True).start()
    TlsServer("/lab/registry.crt", "/lab/registry.key").serve_forever()


if __name__ == "__main__":
    main()
