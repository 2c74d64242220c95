"""Releases in GitHub's layout over plain HTTP, with faults switched at run time.

    python -m tests.lab.release_server PORT ADMIN-PORT

  /langgenius/dify/archive/refs/tags/<tag>.tar.gz
  /api/v3/repos/langgenius/dify/releases?per_page=100&page=1      …/releases/latest      …/releases/tags/<tag>

Faults, all optional:
  status     {"part of path": [code, n]}: n answers with that code (n < 0: always)
  bps        bytes per second                        cut_after  bytes after which a body is cut by RST
  truncate   bytes: the body ends there, with a length that says so (a file that only looks complete)
  refuse     true: connections are closed unanswered  delay_ms   wait before every answer
  ranges     true: archives have an ETag, and parts of them can be asked for (GitHub's cannot)
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import struct
import sys
import threading
import time
import urllib.parse
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .releases import Release, archive, available, listed

API = "/api/v3/repos/langgenius/dify/releases"
ARCHIVE = re.compile(r"/langgenius/dify/archive/refs/tags/(.+)\.tar\.gz")
PUBLISHED = {
    "1.16.1": "2026-07-28T09:00:00Z",
    "1.13.3": "2026-03-25T09:00:00Z",
    "1.4.3": "2025-06-16T09:00:00Z",
}
LOG_LINES = 300


class Board:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.faults: dict[str, Any] = {}
        self.requests, self.bytes, self.faulted = 0, 0, 0
        self.log: list[dict[str, Any]] = []
        self.archives: dict[str, bytes] = {}

    def reset(self) -> None:
        self.requests = self.bytes = self.faulted = 0
        self.log = []

    def state(self) -> dict[str, Any]:
        with self.lock:
            counters = {"requests": self.requests, "bytes": self.bytes, "faulted": self.faulted}
            copy: dict[str, Any] = json.loads(
                json.dumps({"faults": self.faults, **counters, "log": self.log})
            )
            return copy

    def status_for(self, path: str) -> int:
        with self.lock:
            for part, rule in self.faults.get("status", {}).items():
                if part in path and rule[1] != 0:
                    rule[1] -= 1
                    return int(rule[0])
        return 0

    def archive(self, release: Release) -> bytes:
        with self.lock:
            if release.tag not in self.archives:
                self.archives[release.tag] = archive(release)
            return self.archives[release.tag]


BOARD = Board()


def described(release: Release, base: str) -> dict[str, Any]:
    """The fields of GitHub's releases list."""
    site = f"{base}/langgenius/dify"
    api = f"{base}{API}"
    number = sum(part * 1000**place for place, part in enumerate(reversed(release.order[:3])))
    published = PUBLISHED.get(release.tag, "2026-01-01T09:00:00Z")
    author = {"login": "laipz8200", "type": "User", "site_admin": False}
    return {
        "url": f"{api}/{number}",
        "assets_url": f"{api}/{number}/assets",
        "html_url": f"{site}/releases/tag/{release.tag}",
        "id": number,
        "author": author,
        "node_id": f"RE_{number}",
        "tag_name": release.tag,
        "target_commitish": "main",
        "name": f"v{release.tag}",
        "draft": False,
        "immutable": False,
        "prerelease": bool(re.search(r"rc|beta|alpha", release.tag)),
        "created_at": published,
        "updated_at": published,
        "published_at": published,
        "assets": [],
        "tarball_url": f"{base}/api/v3/repos/langgenius/dify/tarball/{release.tag}",
        "zipball_url": f"{base}/api/v3/repos/langgenius/dify/zipball/{release.tag}",
        "body": f"## Dify {release.tag}\n\nRelease notes as served by the lab.\n",
    }


