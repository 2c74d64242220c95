"""Locks of the operating system on files: it gives them up when their process ends, however that was."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

#: Errors of the systems for a lock that another process holds.
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
    """A file that this process alone has claimed. ``release`` removes it."""

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
    """The claim on *path*; None if it is taken. ``OSError`` if the file cannot be made.

    Where the disk knows no locks, every caller gets it.
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


@contextmanager
def alone_in(folder: Path, seconds: float = 10.0) -> Iterator[None]:
    """No other block of this function, in whatever program, runs for *folder* meanwhile; on POSIX no script
    that has ``flock`` on the folder either. ``OSError``: the others did not end within *seconds*. Where the
    disk knows no locks, all blocks run."""
    end = time.monotonic() + seconds
    give_up = _claimed(folder / ".alone.lock", end) if os.name == "nt" else _flocked(folder, end)
    try:
        yield
    finally:
        give_up()


def _claimed(path: Path, end: float) -> Callable[[], object]:
    while (mine := claim(path)) is None:
        _wait(path, end)
    return mine.release


def _flocked(folder: Path, end: float) -> Callable[[], object]:
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as exc:
                if exc.errno not in _HELD:
                    break  # there are none here
            _wait(folder, end)
    except BaseException:
        os.close(handle)
        raise
    return partial(os.close, handle)


def _wait(path: Path, end: float) -> None:
    if time.monotonic() > end:
        raise TimeoutError(errno.ETIMEDOUT, "another program has the lock", str(path))
    time.sleep(0.02)


def _stands(file: BinaryIO, path: Path) -> bool:
    """Whether *file* is still what lies at *path*: its former holder may have removed it meanwhile."""
    try:
        return os.name == "nt" or os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
