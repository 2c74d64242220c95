"""Locks of the operating system on files: it gives them up when their process ends, however that was."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

#: What the systems say where somebody else has it.
_HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)


def lock(file: BinaryIO) -> bool:
    """Whether the lock on *file* is ours now; closing the file gives it up. ``OSError``: there are none here
    (some network disks)."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        if exc.errno in _HELD:
            return False
        raise
    return True


class Claim:
    """A file that nobody else has claimed. ``release`` removes it."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path, self._file = path, file

    def release(self) -> None:
        """Once."""
        with suppress(OSError):  # before it is given up, as the next one must find none or a new one …
            self._path.unlink()
        self._file.close()
        if os.name == "nt":
            with suppress(OSError):  # … but Windows removes no open file, neither ours nor the next one's
                self._path.unlink()


def claim(path: Path) -> Claim | None:
    """The claim on *path*; None if somebody has it. ``OSError`` if the file cannot be made.

    Where the disk knows no locks, everybody gets it.
    """
    while True:
        file = path.open("ab")
        with suppress(OSError):
            if not lock(file):
                file.close()
                return None
        if _stands(file, path):
            return Claim(path, file)
        file.close()


def _stands(file: BinaryIO, path: Path) -> bool:
    """Whether *file* is still what lies at *path*: whoever had it may have removed it meanwhile."""
    try:
        return os.name == "nt" or os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
