"""Files of this computer, with the seam's meanings."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from installer.cancel import CancelToken
from installer.errors import Code, InstallError
from installer.hosts.base import FileContent


@contextmanager
def file_errors(path: str) -> Iterator[None]:
    """``OSError`` inside the block becomes HOST_FILE_FAILED."""
    try:
        yield
    except OSError as exc:
        raise InstallError(Code.HOST_FILE_FAILED, {"path": path}, detail=str(exc)) from exc


def read_file(path: str, limit: int | None) -> bytes | None:
    """The content or its first *limit* bytes; None if there is no such file."""
    with file_errors(path):
        try:
            with Path(path).open("rb") as file:
                return file.read(-1 if limit is None else limit)
        except (FileNotFoundError, NotADirectoryError):
            return None


def write_file(path: str, data: bytes, mode: int) -> None:
    """Draft beside it, then rename."""
    with file_errors(path):
        handle, draft = tempfile.mkstemp(dir=Path(path).parent, prefix=f"{Path(path).name}.", suffix=".draft")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).chmod(mode)
            Path(draft).replace(path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise


def create_file(path: str, data: bytes, mode: int) -> bool:
    """False if there is one."""
    with file_errors(path):
        if Path(path).exists():
            return False
        handle, draft = tempfile.mkstemp(dir=str(Path(path).parent), prefix=".draft-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(draft).chmod(mode)
            # the file appears whole or not at all: a link is made only where nothing is
            os.link(draft, path)
        except FileExistsError:
            return False
        finally:
            Path(draft).unlink(missing_ok=True)
        return True


def remove_file(path: str) -> None:
    """No error if there is none."""
    with file_errors(path):
        Path(path).unlink(missing_ok=True)


def make_folder(path: str, mode: int) -> None:
    """With parents; an existing one keeps its mode."""
    with file_errors(path):
        folder = Path(path)
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)


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
        path = Path(folder, *file.path.split("/"))
        make_folder(str(path.parent), 0o755)
        write_file(str(path), file.data, file.mode)
        done += len(file.data)
        if on_progress:
            on_progress(done, total)
