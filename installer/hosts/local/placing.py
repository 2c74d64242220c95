"""Reading and placing files below an installation's docker folder on this computer, where no scripts run.

By descriptors of the folders (``descriptors``): no link below is followed, also not one that a container puts
there at that moment. Only one right in the docker folder is the administrator's.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from installer.core.paths import below
from installer.core.private_file import new_file
from installer.hosts.local.descriptors import BY_DESCRIPTOR, parent

#: What Python says for the mode of a link.
LINK_MODE = 0o777
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)


def copy_out(folder: Path, path: str, copy: Path) -> int | None:
    """Copy the file *path* (from *folder*, by ``/``) to the new private file *copy*, a link as a link. Its
    mode; None for what is neither. Raises ``OSError``: ``FileNotFoundError`` where there is none, ``ELOOP``
    or ``ENOTDIR`` where a folder on the way is a link."""
    copy.unlink(missing_ok=True)
    inner = "/" in path
    if not BY_DESCRIPTOR:
        source = below(folder, path)
        if inner and source.is_symlink():
            copy.symlink_to(source.readlink())
            return LINK_MODE
        if not stat.S_ISREG(source.stat().st_mode):
            return None
        with source.open("rb") as file:
            return _copy(file, copy)
    with parent(folder, path) as (at, name):
        mode = os.stat(name, dir_fd=at, follow_symlinks=not inner).st_mode
        if stat.S_ISLNK(mode):
            copy.symlink_to(os.readlink(name, dir_fd=at))  # as it is: it may lead anywhere
            return LINK_MODE
        if not stat.S_ISREG(mode):
            return None
        handle = os.open(name, _READ | (os.O_NOFOLLOW if inner else 0), dir_fd=at)
        with os.fdopen(handle, "rb") as file:
            return _copy(file, copy)


def put(draft: Path, folder: Path, path: str) -> None:
    """Move *draft*, which lies in a folder of ours, to *path* (from *folder*); a link with that name goes.
    Folders are made. Raises ``OSError`` as ``copy_out``."""
    if not BY_DESCRIPTOR:
        target = below(folder, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.replace(target)
        return
    with parent(folder, path, make=True) as (at, name):
        os.replace(draft, name, dst_dir_fd=at)


def place(folder: Path, path: str, data: bytes, mode: int) -> None:
    """Write the file *path* (from *folder*) by a draft beside it. Only where ``BY_DESCRIPTOR``. Raises
    ``OSError`` as ``copy_out``."""
    with parent(folder, path, make=True) as (at, name):
        draft = f".{name}.{secrets.token_hex(8)}.draft"
        handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, mode, dir_fd=at)
        try:
            with os.fdopen(handle, "wb") as file:
                os.fchmod(handle, mode)
                file.write(data)
                file.flush()
                os.fsync(handle)
            os.replace(draft, name, src_dir_fd=at, dst_dir_fd=at)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(draft, dir_fd=at)
            raise


def new_copy(source: Path, copy: Path, mode: int) -> None:
    """*source*, which is a file of ours, as the new file *copy*; one that is there goes. ``OSError``."""
    copy.unlink(missing_ok=True)
    with source.open("rb") as file, os.fdopen(new_file(copy, mode), "wb") as target:
        shutil.copyfileobj(file, target)


def _copy(file: BinaryIO, copy: Path) -> int | None:
    mode = os.fstat(file.fileno()).st_mode
    if not stat.S_ISREG(mode):
        return None
    with os.fdopen(new_file(copy, 0o600), "wb") as target:
        shutil.copyfileobj(file, target)
    return mode & 0o777
