"""Removing files below an installation's docker folder on this computer, where no scripts run.

By descriptors of the folders (``descriptors``), so that none of them can be exchanged for a link meanwhile.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from installer.core.paths import below, is_link
from installer.hosts.local.descriptors import BY_DESCRIPTOR, opened, parent

#: What is behind a link, or became one: it stays.
_BEHIND_A_LINK = (errno.ELOOP, errno.ENOTDIR)


def file(folder: Path, path: str) -> None:
    """Remove the file or link *path* (from *folder*, by ``/``); no error if there is none. Raises
    ``OSError``, with ``ELOOP`` or ``ENOTDIR`` where a folder on the way is a link."""
    if not BY_DESCRIPTOR:
        below(folder, path).unlink(missing_ok=True)
        return
    with suppress(FileNotFoundError), parent(folder, path) as (at, name):
        os.unlink(name, dir_fd=at)


def content(folder: Path, path: str, spared: Callable[[str], bool] | None = None) -> None:
    """Remove what is in the folder *path* and below it; nothing where *path* is a link. Files that are
    *spared* (by their path from *folder*) stay, and then all folders. Raises as ``file``."""
    if not BY_DESCRIPTOR:
        _content_by_path(folder, path, spared)
        return
    with suppress(FileNotFoundError), opened(folder, path) as at:
        if spared is None:
            for name in os.listdir(at):  # noqa: PTH208 (a descriptor)
                _entry(at, name)
            return
        for place, inside, _, files in _folders(at):
            for name in files:
                if not spared(os.path.normpath(f"{path}/{place}/{name}")):
                    os.unlink(name, dir_fd=inside)


def empty_folders(folder: Path, path: str) -> None:
    """Remove the empty folders below *path*, a name right in *folder*, and itself if it is empty then."""
    if not BY_DESCRIPTOR:
        inside = [p for p in (folder / path).rglob("*") if p.is_dir() and not is_link(p)]
        for place in (*sorted(inside, key=lambda p: -len(p.parts)), folder / path):
            drop(place)
        return
    with suppress(OSError):
        top = os.open(os.path.realpath(folder / path), os.O_RDONLY | os.O_DIRECTORY)
        try:
            found = [(at, names) for at, _, names, _ in _folders(top, unreadable=True) if names]
            for at, names in reversed(found):
                with suppress(OSError), _below(top, at) as here:
                    for name in names:
                        with suppress(OSError):  # not empty, or a link
                            os.rmdir(name, dir_fd=here)
        finally:
            os.close(top)
        empty(folder, path)


def empty(folder: Path, path: str) -> None:
    """Remove the folder *path* if it is empty. Raises ``OSError`` where a folder on the way is a link."""
    if not BY_DESCRIPTOR:
        drop(below(folder, path))
        return
    with suppress(FileNotFoundError), parent(folder, path) as (at, name), suppress(OSError):
        os.rmdir(name, dir_fd=at)


def drop(folder: Path) -> None:
    """Remove *folder* if it is empty."""
    with suppress(OSError):  # not empty, or not there
        folder.rmdir()


@contextmanager
def not_behind_a_link() -> Iterator[None]:
    """What would be there stays, and the rest is still removed."""
    try:
        yield
    except OSError as exc:
        if exc.errno not in _BEHIND_A_LINK:
            raise


def _folders(at: int, *, unreadable: bool = False) -> Iterator[tuple[str, int, list[str], list[str]]]:
    """Each folder from the one that *at* describes down: its path from there, a descriptor, names of folders
    in it, and of all else. However deep they are nested, few descriptors are open at once (macOS allows 256).
    What is gone or became a link is left out, and what is *unreadable*; else that raises ``OSError``."""
    pending = [""]
    while pending:
        place = pending.pop()
        try:
            with _below(at, place) as here:
                with os.scandir(here) as entries:
                    kinds = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
                names = [name for name, folder in kinds if folder]
                yield place, here, names, [name for name, folder in kinds if not folder]
        except OSError as exc:
            if exc.errno not in (errno.ENOENT, *_BEHIND_A_LINK) and not (
                unreadable and exc.errno == errno.EACCES
            ):
                raise
        else:
            pending += [f"{place}/{name}" if place else name for name in names]


@contextmanager
def _below(at: int, place: str) -> Iterator[int]:
    """A descriptor of the folder *place* (from *at*), opened name by name without following a link."""
    here = os.dup(at)
    try:
        for name in place.split("/") if place else ():
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = inner
        yield here
    finally:
        os.close(here)


def _tree(at: int, name: str) -> None:
    """Remove the folder *name*. ``shutil.rmtree`` keeps a descriptor open for each level."""
    try:
        shutil.rmtree(name, dir_fd=at)
    except RecursionError:
        _flat(at, name)
    except OSError as exc:
        if exc.errno != errno.EMFILE:
            raise
        _flat(at, name)


def _flat(at: int, name: str) -> None:
    """Remove the folder *name* with all that is in it, however deep: folders in it are moved up first."""
    pending = [name]
    while pending:
        folder = pending.pop()
        with _below(at, folder) as here:
            for inner in os.listdir(here):  # noqa: PTH208 (a descriptor)
                if stat.S_ISDIR(os.stat(inner, dir_fd=here, follow_symlinks=False).st_mode):
                    moved = f".removed-{secrets.token_hex(8)}"
                    os.rename(inner, moved, src_dir_fd=here, dst_dir_fd=at)
                    pending.append(moved)
                else:
                    os.unlink(inner, dir_fd=here)
        os.rmdir(folder, dir_fd=at)


def _entry(at: int, name: str) -> None:
    try:
        if stat.S_ISDIR(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode):
            _tree(at, name)
        else:
            os.unlink(name, dir_fd=at)
    except FileNotFoundError:
        return
    except OSError as exc:
        if exc.errno is not None:
            raise
        # what rmtree raises for a folder that became a link
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name) from exc


def _content_by_path(folder: Path, path: str, spared: Callable[[str], bool] | None) -> None:
    place = below(folder, f"{path}/x").parent
    if is_link(place) or not place.is_dir():
        return
    if spared is not None:
        for inner in [p for p in place.rglob("*") if is_link(p) or not p.is_dir()]:
            if not spared(inner.relative_to(folder).as_posix()):
                inner.unlink()
        return
    for entry in place.iterdir():
        if entry.is_dir() and not is_link(entry):
            shutil.rmtree(entry)
        else:
            entry.unlink(missing_ok=True)
