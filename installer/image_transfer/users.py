"""Who uses the folder of blobs just now. Several programs may: only the last one to leave tidies up, so that
no program loses what it is about to send."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from installer.core.file_lock import Claim, claim

#: Seconds to wait for a program that is coming or leaving just now.
_PATIENCE = 2.0
_POLL = 0.05


@contextmanager
def using(folder: Path, tidy: Callable[[], None]) -> Iterator[None]:
    """The block uses *folder*; *tidy* is called at its end if no other program does. A folder that cannot be
    written is no matter of this one."""
    with _alone(folder):
        mine = _claim(folder / f"use-{os.getpid()}-{os.urandom(4).hex()}.lock")
    try:
        yield
    finally:
        with _alone(folder) as alone:
            if mine:
                mine.release()
            if alone and not _others(folder):
                tidy()


def _others(folder: Path) -> bool:
    """Whether a living program is in there; what dead ones left goes."""
    for path in folder.glob("use-*.lock"):
        found = _claim(path)
        if found is None:
            return True
        found.release()
    return False


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """No other program comes or leaves meanwhile. False if the lock was not free in time."""
    end, found = time.monotonic() + _PATIENCE, None
    while found is None and folder.is_dir():
        found = _claim(folder / "door.lock")
        if found is None:
            if time.monotonic() > end:
                break
            time.sleep(_POLL)
    try:
        yield found is not None
    finally:
        if found:
            found.release()


def _claim(path: Path) -> Claim | None:
    with suppress(OSError):
        return claim(path)
    return None
