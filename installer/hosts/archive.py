"""Files to upload as one tar stream."""

from __future__ import annotations

import gzip
import io
import tarfile
import time
from collections.abc import Sequence

from installer.hosts.base import FileContent

#: below this, compressing costs more than the line
_WORTH_PACKING = 256 * 1024


def pack(files: Sequence[FileContent]) -> tuple[bytes, bool]:
    """The archive (``list``: the paths, one a line; ``files/``) and whether it is gzipped.

    GNU format with raw UTF-8 names: pax headers would be converted by a tar under LC_ALL=C, and BusyBox
    reads GNU's long names.
    """
    buffer = io.BytesIO()
    now = time.time()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8") as archive:
        paths = "".join(f"{file.path}\n" for file in files).encode()
        members = [("list", paths, 0o600), *((f"files/{f.path}", f.data, f.mode) for f in files)]
        for path, content, mode in members:
            entry = tarfile.TarInfo(f"./{path}")
            entry.size, entry.mode, entry.mtime = len(content), mode, int(now)
            archive.addfile(entry, io.BytesIO(content))
    data = buffer.getvalue()
    if len(data) < _WORTH_PACKING:
        return data, False
    return gzip.compress(data, compresslevel=1), True
