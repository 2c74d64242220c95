"""File locks: the kernel drops them when their process dies, so none can be left behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold *path* exclusively; waits for whoever has it. The holder may unlink the file."""
    import fcntl  # not on Windows, where this module can still be imported

    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with path.open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if not _is_still(path, handle.fileno()):
                continue  # unlinked while we waited: others lock another file by now
            yield
            return


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
