"""Small TOML files in the program's own folder: written whole or not at all, readable only by their owner."""

from __future__ import annotations

import os
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError
from installer.core.private_file import new_file


def write_private(home: Home, name: str, text: str) -> None:
    """*text* as the file *name* in *home*'s folder, mode 0600. Raises ``InstallError(HOST_FILE_FAILED)``."""
    # a field may hold half of a surrogate pair (file names, clipboards): not worth losing the file
    write_whole(home.make() / name, text.encode("utf-8", "replace"))


def write_whole(path: Path, data: bytes) -> None:
    """*data* as the file *path*, mode 0600.

    A draft in the same folder takes the file's place, so that half of it is never read. Raises
    ``InstallError(HOST_FILE_FAILED)``.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}-{os.urandom(4).hex()}")
    try:
        with os.fdopen(new_file(draft, 0o600), "wb") as file:
            file.write(data)
        draft.replace(path)
    except OSError as exc:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise InstallError(Code.HOST_FILE_FAILED, {"path": str(path)}, detail=str(exc)) from exc


def read_tables(path: Path) -> dict[str, Any]:
    """The TOML file *path*. Raises ``OSError`` if it cannot be read, ``ValueError`` if it is not TOML."""
    text = path.read_bytes().decode("utf-8-sig")  # editors on Windows begin files with a mark
    try:
        return tomllib.loads(text)
    except RecursionError as exc:
        raise ValueError(f"{path.name}: nested too deep") from exc


def as_seconds(value: object) -> float:
    """A time as the file states it, 0.0 for anything that is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if 0 <= value < 1e15 else 0.0
