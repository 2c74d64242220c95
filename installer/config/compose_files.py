"""``COMPOSE_FILE``: which files Compose reads in the installation's folder. Pure.

Relative names, so that the folder can be moved; Compose looks for them where it is called. The separator is
stated, because it differs between systems (https://docs.docker.com/compose/how-tos/environment-variables/envvars/).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from installer.core.installation_files import OVERRIDE_FILE, PINS_FILE
from installer.core.paths import pure_path
from installer.release.model import COMPOSE_FILE

FILES, SEPARATOR = "COMPOSE_FILE", "COMPOSE_PATH_SEPARATOR"
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def compose_files(stated: Mapping[str, str], folder: str) -> dict[str, str]:
    """Both variables. What a person *stated* stays: their files come after ours, so that theirs have the last
    word, unless they named ours themselves. *folder*: the docker folder."""
    text = stated.get(FILES, "")
    separator = stated.get(SEPARATOR, "") or (";" if ";" in text or _DRIVE.match(text) else ":")
    files = [name for name in text.split(separator) if name.strip()]
    at = 0
    for name in (COMPOSE_FILE, OVERRIDE_FILE, PINS_FILE):
        place = _place(files, name, folder)
        if place is None:
            files.insert(at, name)
            place = at
        at = place + 1
    return {FILES: separator.join(files), SEPARATOR: separator}


def has_others(env: Mapping[str, str]) -> bool:
    """Whether Compose reads files beside ours."""
    files = [name for name in env.get(FILES, "").split(env.get(SEPARATOR, ":")) if name.strip()]
    return len(files) > len((COMPOSE_FILE, OVERRIDE_FILE, PINS_FILE))


def _place(files: list[str], name: str, folder: str) -> int | None:
    """Where *name* is among *files*, however it is spelled."""
    here = pure_path(folder)
    return next((n for n, file in enumerate(files) if here / file.strip() == here / name), None)
