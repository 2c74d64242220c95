"""ZIP files from outside: their table of contents has a limit before the library reads it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

#: What may be unpacked. The library gives other kinds no limit on what a piece of them becomes.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class _Capped:
    """A file of which no more than *most* bytes are read in one go, as long as *most* is set: the library
    reads the table of contents as a whole, whatever its size, and makes an object of each entry."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self._file = file
        self.most: int | None = most

    def read(self, size: int = -1) -> bytes:
        if self.most is not None and not 0 <= size <= self.most:
            raise TooBigError(f"a table of contents of {size} bytes")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


class TooBigError(Exception):
    """The message says what."""


@contextmanager
def open_zip(path: Path, most: int) -> Iterator[zipfile.ZipFile]:
    """The archive, if its table of contents has no more than *most* bytes.

    Raises ``TooBigError``, ``OSError``; and the library, for an archive that is broken, almost anything.
    """
    with path.open("rb") as file:
        capped = _Capped(file, most)
        with zipfile.ZipFile(cast("BinaryIO", capped)) as archive:
            capped.most = None
            yield archive
