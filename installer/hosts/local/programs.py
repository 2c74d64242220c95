"""The one place that finds and starts programs of this computer: never one of the current folder."""

from __future__ import annotations

import ctypes
import ntpath
import os
import posixpath
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_EXTENSIONS = ".COM;.EXE;.BAT;.CMD"  # what Windows assumes without PATHEXT


def find_program(name: str, env: Mapping[str, str], *, platform: str = sys.platform) -> str | None:
    """The absolute path of the program *name* by the PATH of *env*; None if there is none.

    The current folder, empty and relative entries are passed over: what lies in a folder of downloads is not
    taken for Docker. Windows would look there first (CreateProcess, ``shutil.which``).
    """
    path = ntpath if platform == "win32" else posixpath
    if path.dirname(name) or path.splitdrive(name)[0]:
        places = [name] if _absolute(name, platform) else []
    else:
        separator = ";" if platform == "win32" else ":"
        folders = [entry.strip('"') for entry in env.get("PATH", "").split(separator)]
        places = [path.join(folder, name) for folder in folders if _absolute(folder, platform)]
    found = (file for place in places for file in _files(place, env, platform))
    return next((file for file in found if os.path.isfile(file) and os.access(file, os.X_OK)), None)  # noqa: PTH113


def _absolute(place: str, platform: str) -> bool:
    """On Windows with a drive or a share: ``\\bin`` is on the current drive."""
    if platform != "win32":
        return posixpath.isabs(place)
    return bool(ntpath.splitdrive(place)[0]) and ntpath.isabs(place)


def _files(place: str, env: Mapping[str, str], platform: str) -> Iterator[str]:
    if platform != "win32":
        yield place
        return
    extensions = [e for e in (env.get("PATHEXT") or _EXTENSIONS).split(";") if e.startswith(".")]
    if place.lower().endswith(tuple(e.lower() for e in extensions)):
        yield place
    yield from (place + extension for extension in extensions)


def system_program(name: str) -> str:
    """The absolute path of a program of Windows itself (``icacls.exe``). The folder is asked of Windows: a
    variable could be changed."""
    return ntpath.join(_system_folder(), name)


if sys.platform == "win32":

    def _system_folder() -> str:
        room = ctypes.create_unicode_buffer(300)
        if not ctypes.windll.kernel32.GetSystemDirectoryW(room, len(room)):
            raise ctypes.WinError()
        return room.value
else:

    def _system_folder() -> str:
        return r"C:\Windows\System32"


def start(argv: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """``subprocess.Popen`` for a program with its absolute path, else ``OSError``."""
    return subprocess.Popen(_checked(argv), **options)


def finish(argv: Sequence[str], **options: Any) -> subprocess.CompletedProcess[Any]:
    """``subprocess.run`` for a program with its absolute path, else ``OSError``. An exit code is no error."""
    return subprocess.run(_checked(argv), check=False, **options)


def _checked(argv: Sequence[str]) -> list[str]:
    if not _absolute(argv[0], sys.platform):
        raise OSError(f"{argv[0]}: not an absolute path")
    return list(argv)
