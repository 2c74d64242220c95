"""What is in the installation's folder, and other Difys: sections of the probe's answer, by Python."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from installer.core.errors import InstallError
from installer.core.installation_files import CERTIFICATE_FOLDER, OVERRIDE_FILE, PINS_FILE, SELF_SIGNED
from installer.core.resources import table
from installer.hosts.base import Host
from installer.hosts.local.files import open_regular

#: Where guides put Dify. Folders that the system guards are never looked into: that would ask the person
#: (macOS) or fetch files from a cloud (Windows).
_USUAL = ("dify", "Dify", "dify-main", "docker")
_DATA = (Path("volumes", "db", "data"), Path("volumes", "mysql", "data"))
_COMPOSE_FILES = ("docker-compose.yaml", "docker-compose.yml", "compose.yaml", "compose.yml")
_IMAGE = re.compile(r"image: *[\"']*langgenius/dify-api:([^\"'\s]*)")
#: Bytes of a file that another program may have written.
_MOST = 1 << 20
#: What the desktop's file managers leave in every folder that they show.
_LITTER = frozenset({".DS_Store", ".localized", "desktop.ini", "Thumbs.db"})


def parts(host: Host, directory: str) -> Mapping[str, Callable[[], str]]:
    """Section by section."""
    folder = Path(directory)
    state = folder / ".dify-installer"
    return {
        "directory": partial(_directory, folder),
        "record": partial(_text, host, state / "installation.json"),
        "lock": partial(_text, host, state / "lock"),
        "pins": partial(_text, host, folder / "docker" / PINS_FILE),
        "override": partial(_text, host, folder / "docker" / OVERRIDE_FILE),
        "env": partial(_text, host, folder / "docker" / ".env"),
        "self_signed": partial(_pair, host, folder / "docker" / CERTIFICATE_FOLDER),
        "jobs": partial(_jobs, state / "jobs"),
        "files": partial(_files, state / "manifest", folder / "docker"),
    }


def _text(host: Host, path: Path) -> str:
    return (host.read_file(str(path)) or b"").decode("utf-8", "replace")


def _words(path: Path) -> str:
    """The first ``_MOST`` bytes of a regular file. Raises ``OSError``."""
    with open_regular(path) as file:
        return file.read(_MOST).decode("utf-8", "replace")


def _pair(host: Host, folder: Path) -> str:
    """A container can write there: what is no regular file is left out."""
    found = []
    for name in SELF_SIGNED:
        with suppress(InstallError):
            found.append(_text(host, folder / name))
    return "".join(found)


def nearest(folder: Path) -> Path:
    """*folder*, or the first of its parents that is there."""
    # os.path says no where pathlib raises: folders of other people (Python < 3.14)
    return next((place for place in (folder, *folder.parents) if os.path.isdir(place)), folder)  # noqa: PTH112


def _directory(folder: Path) -> str:
    near = nearest(folder)
    exists = "yes" if near == folder else "file" if os.path.exists(folder) else "no"  # noqa: PTH110
    can = os.access(near, os.W_OK) if os.name == "posix" else takes_new(near, folder=near != folder)
    lines = [f"exists={exists}", f"writable={'yes' if can else 'no'}"]
    lines += [f"entry={name}" for name in _names(folder)]
    inner = folder / "docker"
    if os.path.isdir(inner):  # noqa: PTH112
        lines.append(f"physical={inner.resolve()}")
        lines += [f"docker_entry={name}" for name in _names(inner)]
    return "\n".join(lines)


def _names(folder: Path) -> list[str]:
    with suppress(OSError):
        return sorted(found.name for found in folder.iterdir() if found.name not in _LITTER)
    return []


def takes_new(near: Path, *, folder: bool) -> bool:
    """Whether a file, or a *folder*, can be made in *near*, by trying: on Windows ``os.access`` knows nothing
    of rights, and a drive's root takes folders from people whose files it refuses. ``tempfile`` is not used:
    it tries for ever where Windows refuses (cpython issue 66305)."""
    draft = near / f".dify-installer-{secrets.token_hex(8)}"
    try:
        if folder:
            draft.mkdir()
            draft.rmdir()
        else:
            draft.open("xb").close()
            draft.unlink()
    except OSError:
        return False
    return True


def _jobs(folder: Path) -> str:
    lines = []
    with suppress(OSError):
        for file in sorted(folder.glob("*/exit")):
            said = _words(file).strip()
            lines.append(f"{file.parent.name}={said}")
    return "\n".join(lines)


def checksum_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal. Raises ``OSError``."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(manifest: Path, folder: Path) -> str:
    """Checksums of everything the manifest names; data folders are never walked."""
    lines = []
    with suppress(OSError):
        for line in _words(manifest).splitlines():
            name = line[66:]
            with suppress(OSError):
                lines.append(f"{checksum_of(folder / name)}  {name}")
    return "\n".join(lines)


# ------------------------------------------------------------------------- other Difys


def difys(directory: str, labelled: Iterable[str]) -> str:
    """The ``dify`` section: the folder itself, those that Compose's labels name, and the usual ones."""
    home = Path.home()
    usual = [home / name / more for name in _USUAL for more in (".", "docker")]
    named = [Path(place) for place in labelled if place and not _guarded(place)]
    blocks, seen = [], set()
    for place in (Path(directory) / "docker", *named, *usual):
        with suppress(OSError):
            about = place.stat()
            # one folder may have several spellings: neither macOS nor Windows tells Dify from dify
            if (about.st_dev, about.st_ino) not in seen and (version := _version(place)) is not None:
                seen.add((about.st_dev, about.st_ino))
                blocks.append("\n".join(_described(place, place.resolve(), version)))
    return "\n".join([*blocks, "complete=no"])  # not everything was looked through


