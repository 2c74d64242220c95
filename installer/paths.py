"""Folders of a target, which may be another system than this one."""

from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath

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
