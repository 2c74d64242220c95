"""The same as ``backups`` on this computer where no scripts run (macOS, Windows). Raises as it does."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from installer.core.paths import below
from installer.hosts.local import erase
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
            source, copy = below(here, path), there / "docker" / path
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if "/" in path and source.is_symlink():
                copy.unlink(missing_ok=True)
                copy.symlink_to(source.readlink())  # as it is: it may lead anywhere
                modes.append(f"777 {path}\n")
            elif source.is_file():
                _copy(source, copy)
                modes.append(f"{source.stat().st_mode & 0o777:o} {path}\n")
            elif not source.exists():
                added.append(f"{path}\n")
        _write(there / "modes", "".join(modes))
        _write(there / "added", "".join(added))
        for name in _NOTES:
            if (Path(state_folder) / name).is_file():
                _copy(Path(state_folder) / name, there / name)
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
            target = below(here, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            (there / "draft").replace(target)
        for path in (there / "added").read_text(encoding="utf-8").splitlines():
            erase.file(here, path)
        if (there / "manifest").is_file():
            _copy(there / "manifest", Path(state_folder) / "manifest")


def _restore(kept: Path, draft: Path, mode: int) -> None:
    draft.unlink(missing_ok=True)
    if kept.is_symlink():
        draft.symlink_to(kept.readlink())
    else:
        shutil.copyfile(kept, draft)
        draft.chmod(mode)


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    target.chmod(0o600)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
    path.chmod(0o600)