def spelled(directory: str, labelled: Iterable[str]) -> str:
    """How Compose's labels spell the installation's own ``docker`` folder, empty if none does."""
    own = Path(directory) / "docker"
    for place in labelled:
        with suppress(OSError):
            if place and not _guarded(place) and own.samefile(place):
                return place
    return ""


def _guarded(place: str) -> bool:
    """Whether looking there would make the system ask the person, or wait for another computer."""
    path = place.replace("\\", "/") + "/"
    parts = {part for parts in table("checks")["folders"].values() for part in parts}
    return path.startswith("//") or any(part in path for part in parts)


def has_data(folder: Path) -> bool:
    """Whether database files are below the ``docker`` *folder*."""
    return any(line.startswith("data=") for data in _DATA for line in _data(folder / data))


def _version(folder: Path) -> str | None:
    """Of the Dify whose Compose file is in *folder*; None if there is none."""
    for name in _COMPOSE_FILES:
        if os.path.isfile(folder / name):  # noqa: PTH113
            found = _IMAGE.search(_words(folder / name))
            return found[1] if found else None
    return None


def _described(folder: Path, real: Path, version: str) -> Iterator[str]:
    yield f"dify={folder}"
    yield f"physical={real}"
    yield f"image={version}"
    env = folder / ".env"
    if os.path.isfile(env):  # noqa: PTH113
        yield "env=yes"
        for line in _words(env).splitlines():
            if line.startswith("COMPOSE_PROJECT_NAME="):
                yield f"env_project={line.partition('=')[2]}"
    if os.path.isdir(folder.parent / ".dify-installer"):  # noqa: PTH112
        yield "ours=yes"
    for data in _DATA:
        yield from _data(folder / data)


def _data(folder: Path) -> Iterator[str]:
    if not os.path.isdir(folder):  # noqa: PTH112
        return
    marks = [folder / "pgdata" / "PG_VERSION", folder / "PG_VERSION", folder / "ibdata1"]
    try:
        there = [mark for mark in marks if mark.exists()]
        any(folder.iterdir())
    except OSError:
        yield "data=hidden"
        with suppress(OSError):
            yield f"changed={int(folder.stat().st_mtime)}"
        return
    if there:
        yield "data=yes"
        for mark in (there[0].parent / "global" / "pg_control", there[0]):
            with suppress(OSError):
                yield f"changed={int(mark.stat().st_mtime)}"
