"""Blobs kept on this computer while images are carried: each is fetched once, also over several attempts.

A folder of files named by their digests; ``.part`` is one that is not whole yet. What was used longest ago
goes first when there is more than the limit.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import urllib.error
from collections.abc import Callable, Iterable
from pathlib import Path

from installer.cancel import CancelToken
from installer.carry.source import Image, Source, failed
from installer.errors import Code, InstallError
from installer.registry.manifests import Blob
from installer.release import web

#: Bytes that stay here afterwards: the images of one Dify, so that a second server or attempt has them.
LIMIT = 8 * 10**9
_CHUNK = 256 << 10
#: Seconds before the next attempt; one that brought something begins the count anew.
_PAUSES = (1.0, 2.0, 5.0, 10.0)
_FULL = (errno.ENOSPC, errno.EDQUOT, 112)  # 112: ERROR_DISK_FULL of Windows

OnBytes = Callable[[int], None]


class BlobStore:
    """See the module. *folder* is made when something is kept."""

    def __init__(self, folder: Path, cancel: CancelToken, limit: int = LIMIT) -> None:
        self._folder, self._cancel, self._limit = folder, cancel, limit

    def path(self, blob: Blob) -> Path:
        """Where *blob* is once it is there."""
        return self._folder / blob.digest.replace(":", "-")

    def has(self, blob: Blob) -> bool:
        """Whether it is here, whole (it was verified when it came)."""
        try:
            return self.path(blob).stat().st_size == blob.size
        except OSError:
            return False

    def missing(self, blob: Blob) -> int:
        """Bytes of it that have to be fetched."""
        return 0 if self.has(blob) else blob.size - min(blob.size, self._part_size(blob))

    def check_room(self, needed: int) -> None:
        """Raises CARRY_DISK_FULL if *needed* bytes do not fit on this computer's disk."""
        self._make_folder()
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError:
            return
        if needed > free:
            raise _full(self._folder, needed, free)

    def fetch(self, source: Source, image: Image, blob: Blob, on_bytes: OnBytes) -> Path:
        """*blob* of *image*, from here or from its registry; *on_bytes* gets every number of new bytes.

        Raises as ``Source.image``, and CARRY_DISK_FULL; ``Cancelled``.
        """
        path = self.path(blob)
        if self.has(blob):
            self._touch(path)
            return path
        self._make_folder()
        tries, before = 0, self._part_size(blob)
        while True:
            self._cancel.check()
            try:
                self._once(source, image, blob, on_bytes)
                return path
            except urllib.error.HTTPError as exc:
                with exc:
                    if exc.code < 500 and exc.code not in (408, 416):
                        raise failed(image.name, image.reference, exc) from exc
                    last: Exception = exc
            except web.TRANSPORT_ERRORS as exc:
                last = exc
            except OSError as exc:
                raise self._disk(image, blob, exc) from exc
            now = self._part_size(blob)
            tries = 0 if now > before else tries + 1
            before = now
            if tries >= len(_PAUSES):
                raise failed(image.name, image.reference, last) from last
            self._cancel.wait(_PAUSES[tries])

    def shrink(self) -> None:
        """Remove what was used longest ago until no more than the limit is left, and old halves."""
        files = []
        for path in self._folder.glob("*"):
            try:
                found = path.stat()
            except OSError:
                continue
            files.append((found.st_mtime, found.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self._limit:
                return
            path.unlink(missing_ok=True)
            total -= size

    # ------------------------------------------------------------------ parts

    def _once(self, source: Source, image: Image, blob: Blob, on_bytes: OnBytes) -> None:
        """One connection. ``urllib.error.URLError`` if it ended too early or brought something else."""
        part = self._part(blob)
        begin = self._part_size(blob)
        if begin > blob.size:
            part.unlink()
            begin = 0
        if begin < blob.size or not part.exists():
            with source.blob(image, blob, begin) as response:
                resumed = begin > 0 and response.status == 206
                if begin and not resumed:
                    on_bytes(-begin)  # all of it comes once more
                with part.open("ab" if resumed else "wb") as file:
                    while data := response.read(_CHUNK):
                        file.write(data)
                        on_bytes(len(data))
        size = self._part_size(blob)
        if size < blob.size:
            raise urllib.error.URLError(f"the connection ended after {size} of {blob.size} bytes")
        if size > blob.size or self._digest(part) != blob.digest:
            part.unlink()
            if begin:  # what lay here may be what is wrong
                on_bytes(-size)
                raise urllib.error.URLError("what was here did not fit the rest")
            raise InstallError(Code.CARRY_DAMAGED, {"image": image.name}, detail=blob.digest)
        part.replace(self.path(blob))

    def _digest(self, path: Path) -> str:
        found = hashlib.sha256()
        with path.open("rb") as file:
            while data := file.read(1 << 20):
                self._cancel.check()
                found.update(data)
        return f"sha256:{found.hexdigest()}"

    def _part(self, blob: Blob) -> Path:
        return self.path(blob).with_suffix(".part")

    def _part_size(self, blob: Blob) -> int:
        try:
            return self._part(blob).stat().st_size
        except OSError:
            return 0

    def _make_folder(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as exc:
            raise _full(self._folder, 0, 0, str(exc)) from exc

    def _disk(self, image: Image, blob: Blob, exc: OSError) -> InstallError:
        """What this computer's disk did; everything else came from the connection."""
        if exc.errno in _FULL or getattr(exc, "winerror", 0) in _FULL or exc.filename is not None:
            free = shutil.disk_usage(self._folder).free if self._folder.exists() else 0
            return _full(self._folder, self.missing(blob), free, str(exc))
        return failed(image.name, image.reference, exc)

    @staticmethod
    def _touch(path: Path) -> None:
        try:
            os.utime(path)
        except OSError:
            return


def _full(folder: Path, needed: int, free: int, detail: str = "") -> InstallError:
    params = {"path": str(folder), "needed": _size(needed), "free": _size(free)}
    return InstallError(Code.CARRY_DISK_FULL, params, detail=detail)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 10**8 else f"{count / 1e6:.1f} MB"


def missing_bytes(store: BlobStore, images: Iterable[Image]) -> dict[str, int]:
    """Image → bytes to fetch for it; a blob that several have counts for the first."""
    seen: set[str] = set()
    found = {}
    for image in images:
        new = [b for b in image.blobs if b.digest not in seen]
        seen.update(b.digest for b in new)
        found[image.name] = sum(map(store.missing, new))
    return found
