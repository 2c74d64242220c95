"""Blobs kept on this computer while images are carried: each is fetched once, also over several attempts.

A folder of files named by their digests; ``.part`` is one that is not whole yet. What was used longest ago
goes first when there is more than the limit. Several programs may use it: one fetches a blob, the others wait
for it.
"""

from __future__ import annotations

import os
import urllib.error
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from http.client import HTTPResponse
from pathlib import Path
from typing import BinaryIO

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.file_lock import claim
from installer.image_transfer.disk import free, full, on_disk
from installer.image_transfer.source import Image, Source, failed
from installer.image_transfer.users import using
from installer.registry.manifests import Blob
from installer.release import web

#: Bytes that stay here afterwards: the images of one Dify, so that a second server or attempt has them.
LIMIT = 8 * 10**9
_CHUNK = 256 << 10
#: Seconds before the next attempt; one that brought something resets the count.
_PAUSES = (1.0, 2.0, 5.0, 10.0)
#: Seconds between two looks at what another program fetches.
_LOOK_SECONDS = 0.25

OnBytes = Callable[[int], None]


class BlobStore:
    """See the module. *folder* is made when something is kept."""

    def __init__(self, folder: Path, cancel: CancelToken, limit: int = LIMIT) -> None:
        self._folder, self._cancel, self._limit = folder, cancel, limit

    def in_use(self) -> AbstractContextManager[None]:
        """During the block no program removes anything; at its end ``shrink``, if it can.

        Raises CARRY_DISK_FULL, HOST_FILE_FAILED.
        """
        self._make_folder()
        return using(self._folder, self.shrink)

    def path(self, blob: Blob) -> Path:
        """Where *blob* is once it is there."""
        return self._folder / blob.digest.file_name

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
        left = free(self._folder)
        if left is not None and needed > left:
            raise full(self._folder, needed, left)

    def fetch(self, source: Source, image: Image, blob: Blob, on_bytes: OnBytes) -> Path:
        """*blob* of *image*, from here or from its registry; *on_bytes* gets every number of new bytes.

        Raises as ``Source.image``, and CARRY_DISK_FULL, HOST_FILE_FAILED; ``Cancelled``.
        """
        path = self.path(blob)
        if not self.has(blob):
            with self._claimed(blob, on_bytes):
                if not self.has(blob):  # by another program, meanwhile
                    self._fetch(source, image, blob, on_bytes)
        self._touch(path)
        return path

    @contextmanager
    def _claimed(self, blob: Blob, on_bytes: OnBytes) -> Iterator[None]:
        """Only this program fetches *blob* in the block; until then the progress of another is reported."""
        lock, seen = self.path(blob).with_suffix(".lock"), self._part_size(blob)

        def tell() -> int:
            now = blob.size if self.has(blob) else self._part_size(blob)
            on_bytes(now - seen)
            return now

        with self._here(blob):
            mine = claim(lock)
        while mine is None:
            self._cancel.wait(_LOOK_SECONDS)
            seen = tell()
            with self._here(blob):
                mine = claim(lock)
        try:
            tell()
            yield
        finally:
            mine.release()

    def _fetch(self, source: Source, image: Image, blob: Blob, on_bytes: OnBytes) -> None:
        tries, before = 0, self._part_size(blob)
        while True:
            self._cancel.check()
            try:
                self._once(source, image, blob, on_bytes)
                return
            except urllib.error.HTTPError as exc:
                with exc:
                    if exc.code < 500 and exc.code not in (408, 416):
                        raise failed(image.name, image.reference, exc) from exc
                    last: Exception = exc
            except (*web.TRANSPORT_ERRORS, OSError) as exc:  # of the connection: see ``_here``
                last = exc
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
            with suppress(OSError):
                found = path.stat()
                if path.suffix != ".lock":
                    files.append((found.st_mtime, found.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self._limit:
                return
            with suppress(OSError):  # Windows removes no file that is open
                path.unlink(missing_ok=True)
                total -= size

    # ------------------------------------------------------------------ parts

    def _once(self, source: Source, image: Image, blob: Blob, on_bytes: OnBytes) -> None:
        """One connection. ``urllib.error.URLError`` if it ended too early or brought something else."""
        part = self._part(blob)
        begin = self._part_size(blob)
        if begin > blob.size:
            with self._here(blob):
                part.unlink()
            begin = 0
        if begin < blob.size or not part.exists():
            with source.blob(image, blob, begin) as response:
                resumed = begin > 0 and response.status == 206
                if begin and not resumed:
                    on_bytes(-begin)  # all of it comes once more
                with self._here(blob):
                    file = part.open("ab" if resumed else "wb")
                try:
                    self._receive(response, file, blob, begin if resumed else 0, on_bytes)
                finally:
                    with suppress(OSError):  # on a full disk what could not be written fails once more
                        file.close()
        size = self._part_size(blob)
        if size < blob.size:
            raise urllib.error.URLError(f"the connection ended after {size} of {blob.size} bytes")
        with self._here(blob):
            whole = size == blob.size and blob.digest.fits(self._pieces(part))
            if whole:
                part.replace(self.path(blob))
            else:
                part.unlink()
        if not whole:
            if begin:  # what lay here may be what is wrong
                on_bytes(-size)
                raise urllib.error.URLError("what was here did not fit the rest")
            raise InstallError(Code.CARRY_DAMAGED, {"image": image.name}, detail=blob.digest)

    def _receive(
        self, response: HTTPResponse, file: BinaryIO, blob: Blob, done: int, on_bytes: OnBytes
    ) -> None:
        """Write what comes, and no more than a byte above what *blob* has: the disk is not the registry's."""
        while done <= blob.size and (data := response.read(min(_CHUNK, blob.size + 1 - done))):
            with self._here(blob):
                file.write(data)
                file.flush()
            done += len(data)
            on_bytes(len(data))

    def _pieces(self, path: Path) -> Iterator[bytes]:
        with path.open("rb") as file:
            while data := file.read(1 << 20):
                self._cancel.check()
                yield data

    def _part(self, blob: Blob) -> Path:
        return self.path(blob).with_suffix(".part")

    def _part_size(self, blob: Blob) -> int:
        try:
            return self._part(blob).stat().st_size
        except OSError:
            return 0

    def _make_folder(self) -> None:
        with on_disk(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _here(self, blob: Blob) -> AbstractContextManager[None]:
        """What fails in the block is this computer's disk, and is not tried again."""
        return on_disk(self._folder, self.missing(blob))

    @staticmethod
    def _touch(path: Path) -> None:
        with suppress(OSError):
            os.utime(path)


def missing_bytes(store: BlobStore, images: Iterable[Image]) -> dict[str, int]:
    """Image → bytes to fetch for it; a blob that several have counts for the first."""
    seen: set[str] = set()
    found = {}
    for image in images:
        new = [b for b in image.blobs if b.digest not in seen]
        seen.update(b.digest for b in new)
        found[image.name] = sum(map(store.missing, new))
    return found
