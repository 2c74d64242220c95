"""The same as ``backups`` on this computer where no scripts run (macOS, Windows). Raises as it does."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from installer.core.private_file import new_file
from installer.hosts.local import erase, placing
from installer.hosts.local.files import file_errors

_NAME = re.compile(r"\d{8}T\d{6}")
_NOTES = ("installation.json", "manifest")


def keep(
    docker_folder: str,
    state_folder: str,
    folder: str,
    paths: Sequence[str],
    kept: int,
    needed: Sequence[str],
) -> None:
    """See ``backups.keep``."""
    here, there = Path(docker_folder), Path(folder)
    with file_errors(folder):
        there.mkdir(mode=0o700, parents=True, exist_ok=True)
        there.parent.chmod(0o700)
        modes, added = [], []
        for path in paths:
            copy = there / "docker" / path
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                mode = placing.copy_out(here, path, copy)
            except FileNotFoundError:
                added.append(f"{path}\n")
            else:
                modes += [] if mode is None else [f"{mode:o} {path}\n"]
        _write(there / "modes", "".join(modes))
        _write(there / "added", "".join(added))
        for name in _NOTES:
            if (Path(state_folder) / name).is_file():
                placing.new_copy(Path(state_folder) / name, there / name, 0o600)
        for old in sorted((p for p in there.parent.iterdir() if _NAME.match(p.name)), reverse=True)[kept:]:
            if old.name not in needed:
                shutil.rmtree(old, ignore_errors=True)


def put_back(docker_folder: str, state_folder: str, folder: str) -> None:
    """See ``backups.put_back``."""
    here, there = Path(docker_folder), Path(folder)
    with file_errors(folder):
        for line in (there / "modes").read_text(encoding="utf-8").splitlines():
            mode, _, path = line.partition(" ")
            _restore(there / "docker" / path, there / "draft", int(mode, 8) & 0o777)
            placing.put(there / "draft", here, path)
        for path in (there / "added").read_text(encoding="utf-8").splitlines():
            erase.file(here, path)
        if (there / "manifest").is_file():
            placing.new_copy(there / "manifest", there / "draft", 0o600)
            (there / "draft").replace(Path(state_folder) / "manifest")


def _restore(kept: Path, draft: Path, mode: int) -> None:
    if kept.is_symlink():
        draft.unlink(missing_ok=True)
        draft.symlink_to(kept.readlink())
    else:
        placing.new_copy(kept, draft, mode)


def _write(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(new_file(path, 0o600), "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
