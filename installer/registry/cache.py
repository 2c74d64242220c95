"""What was learned of images' sizes, kept on this computer: a registry counts every question as a pull."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from installer.core.app_files import as_seconds, write_whole
from installer.core.errors import InstallError
from installer.registry.digest import Digest
from installer.registry.manifests import Blob, Reference
from installer.untrusted.json import loads

VERSION = 1
_DAY = 86_400.0
#: How long an answer holds, in seconds: a tag that moves, and any other.
MOVING_SECONDS, SECONDS = _DAY, 30 * _DAY


class SizeCache:
    """``image-sizes.json`` in *folder*, for one processor type. What cannot be read is not there."""

    def __init__(self, folder: Path, arch: str, *, now: Callable[[], float] = time.time) -> None:
        self.path, self._arch, self._now = folder / "image-sizes.json", arch, now

    def known(self, images: Iterable[str]) -> dict[str, tuple[Blob, ...]]:
        """What is known of *images* and still holds."""
        entries = self._entries()
        found = {image: _blobs(entries.get(self._key(image))) for image in images}
        return {image: blobs for image, blobs in found.items() if blobs}

    def keep(self, found: Mapping[str, tuple[Blob, ...]]) -> None:
        """Note *found*; a cache that cannot be written is no reason to fail."""
        if not found:
            return
        entries = self._entries()
        for image, blobs in found.items():
            parts = [[blob.digest, blob.size] for blob in blobs]
            entries[self._key(image)] = {"at": self._now(), "moving": _moving(image), "parts": parts}
        text = json.dumps({"version": VERSION, "images": entries}, indent=1, sort_keys=True)
        with suppress(InstallError, OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(self.path, text.encode())

    def _key(self, image: str) -> str:
        return f"{image} {self._arch}"

    def _entries(self) -> dict[str, Any]:
        """Those that still hold."""
        try:
            data = loads(self.path.read_bytes())
            entries = data["images"] if data["version"] == VERSION else {}
            return {key: entry for key, entry in entries.items() if self._holds(entry)}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return {}

    def _holds(self, entry: Mapping[str, Any]) -> bool:
        age = self._now() - as_seconds(entry.get("at"))
        return 0 <= age < (MOVING_SECONDS if entry.get("moving", True) else SECONDS)


def _moving(image: str) -> bool:
    try:
        return Reference.parse(image).moving
    except ValueError:
        return True


def _blobs(entry: object) -> tuple[Blob, ...]:
    """Empty if *entry* is not what ``keep`` wrote."""
    try:
        return tuple(Blob(Digest(digest), int(size)) for digest, size in entry["parts"])  # type: ignore[index]
    except (KeyError, TypeError, ValueError):
        return ()
