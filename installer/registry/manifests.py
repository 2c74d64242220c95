"""Where an image's manifest is, and what it says: the parts that are downloaded and their sizes. Pure.

By the distribution protocol (``docs/spec/api.md`` of distribution/distribution; ``manifest.md`` and
``image-index.md`` of OCI's image-spec).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from installer.registry.digest import Digest
from installer.untrusted.json import loads

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
#: The grammar of references (distribution/reference, ``reference.go``); a digest stands in a tag's place.
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::[0-9]{1,5})?", re.I)
_PATH = re.compile(r"[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_LONGEST_PATH = 255
#: Bytes of a part: no more than an Engine takes. Bytes of a configuration, which is read as a whole.
MOST_SIZE, MOST_CONFIG = 1 << 40, 8 << 20


@dataclass(frozen=True)
class Blob:
    """A part of an image as it is downloaded: compressed. *size* in bytes."""

    digest: Digest
    size: int


@dataclass(frozen=True)
class Reference:
    """An image by its registry (``docker.io``, ``ghcr.io``), its *name* there, and its *tag* or digest."""

    registry: str
    name: str
    tag: str

    @classmethod
    def parse(cls, image: str) -> Reference:
        """*image* as Compose files name it. Raises ``ValueError`` if it is no name of an image: no other may
        become part of an address."""
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
        tag = tag or "latest"
        if not (_HOST.fullmatch(registry) and _PATH.fullmatch(name) and len(name) <= _LONGEST_PATH):
            raise ValueError(image)
        return cls(registry, name, tag if _TAG.fullmatch(tag) else Digest(tag))

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
    if len(blobs) != len(parts) or "layers" not in found or blobs[0].size > MOST_CONFIG:
        return None
    return blobs


def list_of(body: bytes) -> Sequence[Any]:
    """The entries of a list of manifests; empty if *body* is none."""
    return _list(_object(body).get("manifests"))


def digest_for(body: bytes, arch: str) -> Digest | None:
    """The digest of the manifest for Linux on *arch* in a list of several; None if *body* is no list or has
    none. Of variants (arm) the first one is taken."""
    for entry in list_of(body):
        platform = entry.get("platform") if isinstance(entry, dict) else None
        if not isinstance(platform, dict):
            continue
        if (platform.get("os"), platform.get("architecture")) == ("linux", arch):
            return _digest(entry.get("digest"))
    return None


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _blob(part: object) -> Blob | None:
    if not isinstance(part, dict):
        return None
    digest, size = _digest(part.get("digest")), part.get("size")
    return Blob(digest, size) if digest and type(size) is int and 0 <= size <= MOST_SIZE else None


def _digest(value: object) -> Digest | None:
    try:
        return Digest(value)
    except ValueError:
        return None