class Releases(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "github.com"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        if BOARD.faults.get("refuse"):
            self.hang_up()
            return
        time.sleep(BOARD.faults.get("delay_ms", 0) / 1000)
        status = BOARD.status_for(self.path)
        kind, body = ("application/json", json.dumps({"message": "lab fault"}).encode())
        if not status:
            status, kind, body = self.found()
        else:
            BOARD.faulted += 1
        status, kind, body, headers = self.part_of(status, kind, body)
        with BOARD.lock:
            BOARD.requests += 1
            entry = {"at": time.time(), "method": self.command, "path": self.path, "status": status}
            entry["range"] = self.headers.get("Range", "")
            BOARD.log = [*BOARD.log, entry][-LOG_LINES:]
        self.answer(status, kind, body, headers)

    do_HEAD = do_GET  # noqa: N815

    def found(self) -> tuple[int, str, bytes]:
        """(status, content type, body)."""
        where = urllib.parse.urlsplit(self.path)
        base = f"http://{self.headers.get('Host', 'localhost')}"
        asked = ARCHIVE.fullmatch(urllib.parse.unquote(where.path))
        if asked:
            release = next((r for r in available() if r.tag == asked[1]), None)
            if release:
                return 200, "application/x-gzip", BOARD.archive(release)
        elif where.path.rstrip("/") == API:
            query = urllib.parse.parse_qs(where.query)
            size, page = (
                int(query.get(key, [usual])[0]) for key, usual in (("per_page", "30"), ("page", "1"))
            )
            part = listed()[(page - 1) * size : page * size]
            return 200, "application/json", json.dumps([described(r, base) for r in part]).encode()
        elif where.path.startswith(API + "/"):
            name = where.path.removeprefix(API + "/").removeprefix("tags/")
            release = next((r for r in listed() if name in ("latest", r.tag)), None)
            if release:
                return 200, "application/json", json.dumps(described(release, base)).encode()
        return 404, "application/json", b'{"message":"Not Found","status":"404"}'

    def part_of(self, status: int, kind: str, body: bytes) -> tuple[int, str, bytes, dict[str, str]]:
        """The answer with its tag, or only the rest that was asked for (RFC 9110, 13.1.5 and 14.2)."""
        if not BOARD.faults.get("ranges") or status != 200 or kind != "application/x-gzip":
            return status, kind, body, {}
        headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()}"', "Accept-Ranges": "bytes"}
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked is None or self.headers.get("If-Range", headers["ETag"]) != headers["ETag"]:
            return status, kind, body, headers
        start, size = int(asked[1]), len(body)
        if start >= size:
            return 416, kind, b"", {**headers, "Content-Range": f"bytes */{size}"}
        headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
        return 206, kind, body[start:], headers

    def answer(self, status: int, kind: str, body: bytes, headers: dict[str, str]) -> None:
        limit = BOARD.faults.get("truncate")
        if limit is not None and status in (200, 206):
            body = body[: int(limit)]
            BOARD.faulted += 1
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if kind == "application/x-gzip":
            self.send_header("Content-Disposition", "attachment; filename=dify.tar.gz")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.send_body(body)

    def send_body(self, body: bytes) -> None:
        cut, sent = BOARD.faults.get("cut_after"), 0
        while sent < len(body):
            rate = BOARD.faults.get("bps")
            size = max(256, min(65536, int(rate / 20))) if rate else 65536
            if cut is not None:
                size = min(size, int(cut) - sent)
                if size <= 0:
                    BOARD.faulted += 1
                    self.hang_up()
                    return
            part = body[sent : sent + size]
            self.wfile.write(part)
            sent += len(part)
            with BOARD.lock:
                BOARD.bytes += len(part)
            if rate:
                time.sleep(len(part) / rate)

    def hang_up(self) -> None:
        """RST, as from a line that breaks."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()


class Admin(BaseHTTPRequestHandler):
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


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are part of the plan."""


def main(port: int, admin_port: int) -> None:
    threading.Thread(target=Server(("127.0.0.1", admin_port), Admin).serve_forever, daemon=True).start()
    Server(("127.0.0.1", port), Releases).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
