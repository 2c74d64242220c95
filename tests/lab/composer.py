"""Writes images into a registry over HTTP: layers of a raw image, layers of ours, layers of padding, a
config.

No ``docker build``, no ``docker push``: some milliseconds an image, so a change of the stand-in costs a
second.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import tarfile
import urllib.parse
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import LabError
from .imageplan import Image

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
CONFIG = "application/vnd.docker.container.image.v1+json"
SHARES = (0.45, 0.25, 0.15, 0.1, 0.05)
SHARED_LAYERS = (
    2  # the biggest ones are the same in all tags of a repository: upgrades find them already there
)
MODIFIED = 1_760_000_000


@dataclass(frozen=True)
class Layer:
    """A gzipped tar and the digest of what is inside."""

    data: bytes
    diff_id: str


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def tar_layer(files: Mapping[str, tuple[bytes, int]], links: Mapping[str, str], level: int = 6) -> Layer:
    """A layer of root's files (path → content, mode) and symbolic links."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name in sorted({*files, *links}):
            info = tarfile.TarInfo(name)
            info.mtime = MODIFIED
            if name in links:
                info.type, info.linkname = tarfile.SYMTYPE, links[name]
                tar.addfile(info)
            else:
                content, info.mode = files[name]
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)
    return Layer(packer.compress(raw.getvalue()) + packer.flush(), digest(raw.getvalue()))


def padding(seed: str, size: int) -> Layer:
    """One file of *size* random bytes; the same seed gives the same layer."""
    name = "opt/pad/" + hashlib.md5(seed.encode()).hexdigest()
    return tar_layer({name: (hashlib.shake_128(seed.encode()).digest(size), 0o644)}, {}, level=0)


class Registry:
    """The few calls of the registry's HTTP interface that composing needs."""

    def __init__(self, host: str, port: int) -> None:
        self.connection = http.client.HTTPConnection(host, port)
        self.known: set[tuple[str, str]] = set()

    def close(self) -> None:
        self.connection.close()

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        self.connection.request(method, path, body, dict(headers or {}))
        answer = self.connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()

    def upload(self, repository: str, data: bytes) -> str:
        name = digest(data)
        if (repository, name) in self.known:
            return name
        _, headers, _ = self.call("POST", f"/v2/{repository}/blobs/uploads/")
        where = urllib.parse.urlsplit(headers["location"])
        content = {"Content-Type": "application/octet-stream"}
        put = f"{where.path}?{where.query}&digest={name}"
        self._expect(201, self.call("PUT", put, data, content), f"blob of {repository}")
        self.known.add((repository, name))
        return name

    def mount(self, repository: str, source: str, name: str) -> None:
        """Let *repository* have a blob that *source* has; no byte is sent."""
        if (repository, name) not in self.known:
            path = f"/v2/{repository}/blobs/uploads/?mount={name}&from={source}"
            self._expect(201, self.call("POST", path), f"mount {name} in {repository}")
            self.known.add((repository, name))

    def read(self, repository: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Manifest and config of ``<repository>:latest``."""
        path = f"/v2/{repository}/manifests/latest"
        manifest = json.loads(self._expect(200, self.call("GET", path, headers={"Accept": MANIFEST}), path))
        path = f"/v2/{repository}/blobs/{manifest['config']['digest']}"
        return manifest, json.loads(self._expect(200, self.call("GET", path), path))

    def put_manifest(self, repository: str, tag: str, manifest: dict[str, Any]) -> None:
        path = f"/v2/{repository}/manifests/{tag}"
        body = json.dumps(manifest).encode()
        self._expect(201, self.call("PUT", path, body, {"Content-Type": MANIFEST}), path)

    @staticmethod
    def _expect(status: int, answer: tuple[int, Mapping[str, str], bytes], what: str) -> bytes:
        if answer[0] != status:
            raise LabError(f"registry, {what}: {answer[0]} {answer[2][:300]!r}")
        return answer[2]


def compose(registry: Registry, image: Image, overlay: Layer | None, scale: float) -> int:
    """Put *image* into the registry; its compressed size."""
    source = f"raw/{image.raw}"
    manifest, config = registry.read(source)
    layers, diffs = list(manifest["layers"]), list(config["rootfs"]["diff_ids"])
    for layer in layers:
        registry.mount(image.repository, source, layer["digest"])
    for layer in ([overlay] if overlay else []) + pads(image, scale):
        name = registry.upload(image.repository, layer.data)
        layers.append({"mediaType": LAYER, "size": len(layer.data), "digest": name})
        diffs.append(layer.diff_id)
    config = _config(config, image, diffs)
    data = json.dumps(config).encode()
    described = {"mediaType": CONFIG, "size": len(data), "digest": registry.upload(image.repository, data)}
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described, "layers": layers}
    registry.put_manifest(image.repository, image.tag, manifest)
    return sum(int(layer["size"]) for layer in layers)


def pads(image: Image, scale: float) -> list[Layer]:
    total = image.megabytes * 1e6 * scale / 100
    found = []
    for number, share in enumerate(SHARES):
        size = int(total * share)
        if size >= 1024:
            which = str(number) if number < SHARED_LAYERS else f"{image.tag}/{number}"
            found.append(padding(f"{image.repository}/{which}/{size}", size))
    return found


def _config(config: dict[str, Any], image: Image, diffs: list[str]) -> dict[str, Any]:
    config = {k: v for k, v in config.items() if k != "container_config"}
    inner = dict(config["config"])
    kept = [line for line in inner.get("Env") or [] if line.partition("=")[0] not in image.env]
    inner["Env"] = kept + [f"{name}={value}" for name, value in image.env.items()]
    inner["Labels"] = {**(inner.get("Labels") or {}), "dify-installer-lab": "1"}
    if image.user is not None:
        inner["User"] = image.user
    if image.entrypoint is not None:
        inner["Entrypoint"] = list(image.entrypoint)
    config["config"] = inner
    config["rootfs"] = {**config["rootfs"], "diff_ids": diffs}
    config["history"] = [{"created_by": "dify-installer-lab"} for _ in diffs]
    return config
