"""An image as one stream that ``docker load`` takes: its blobs as they are, and what says how they belong
together. Pure, but for reading the blobs.

The form is docker save's older one (image-spec v1.2 of moby, ``manifest.json``), which every Engine from 1.10
to today reads. Layers stay compressed: Engines find out how (moby ``pkg/archive`` ``DecompressStream``).
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from installer.image_transfer.source import Image
from installer.registry.digest import Digest
from installer.registry.manifests import Blob

_BLOCK = 512
_CHUNK = 256 << 10


def layers_there(image: Image, loaded: Iterable[Image]) -> frozenset[Digest]:
    """Digests of the layers that an Engine has from *loaded*: it knows a layer by all that lie under it, and
    does not look for the file of one that it has (moby ``image/tarexport/load.go``)."""
    most = 0
    for other in loaded:
        pairs = zip(image.layers, other.layers, strict=False)
        most = max(most, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs)))
    rest = {layer.digest for layer in image.layers[most:]}
    return frozenset(layer.digest for layer in image.layers[:most]) - rest


@dataclass(frozen=True)
class Archive:
    """The image *name* as a stream of *size* bytes."""

    name: str
    size: int
    pieces: Iterable[bytes]


def archive_size(image: Image, without: frozenset[Digest] = frozenset()) -> int:
    """Bytes of the whole stream, *without* those layers."""
    files = sum(_BLOCK + _padded(blob.size) for blob in image.blobs if blob.digest not in without)
    return _BLOCK + _padded(len(_index(image))) + files + 2 * _BLOCK


def archive(
    image: Image, paths: Mapping[Digest, Path], without: frozenset[Digest] = frozenset()
) -> Iterator[bytes]:
    """The stream; *paths*: digest → file of each blob. ``OSError`` if one cannot be read."""
    index = _index(image)
    yield _head("manifest.json", len(index)) + index + _padding(len(index))
    for blob in image.blobs:
        if blob.digest in without:
            continue
        yield _head(_name(image, blob), blob.size)
        with paths[blob.digest].open("rb") as file:
            left = blob.size
            while left:
                data = file.read(min(_CHUNK, left))
                if not data:
                    raise OSError(f"{blob.digest} ends too early")
                left -= len(data)
                yield data
        yield _padding(blob.size)
    yield bytes(2 * _BLOCK)


def _index(image: Image) -> bytes:
    """``manifest.json``."""
    layers = [_name(image, layer) for layer in image.layers]
    entry = {"Config": _name(image, image.config), "RepoTags": [image.name], "Layers": layers}
    return json.dumps([entry]).encode()


def _name(image: Image, blob: Blob) -> str:
    return f"{blob.digest.digits}.{'json' if blob == image.config else 'tar'}"


def _head(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    # a layer of more than 8 GiB has no place in the plain form's field; the GNU form's every Engine reads
    return info.tobuf(tarfile.GNU_FORMAT)


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _padding(size: int) -> bytes:
    return bytes(_padded(size) - size)
