"""Files below an installation's docker folder, of which its containers may write some.

A container's root can leave a symbolic link there. Nothing that works there for the person, or as root,
follows one: on servers ``resources/scripts/below.sh`` sees to that, on this computer
``erase`` and ``paths.below``. What is
right in the docker folder is no container's: a link there is the administrator's and is followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from installer.core import paths
from installer.core.errors import Code, InstallError
from installer.core.resources import read_text
from installer.hosts.base import Command, Host
from installer.hosts.local import erase
from installer.hosts.local.files import file_errors, read_file

SECONDS = 120.0
#: What the script that reads a file is called.
READ = "below-read"


def script(name: str) -> str:
    """``resources/scripts/<name>.sh`` with the functions that it needs."""
    return read_text("scripts/below.sh") + read_text(f"scripts/{name}.sh")


def read(host: Host, folder: str, path: str, limit: int) -> bytes | None:
    """The first *limit* bytes of the regular file *path* (from *folder*), None if there is none or it cannot
    be read. No link is followed but certbot's own, from ``live/NAME`` into ``archive/NAME`` beside it. Raises
    what losing the host raises."""
    if not host.kind.runs_scripts:
        return _read_here(Path(folder), path, limit)
    words = ("sh", "-c", script(READ), READ, folder, path, str(limit))
    return host.run(Command(words), timeout=SECONDS).stdout or None


def _read_here(folder: Path, path: str, limit: int) -> bytes | None:
    try:
        found = paths.below(folder, path)
        if found.is_symlink():
            *above, live, name, _file = PurePosixPath(path).parts
            target = PurePosixPath(found.readlink().as_posix())
            if live != "live" or target.parent != PurePosixPath("../../archive", name):
                return None
            found = paths.below(folder, "/".join((*above, "archive", name, target.name)))
        if paths.is_link(found) or not found.is_file():
            return None
        return read_file(str(found), limit)
    except (OSError, ValueError, InstallError):
        return None


def remove(
    host: Host,
    folder: str,
    files: Sequence[str] = (),
    *,
    inner: Sequence[str] = (),
    folders: Sequence[str] = (),
    empty_ones: bool = False,
) -> None:
    """Remove *files*, all that is in the folders *inner*, and those of *folders* (deepest first) that are
    empty. *empty_ones*: empty folders below ``volumes/`` go, too. Paths from *folder*; what is behind a link
    stays.

    Raises ``InstallError(HOST_FILE_FAILED)``."""
    if not host.kind.runs_scripts:
        _remove_here(Path(folder), files, inner, folders, empty_ones)
        return
    listed = (("file", files), ("inner", inner), ("folder", folders))
    lines = [f"{kind} {path}\n" for kind, paths in listed for path in paths]
    words = ("sh", "-c", script("undo-remove"), "sh", folder, "yes" if empty_ones else "no")
    result = host.run(Command(words, stdin="".join(lines).encode()), timeout=SECONDS)
    result.check(Code.HOST_FILE_FAILED, path=folder)


def _remove_here(
    folder: Path, files: Sequence[str], inner: Sequence[str], folders: Sequence[str], empty_ones: bool
) -> None:
    with file_errors(str(folder)):
        for path in files:
            with erase.not_behind_a_link():
                erase.file(folder, path)
        for path in inner:
            with erase.not_behind_a_link():
                erase.content(folder, path)
    if empty_ones:
        erase.empty_folders(folder, "volumes")
    for path in folders:
        with erase.not_behind_a_link():
            erase.empty(folder, path)
