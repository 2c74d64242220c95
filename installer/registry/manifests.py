"""Where an image's manifest is, and what it says: the parts that are downloaded and their sizes. Pure.

By the distribution protocol (``docs/spec/api.md`` of distribution/distribution; ``manifest.md`` and
``image-index.md`` of OCI's image-spec).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Docker Hub's own name, and the registry behind it.
HUB, HUB_REGISTRY = "docker.io", "https://registry-1.docker.io"
#: What is asked for; without the types of lists some registries give an old form or one platform.
TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
#: ``uname -m`` and its likes → Go's name, which registries use.
_GO = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}


@dataclass(frozen=True)
class Blob:
    """A part of an image as it is downloaded: compressed. *size* in bytes."""

    digest: str
    size: int


@dataclass(frozen=True)
class Reference:
    """An image by its registry (``docker.io``, ``ghcr.io``), its *name* there, and its *tag* or digest."""

    registry: str
    name: str
    tag: str

    @classmethod
    def parse(cls, image: str) -> Reference:
        """*image* as Compose files name it. Raises ``ValueError`` if it is no name of an image."""
        from docker.auth import resolve_repository_name
        from docker.errors import InvalidRepository
        from docker.utils import parse_repository_tag

        try:
            registry, rest = resolve_repository_name(image)
        except InvalidRepository as exc:
            raise ValueError(image) from exc
        name, tag = parse_repository_tag(rest)
        if tag and ":" in tag:  # by digest, which wins over a tag beside it
            name = parse_repository_tag(name)[0]
        if not name:
            raise ValueError(image)
        if registry == HUB and "/" not in name:
            name = f"library/{name}"
        return cls(registry, name, tag or "latest")

    @property
    def moving(self) -> bool:
        """Whether the tag is one that means another image from day to day."""
        return self.tag == "latest"

    @property
    def base(self) -> str:
        """The registry's own address."""
        return HUB_REGISTRY if self.registry == HUB else f"https://{self.registry}"

    def urls(self, mirrors: Sequence[str] = (), digest: str = "") -> tuple[str, ...]:
        """Where the manifest (of *digest*, or the tag's) is; for Docker Hub the Engine's *mirrors* first."""
        bases = (*mirrors, self.base) if self.registry == HUB else (self.base,)
        return tuple(f"{b.rstrip('/')}/v2/{self.name}/manifests/{digest or self.tag}" for b in bases)


def architecture(machine: str) -> str:
    """The registries' name of the processor type that the machine calls *machine*."""
    return _GO.get(machine.lower(), machine.lower())


def blobs_of(body: bytes) -> tuple[Blob, ...] | None:
    """What an image's manifest has downloaded; None if *body* is not one (a list, an old or another form)."""
    found = _object(body)
    parts = [found.get("config"), *_list(found.get("layers"))]
    blobs = tuple(b for part in parts if (b := _blob(part)) is not None)
    return blobs if len(blobs) == len(parts) and "layers" in found else None


def list_of(body: bytes) -> Sequence[Any]:
    """The entries of a list of manifests; empty if *body* is none."""
    return _list(_object(body).get("manifests"))


def digest_for(body: bytes, arch: str) -> str:
    """The digest of the manifest for Linux on *arch* in a list of several; empty if *body* is no list or has
    none. Of variants (arm) the first one is taken."""
    for entry in list_of(body):
        platform = entry.get("platform") if isinstance(entry, dict) else None
        if not isinstance(platform, dict):
            continue
        if (platform.get("os"), platform.get("architecture")) == ("linux", arch):
            return str(entry.get("digest", ""))
    return ""


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _blob(part: object) -> Blob | None:
    if not isinstance(part, dict):
        return None
    digest, size = part.get("digest"), part.get("size")
    fits = isinstance(digest, str) and isinstance(size, int) and not isinstance(size, bool) and size >= 0
    return Blob(str(digest), int(str(size))) if fits else None
