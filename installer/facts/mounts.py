"""What Compose files mount of this computer: ``resources/scripts/probe/85-owners.sh`` in Python.

Lines are read, not YAML: both of Compose's forms (``- ./x:/y`` and ``source: ./x``), a variable at the
beginning, and no more.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

_COMPOSE_BYTES, _ENV_BYTES = 262_144, 1 << 20
_MOST, _MOST_FILES = 300, 30
_VARIABLE = r"""(?:\$\{(?P<name>[A-Za-z0-9_]*):?(?:-(?P<otherwise>[^}:"'$\n]*))?\})?"""
_FORMS = (
    re.compile(rf"""^ *-? *["']?{_VARIABLE}(?P<rest>[^:"'$\n]*):/""", re.MULTILINE),
    re.compile(rf"""^(?:[^#\n]*[ {{])?source: *["']?{_VARIABLE}(?P<rest>[^:}}"'$\n]*)""", re.MULTILINE),
)
_RELEASE = ("docker-compose.yaml", "docker-compose.yml")
_PATTERNS = ("docker-compose*.y*ml", "compose*.y*ml")


@dataclass(frozen=True, order=True)
class Mount:
    """*source*: from the docker folder, or with ``/`` from the root. *own*: the release mounts it, rather
    than a value of ``.env`` or another file."""

    source: str
    own: bool


def mounted(docker: Path) -> tuple[Mount, ...]:
    """By all Compose files in *docker* (without links), and by those that COMPOSE_FILE in ``.env`` names."""
    values = _settings(docker)
    files = dict.fromkeys([*(docker / name for name in _RELEASE)])
    files.update(dict.fromkeys(path for pattern in _PATTERNS for path in sorted(docker.glob(pattern))))
    files.update(dict.fromkeys(compose_files(docker)))
    found: set[Mount] = set()
    for file in files:
        found |= set(islice(_sources(docker, file, values), _MOST))
    return tuple(sorted(found))


def compose_files(docker: Path) -> tuple[Path, ...]:
    """Those that COMPOSE_FILE names."""
    values = _settings(docker)
    named = values.get("COMPOSE_FILE", "").split(values.get("COMPOSE_PATH_SEPARATOR") or ":")
    return tuple(docker / name for name in named[:_MOST_FILES] if name)


def _sources(docker: Path, file: Path, values: dict[str, str]) -> Iterator[Mount]:
    text = _text(file, _COMPOSE_BYTES).translate({ord("["): "\n", ord(","): "\n"})
    for form in _FORMS:
        for match in form.finditer(text):
            value = values.get(match["name"] or "")
            source = (value or match["otherwise"] or "") + re.sub(" +#.*", "", match["rest"]).rstrip()
            source = str(Path(source).expanduser()) if source.startswith("~/") else source
            if source.startswith(("/", "./", "../")):
                place = Path(docker, source)  # without // and /./, but not without ..
                inner = place.relative_to(docker).as_posix() if place.is_relative_to(docker) else ""
                if place != docker:
                    below = inner and ".." not in inner.split("/")
                    own = file.name in _RELEASE and file.parent == docker and not value
                    yield Mount(inner if below else str(place), own)


def _settings(docker: Path) -> dict[str, str]:
    values = {}
    for line in _text(docker / ".env", _ENV_BYTES).splitlines():
        match = re.match(r" *(?:export +)?([A-Za-z0-9_]+) *= *(.*?)\s*$", line)
        if match:
            values[match[1]] = re.sub("  *#.*$", "", re.sub(r"^([\"'])(.*)\1$", r"\2", match[2]))
    return values


def _text(file: Path, most: int) -> str:
    if not file.is_file():
        return ""
    with os.fdopen(os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as opened:
        return opened.read(most).decode("utf-8", "replace")
