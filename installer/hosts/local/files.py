"""Files of this computer, as ``Host`` defines them."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.file_lock import alone_in
from installer.core.paths import below
from installer.core.private_file import new_file
from installer.hosts.base import MOST_OUTPUT, FileContent
from installer.hosts.local.descriptors import BY_DESCRIPTOR
from installer.hosts.local.placing import place
from installer.hosts.local.programs import finish, system_program

_IN_USE_SECONDS = 3.0
_PATIENT = os.name == "nt"
_ICACLS_SECONDS = 20.0


@contextmanager
def file_errors(path: str) -> Iterator[None]:
    """``OSError`` inside the block becomes HOST_FILE_FAILED."""
    try:
        yield
    except OSError as exc:
        raise InstallError(Code.HOST_FILE_FAILED, {"path": path}, detail=str(exc)) from exc


def open_regular(path: Path) -> BufferedReader:
    """*path*, opened for reading. Raises ``OSError``, also for what is no regular file: a FIFO or a device
    could block for ever."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"{path}: not a regular file")
    return os.fdopen(handle, "rb")


def read_file(path: str, limit: int | None) -> bytes | None:
    """The content or its first *limit* bytes; None if there is no such file. HOST_FILE_FAILED for one of more
    than ``MOST_OUTPUT`` bytes without *limit*."""
    with file_errors(path):
        try:
            with open_regular(Path(path)) as file:
                data = file.read(MOST_OUTPUT + 1 if limit is None else limit)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if limit is None and len(data) > MOST_OUTPUT:
            raise OSError(f"more than {MOST_OUTPUT} bytes")
        return data


def read_end(path: str, limit: int) -> bytes | None:
    """The last *limit* bytes; None if there is no such file."""
    with file_errors(path):
        try:
            with open_regular(Path(path)) as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - limit))
                return file.read(limit)
        except (FileNotFoundError, NotADirectoryError):
            return None


def write_file(path: str, data: bytes, mode: int) -> None:
    """Draft beside it, then rename."""
    with file_errors(path):
        draft = _draft(Path(path), data, mode)
        try:
            _in_place(draft, path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def create_file(path: str, data: bytes, mode: int) -> bool:
    """False if there is one."""
    with file_errors(path):
        if Path(path).exists():
            return False
        draft = _draft(Path(path), data, mode)
        try:
            # the file appears whole or not at all: a link is made only where nothing is
            os.link(draft, path)
        except FileExistsError:
            return False
        except OSError:
            return _create_without_link(path, data, mode)
        finally:
            draft.unlink(missing_ok=True)
        return True


def _create_without_link(path: str, data: bytes, mode: int) -> bool:
    """exFAT and some network disks know no links. Who reads at once may see half of it."""
    try:
        handle = new_file(Path(path), mode)
    except FileExistsError:
        return False
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    return True


def swap_file(path: str, before: bytes, after: bytes | None, mode: int) -> bool:
    """False if there is something other than *before*."""
    with file_errors(path), alone_in(Path(path).parent):
        if Path(path).is_symlink() or read_file(path, None) != before:
            return False
        if after is None:
            Path(path).unlink(missing_ok=True)
        else:
            write_file(path, after, mode)
        return True


def _draft(path: Path, data: bytes, mode: int) -> Path:
    """A new file beside *path*, on disk. Not by ``tempfile``: in a folder that refuses new files it tries for
    ever on Windows (cpython issue 66305)."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}.draft")
    try:
        with os.fdopen(new_file(draft, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return draft


def _in_place(draft: Path, path: str) -> None:
    """Rename. Windows refuses that while another program has the old file open, a virus scanner perhaps."""
    end = time.monotonic() + _IN_USE_SECONDS
    while True:
        try:
            draft.replace(path)
            return
        except PermissionError:
            if not _PATIENT or time.monotonic() > end:
                raise
        time.sleep(0.05)


def remove_file(path: str) -> None:
    """No error if there is none."""
    with file_errors(path):
        Path(path).unlink(missing_ok=True)


def make_folder(path: str, mode: int) -> None:
    """With parents; an existing one keeps its mode."""
    with file_errors(path):
        folder = Path(path)
        if not folder.is_dir():
            top = _topmost_new(folder)
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)
            if os.name == "nt" and top.parent == Path(top.anchor):
                try:
                    _make_private(top)
                except BaseException:  # nothing is to lie where every user may change it
                    shutil.rmtree(top, ignore_errors=True)
                    raise


def _topmost_new(folder: Path) -> Path:
    """The first folder that has to be made for *folder*."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    return missing[-1] if missing else folder


def private_command(folder: Path, user: str) -> list[str]:
    """icacls: only *user*, the system and administrators, also for all that comes into *folder*. What is made
    at a drive's root could else be read and changed by every user who logs in; modes mean nothing on Windows.
    S-1-5-18 and S-1-5-32-544 are the system and the administrators in every language."""
    grants = [f"{who}:(OI)(CI)F" for who in (user, "*S-1-5-18", "*S-1-5-32-544")]
    return [system_program("icacls.exe"), str(folder), "/inheritance:r", "/grant:r", *grants]


def _make_private(folder: Path) -> None:
    names = (os.environ.get("USERDOMAIN", ""), os.environ.get("USERNAME", ""))
    command = private_command(folder, "\\".join(name for name in names if name))
    hidden = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    try:
        done = finish(command, capture_output=True, timeout=_ICACLS_SECONDS, creationflags=hidden)
    except subprocess.TimeoutExpired as exc:
        raise OSError("icacls did not end") from exc
    if done.returncode != 0:
        raise OSError(done.stderr.decode("utf-8", "replace").strip() or "icacls failed")


def _place(folder: Path, file: FileContent) -> None:
    if BY_DESCRIPTOR:
        place(folder, file.path, file.data, file.mode)
    else:
        path = below(folder, file.path)
        make_folder(str(path.parent), 0o755)
        write_file(str(path), file.data, file.mode)


def upload(
    folder: str,
    files: Sequence[FileContent],
    cancel: CancelToken,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    """Place *files* one by one."""
    total = sum(len(file.data) for file in files)
    done = 0
    make_folder(folder, 0o755)
    for file in files:
        cancel.check()
        with file_errors(file.path):
            _place(Path(folder), file)
        done += len(file.data)
        if on_progress:
            on_progress(done, total)
