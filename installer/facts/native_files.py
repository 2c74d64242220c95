"""What is in the installation's folder, and other Difys: sections of the probe's answer, by Python."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from installer.hosts.base import Host

#: Where guides put Dify. Folders that the system guards are never looked into: that would ask the person
#: (macOS) or fetch files from a cloud (Windows).
_USUAL = ("dify", "Dify", "dify-main", "docker")
_COMPOSE_FILES = ("docker-compose.yaml", "docker-compose.yml", "compose.yaml", "compose.yml")
_IMAGE = re.compile(r"image: *[\"']*langgenius/dify-api:([^\"'\s]*)")
_CHUNK = 1 << 20


def parts(host: Host, directory: str) -> Mapping[str, Callable[[], str]]:
    """Section by section."""
    folder = Path(directory)
    state = folder / ".dify-installer"
    return {
        "directory": partial(_directory, folder),
        "record": partial(_text, host, state / "installation.json"),
        "lock": partial(_text, host, state / "lock"),
        "env": partial(_text, host, folder / "docker" / ".env"),
        "jobs": partial(_jobs, state / "jobs"),
        "files": partial(_files, state / "manifest", folder / "docker"),
    }


def _text(host: Host, path: Path) -> str:
    return (host.read_file(str(path)) or b"").decode("utf-8", "replace")


def nearest(folder: Path) -> Path:
    """*folder*, or the first of its parents that is there."""
    return next((place for place in (folder, *folder.parents) if place.is_dir()), folder)


def _directory(folder: Path) -> str:
    exists = "yes" if folder.is_dir() else "file" if folder.exists() else "no"
    lines = [f"exists={exists}", f"writable={'yes' if _writable(nearest(folder)) else 'no'}"]
    with suppress(OSError):
        lines += [f"entry={name}" for name in sorted(found.name for found in folder.iterdir())]
    inner = folder / "docker"
    if inner.is_dir():
        lines.append(f"physical={inner.resolve()}")
        with suppress(OSError):
            lines += [f"docker_entry={name}" for name in sorted(found.name for found in inner.iterdir())]
    return "\n".join(lines)


def _writable(folder: Path) -> bool:
    """By trying: on Windows ``os.access`` knows nothing of a folder's rights."""
    if os.name == "posix":
        return os.access(folder, os.W_OK)
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _jobs(folder: Path) -> str:
    lines = []
    with suppress(OSError):
        for file in sorted(folder.glob("*/exit")):
            lines.append(f"{file.parent.name}={file.read_text(encoding='utf-8').strip()}")
    return "\n".join(lines)


def checksum_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal. Raises ``OSError``."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            found.update(data)
    return found.hexdigest()


def _files(manifest: Path, folder: Path) -> str:
    """Checksums of everything the manifest names; data folders are never walked."""
    lines = []
    with suppress(OSError):
        for line in manifest.read_text(encoding="utf-8").splitlines():
            name = line[66:]
            with suppress(OSError):
                lines.append(f"{checksum_of(folder / name)}  {name}")
    return "\n".join(lines)


# ------------------------------------------------------------------------- other Difys


def difys(directory: str, labelled: Iterable[str]) -> str:
    """The ``dify`` section: the folder itself, those that Compose's labels name, and the usual ones."""
    home = Path.home()
    usual = [home / name / more for name in _USUAL for more in (".", "docker")]
    places = [Path(directory) / "docker", *map(Path, labelled), *usual]
    blocks, seen = [], set()
    for place in places:
        with suppress(OSError):
            real = place.resolve()
            if real not in seen and (version := _version(place)) is not None:
                seen.add(real)
                blocks.append("\n".join(_described(place, real, version)))
    return "\n".join([*blocks, "complete=no"])  # not everything was looked through


def _version(folder: Path) -> str | None:
    """Of the Dify whose Compose file is in *folder*; None if there is none."""
    for name in _COMPOSE_FILES:
        if (folder / name).is_file():
            found = _IMAGE.search((folder / name).read_text(encoding="utf-8", errors="replace"))
            return found[1] if found else None
    return None


def _described(folder: Path, real: Path, version: str) -> Iterator[str]:
    yield f"dify={folder}"
    yield f"physical={real}"
    yield f"image={version}"
    env = folder / ".env"
    if env.is_file():
        yield "env=yes"
        for line in env.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("COMPOSE_PROJECT_NAME="):
                yield f"env_project={line.partition('=')[2]}"
    if (folder.parent / ".dify-installer").is_dir():
        yield "ours=yes"
    for data in (folder / "volumes" / "db" / "data", folder / "volumes" / "mysql" / "data"):
        yield from _data(data)


def _data(folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        return
    try:
        marks = [folder / "pgdata" / "PG_VERSION", folder / "PG_VERSION", folder / "ibdata1"]
        there = [mark for mark in marks if mark.exists()]
    except OSError:
        yield "data=hidden"
        return
    if there:
        yield "data=yes"
        for mark in (there[0].parent / "global" / "pg_control", there[0]):
            with suppress(OSError):
                yield f"changed={int(mark.stat().st_mtime)}"
