"""What this computer's disk does to the folder of blobs, as errors."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from installer.core.errors import Code, InstallError
from installer.core.formatting import byte_size

_FULL = (errno.ENOSPC, errno.EDQUOT, 112)  # 112: ERROR_DISK_FULL of Windows


@contextmanager
def on_disk(folder: Path, needed: int = 0) -> Iterator[None]:
    """An ``OSError`` in the block is the disk's: CARRY_DISK_FULL (*needed*: bytes still to come) or
    HOST_FILE_FAILED. What a connection does has no place in it."""
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL or getattr(exc, "winerror", 0) in _FULL:
            raise full(folder, needed, free(folder) or 0, str(exc)) from exc
        path = str(exc.filename or folder)
        raise InstallError(Code.HOST_FILE_FAILED, {"path": path}, detail=str(exc)) from exc


def free(folder: Path) -> int | None:
    """Bytes; None: not known."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def full(folder: Path, needed: int, free: int, detail: str = "") -> InstallError:
    """CARRY_DISK_FULL, in numbers of bytes."""
    params = {"path": str(folder), "needed": byte_size(needed), "free": byte_size(free)}
    return InstallError(Code.CARRY_DISK_FULL, params, detail=detail)
