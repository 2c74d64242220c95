"""What is in an installation's folder: files of ours by the manifest, files of others, and Dify's data."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from installer.answers import Answers
from installer.core.errors import Code, InstallError
from installer.core.resources import read_text
from installer.hosts.base import Command, Host
from installer.untrusted.values import whole

#: The folder of a release that holds data: what stands there is never written over.
DATA_FOLDER = "volumes/"
SECONDS = 120.0


@dataclass(frozen=True)
class Data:
    """A folder (from ``docker/``) or a named volume with what was stored since; *bytes* -1 = not known."""

    path: str
    bytes: int = -1
    volume: bool = False


def read_manifest(host: Host, state_folder: str) -> Mapping[str, str]:
    """Path → checksum of every file that we placed."""
    text = (host.read_file(f"{state_folder}/manifest") or b"").decode("utf-8", "replace")
    return {line[66:]: line[:64] for line in text.splitlines() if len(line) > 66}


def list_files(host: Host, answers: Answers, manifest: Iterable[str]) -> tuple[list[str], list[Data]]:
    """Files outside of ``volumes/``, and what lies in there beside our files or may not be read. Nothing
    where the folder is missing; ``InstallError(HOST_PROBE_FAILED)`` where it cannot be listed."""
    if not host.kind.runs_scripts:
        try:
            return _folder_here(Path(answers.docker_folder), frozenset(manifest))
        except OSError as exc:
            raise InstallError(Code.HOST_PROBE_FAILED, {"host": host.label}, detail=str(exc)) from exc
    words = ("sh", "-c", read_text("scripts/undo-look.sh"), "sh")
    result = host.run(Command((*words, answers.docker_folder, answers.state_folder)), timeout=SECONDS)
    result.check(Code.HOST_PROBE_FAILED, host=host.label)
    files: list[str] = []
    data: dict[str, Data] = {}
    for line in result.text.split("\n"):  # a name may hold the other ends of lines
        word, _, rest = line.partition(" ")
        if word == "file":
            files.append(rest)
        elif word == "data":
            size, _, path = rest.partition(" ")
            data.setdefault(path, Data(path, whole(size) * 1024 if size.isdigit() else -1))
    return files, [*data.values()]


def data_there(host: Host, answers: Answers) -> tuple[Data, ...]:
    """What lies in Dify's folder for data beside the files that we placed, with its size."""
    return tuple(list_files(host, answers, read_manifest(host, answers.state_folder))[1])


def _folder_here(folder: Path, manifest: frozenset[str]) -> tuple[list[str], list[Data]]:
    """By Python. ``OSError``: a folder of ours cannot be listed."""
    files: list[str] = []
    data: set[str] = set()

    def unread(error: OSError) -> None:
        path = Path(error.filename).relative_to(folder).as_posix()
        if isinstance(error, FileNotFoundError):
            return
        if not (isinstance(error, PermissionError) and path.startswith(DATA_FOLDER)):
            raise error
        data.add(path.split("/")[1])

    for place, folders, names in os.walk(folder, onerror=unread):
        links = [name for name in folders if Path(place, name).is_symlink()]
        for name in (*names, *links):
            path = Path(place, name).relative_to(folder).as_posix()
            if not path.startswith(DATA_FOLDER):
                files.append(path)
            elif path not in manifest:
                data.add(path.split("/")[1])
    return files, [Data(DATA_FOLDER + name) for name in sorted(data)]
