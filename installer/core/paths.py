"""Folders of a target, which may be another system than this one, and files of this computer below one."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path, PurePosixPath, PureWindowsPath

_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")


def pure_path(directory: str) -> PurePosixPath | PureWindowsPath:
    """*directory* as a path of the system it is written for (drive letters and ``\\\\`` are Windows')."""
    return PureWindowsPath(directory) if _WINDOWS.match(directory) else PurePosixPath(directory)


def same_folder(one: str, other: str) -> bool:
    """Whether both name one folder: Windows takes either slash, and capital letters for small ones."""
    return bool(one and other) and pure_path(one) == pure_path(other)


def on_servers(directory: str) -> bool:
    """Whether *directory* may be one of a Linux server: ``~`` and drive letters are this computer's."""
    return not directory.startswith("~") and isinstance(pure_path(directory), PurePosixPath)


def below(folder: Path, path: str) -> Path:
    """*path* (from *folder*, by ``/``). Raises ``OSError`` where a folder on the way is a link."""
    first, *rest = path.split("/")
    if {"", ".", ".."} & {first, *rest}:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
    found = folder / first
    for name in rest:
        if found.parent != folder and is_link(found):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(found))
        found /= name
    return found


def is_link(path: Path) -> bool:
    """A symbolic link, or a junction of Windows."""
    junction = getattr(path, "is_junction", None)  # Python 3.12
    return path.is_symlink() or bool(junction and junction())
