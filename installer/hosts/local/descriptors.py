"""Folders below an installation's docker folder on this computer, where no scripts run, by their descriptors.

Each folder on the way is opened without following a link and named by its descriptor from then on: one that
is exchanged for a link meanwhile leads nowhere else. Windows has no such calls; there the way is looked at
first (``paths.below``), and making a link needs rights of an administrator.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Whether the system takes descriptors of folders (Linux, macOS).
BY_DESCRIPTOR = {os.open, os.unlink, os.rmdir, os.stat} <= os.supports_dir_fd and bool(
    shutil.rmtree.avoids_symlink_attacks
)


@contextmanager
def parent(folder: Path, path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
    """A descriptor of the folder that holds *path* (from *folder*, by ``/``), and the last part of its name.
    A link right in *folder* is the administrator's and is followed. *make*: missing folders are made. Raises
    ``OSError``, with ``ELOOP`` or ``ENOTDIR`` where another folder on the way is a link."""
    *way, last = path.split("/")
    if {"", ".", ".."} & {last, *way}:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for depth, name in enumerate(way):
            made = make and _make(at, name)
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | (os.O_NOFOLLOW if depth else 0), dir_fd=at)
            os.close(at)
            at = inner
            if made:
                os.fchmod(at, 0o755)
        yield at, last
    finally:
        os.close(at)


@contextmanager
def opened(folder: Path, path: str) -> Iterator[int]:
    """A descriptor of the folder *path*. Raises as ``parent``, also where it is a link itself."""
    with parent(folder, path) as (at, name):
        inside = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
    try:
        yield inside
    finally:
        os.close(inside)


def _make(at: int, name: str) -> bool:
    try:
        os.mkdir(name, 0o755, dir_fd=at)
    except FileExistsError:
        return False
    return True
