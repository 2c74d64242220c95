"""Files below an installation's docker folder, of which its containers may write some.

A container's root can leave a symbolic link there. Nothing that works there for the person, or as root,
follows one: on servers ``resources/scripts/below.sh`` sees to that, on this computer ``paths.below``. What is
right in the docker folder is no container's: a link there is the administrator's and is followed.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from installer.errors import Code
from installer.hosts.base import Command, Host
from installer.hosts.local_files import file_errors
from installer.paths import below, is_link
from installer.resources import read_text

SECONDS = 120.0


def script(name: str) -> str:
    """``resources/scripts/<name>.sh`` with the functions that it needs."""
    return read_text("scripts/below.sh") + read_text(f"scripts/{name}.sh")


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
    if not host.scripts:
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
            with _not_behind_a_link():
                below(folder, path).unlink(missing_ok=True)
        for path in inner:
            with _not_behind_a_link():
                _empty(folder, path)
    if empty_ones:
        inside = [p for p in (folder / "volumes").rglob("*") if p.is_dir() and not p.is_symlink()]
        for place in (*sorted(inside, key=lambda p: -len(p.parts)), folder / "volumes"):
            drop(place)
    for path in folders:
        with _not_behind_a_link():
            drop(below(folder, path))


@contextmanager
def _not_behind_a_link() -> Iterator[None]:
    """What would be there stays, and the rest goes on."""
    try:
        yield
    except OSError as exc:
        if exc.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise


def _empty(folder: Path, path: str) -> None:
    place = below(folder, f"{path}/x").parent
    if is_link(place) or not place.is_dir():
        return
    for entry in place.iterdir():
        if entry.is_dir() and not is_link(entry):
            shutil.rmtree(entry)
        else:
            entry.unlink(missing_ok=True)


def drop(folder: Path) -> None:
    """Remove *folder* if it is empty."""
    try:
        folder.rmdir()
    except OSError:  # not empty, or not there
        return
