"""Manifests as registries give them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from installer.registry.digest import Digest


def digest(name: str) -> Digest:
    return Digest(f"sha256:{hashlib.sha256(name.encode()).hexdigest()}")


def manifest(**parts: int) -> bytes:
    """An image's, with parts of these sizes; the first one is the config."""
    blobs = [{"mediaType": "x", "digest": digest(name), "size": size} for name, size in parts.items()]
    kind = "application/vnd.oci.image.manifest.v1+json"
    return json.dumps(
        {"schemaVersion": 2, "mediaType": kind, "config": blobs[0], "layers": blobs[1:]}
    ).encode()


def listing(platforms: Mapping[str, str]) -> bytes:
    """A list: ``os/arch`` → digest; with the attestations that builders add."""
    entries: list[dict[str, object]] = []
    for platform, where in platforms.items():
        system, arch = platform.split("/")
        entries.append({"digest": where, "size": 1, "platform": {"architecture": arch, "os": system}})
        unknown = {"architecture": "unknown", "os": "unknown"}
        entries.append({"digest": digest("a" + arch), "size": 1, "platform": unknown})
    kind = "application/vnd.oci.image.index.v1+json"
    return json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": entries}, indent=3).encode()
