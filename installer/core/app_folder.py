"""This computer's own folder of the program: settings, known hosts, cache of releases."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from platformdirs import user_config_path

from installer.core.errors import Code, InstallError

ENVIRONMENT = "DIFY_INSTALLER_HOME"
#: Files of the folder that hold earlier work: known servers, unfinished answers.
SERVERS, DRAFT = "servers.toml", "draft.toml"


class Home:
    """``DIFY_INSTALLER_HOME`` or the platform's config folder. Files are private (0700 / 0600)."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or _default()

    @property
    def known_hosts(self) -> Path:
        """Host keys that people accepted in this program."""
        return self.folder / "known_hosts"

    @property
    def cache(self) -> Path:
        """Downloaded release archives; may be deleted at any time."""
        return self.folder / "cache"

    @property
    def used(self) -> bool:
        """Whether there is earlier work here. Says nothing about whether it can be read."""
        return any((self.folder / name).exists() for name in (SERVERS, DRAFT))

    def make(self) -> Path:
        """The folder, made if it was not there. Raises ``InstallError(HOST_FILE_FAILED)``."""
        with _usable(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self.folder

    def client_id(self) -> str:
        """A random name for this installation of the program; tells our own stale locks from others'.

        Raises ``InstallError(HOST_FILE_FAILED)``.
        """
        path = self.make() / "client-id"
        with _usable(path):
            if path.exists() and (known := path.read_text(encoding="ascii").strip()):
                return known
            name = token_hex(8)
            draft = path.with_suffix(f".{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(name + "\n", encoding="ascii")
            draft.replace(path)
            return name


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    """A file in the folder's place or missing rights are for people to repair, not our error."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as exc:
        raise InstallError(Code.HOST_FILE_FAILED, {"path": str(path)}, detail=str(exc)) from exc


def _default() -> Path:
    chosen = os.environ.get(ENVIRONMENT)
    if chosen:
        return Path(chosen)
    return user_config_path("dify-installer", appauthor=False, roaming=False)
