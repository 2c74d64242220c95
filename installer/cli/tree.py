"""The tree of an installation in a folder of this computer (``render``)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from installer.errors import Code, InstallError
from installer.hosts.base import FileContent


def env_in_use(folder: Path) -> str | None:
    """The ``.env`` that an earlier ``render`` left in *folder*: its secrets are used again, as on a target.

    What is no UTF-8 becomes U+FFFD, which the rendering refuses. Raises ``InstallError(HOST_FILE_FAILED)``.
    """
    path = folder / "docker" / ".env"
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as e:
        raise InstallError(Code.HOST_FILE_FAILED, {"path": str(path)}, detail=str(e)) from e


def write_tree(files: Mapping[str, FileContent], folder: Path) -> tuple[str, ...]:
    """Write *files* below *folder*/docker, made if needed. Raises ``InstallError(HOST_FILE_FAILED)``."""
    try:
        for path, file in files.items():
            _write(folder / "docker" / path, file)
    except OSError as e:
        raise InstallError(Code.HOST_FILE_FAILED, {"path": str(folder)}, detail=str(e)) from e
    return tuple(sorted(files))


def _write(place: Path, file: FileContent) -> None:
    """Draft and rename; the draft has the final mode from its first moment, or a secret could be read."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(draft, flags, file.mode), "wb") as stream:
            stream.write(file.data)
        draft.chmod(file.mode)  # what the umask took away from scripts
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
