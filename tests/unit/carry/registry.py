"""A registry with one image in two architectures, on a real socket, with faults; and an Engine that loads."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from installer.registry import manifests
from tests.unit.release.web_server import Handler, Server, serving

NAME = "langgenius/thing"
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def layer(content: bytes) -> bytes:
    """A gzipped tar with one file."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        info = tarfile.TarInfo("file")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return gzip.compress(raw.getvalue(), mtime=0)


@dataclass
class Registry:
    """What it has and how it fails: *cut*: blobs end after so many bytes, so many times; *status* for all."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    bodies: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    status: int = 0
    token: str = ""
    spoil: bool = False
    ranges: bool = True
    server: Server = field(default_factory=lambda: Server(""))

    def add(self, arch: str, *contents: bytes, config_arch: str = "") -> str:
        """An image; its manifest's digest."""
        layers = [layer(content) for content in contents]
        config = json.dumps({"architecture": config_arch or arch, "os": "linux"}).encode()
        for data in (config, *layers):
            self.blobs[digest(data)] = data
        parts = [{"digest": digest(data), "size": len(data)} for data in (config, *layers)]
        body = json.dumps({"config": parts[0], "layers": parts[1:]}).encode()
        self.bodies[digest(body)] = (MANIFEST, body)
        return digest(body)

    def tag(self, tag: str, **architectures: str) -> None:
        """A list of manifests under *tag*."""
        entries = [
            {"digest": which, "platform": {"os": "linux", "architecture": arch}}
            for arch, which in architectures.items()
        ]
        self.bodies[tag] = (INDEX, json.dumps({"manifests": entries}).encode())

    def answer(self, handler: Handler) -> None:
        """One request."""
        url = self.server.url
        if handler.path.startswith("/token"):
            handler.send(200, json.dumps({"token": self.token}).encode())
            return
        if self.token and handler.headers.get("Authorization") != f"Bearer {self.token}":
            # a realm of https only is followed: the test's own function makes it one
            challenge = f'Bearer realm="{url}/token",service="s",scope="x"'
            handler.send(401, b"{}", {"WWW-Authenticate": challenge})
            return
        if self.status:
            handler.send(self.status, b"{}")
            return
        kind, _, what = handler.path.removeprefix(f"/v2/{NAME}/").partition("/")
        if kind == "manifests" and what in self.bodies:
            handler.send(200, self.bodies[what][1], {"Content-Type": self.bodies[what][0]})
        elif kind == "blobs" and what in self.blobs:
            self._blob(handler, self.blobs[what])
        else:
            handler.send(404, b"{}")

    def _blob(self, handler: Handler, data: bytes) -> None:
        if self.spoil:
            data = data[:-1] + bytes([data[-1] ^ 1])
        begin, status = 0, 200
        if self.ranges and (wanted := handler.headers.get("Range")):
            begin, status = int(wanted.removeprefix("bytes=").rstrip("-")), 206
        cut = self.cuts.pop(0) if self.cuts else None
        handler.send(status, data[begin:], cut=cut)

    def asked(self, kind: str) -> list[str]:
        """Paths that were asked for, of manifests or blobs."""
        return [path.rpartition("/")[2] for path, _ in self.server.seen if f"/{kind}/" in path]


@contextmanager
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """It answers as Docker Hub."""
    registry = Registry()
    with serving(registry.answer) as server:
        registry.server = server
        monkeypatch.setattr(manifests, "HUB_REGISTRY", server.url)
        yield registry


class Engine:
    """A ``ByteStream`` behind which an Engine takes an archive."""

    def __init__(self, answer: str = '{"stream":"Loaded image"}\n', status: str = "200 OK") -> None:
        self.head, self.body = b"", b""
        self._answer = f"HTTP/1.0 {status}\r\nContent-Type: application/json\r\n\r\n{answer}".encode()
        self.closed = threading.Event()
        self.stuck = False
        self.ends_after: int | None = None

    def sendall(self, data: bytes) -> None:
        if self.stuck:
            self.closed.wait(20)
        if self.closed.is_set():
            raise OSError("closed")
        if not self.head:
            self.head, _, data = data.partition(b"\r\n\r\n")
        self.body += data
        if self.ends_after is not None and len(self.body) > self.ends_after:
            raise OSError("the other side is gone")

    def recv(self, size: int) -> bytes:
        data, self._answer = self._answer[:size], self._answer[size:]
        return data

    def settimeout(self, seconds: float | None) -> None:
        pass

    def close(self) -> None:
        self.closed.set()

    @property
    def files(self) -> dict[str, bytes]:
        """What was in the archive."""
        with tarfile.open(fileobj=io.BytesIO(self.body)) as tar:
            return {m.name: f.read() for m in tar if (f := tar.extractfile(m)) is not None}
