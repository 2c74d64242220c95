"""What is in an installation's folder: files of ours by the manifest, files of others, and Dify's data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from installer.answers import Answers
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
    """Files outside of ``volumes/``, and what lies in there beside our files."""
    if not host.scripts:
        return _folder_here(Path(answers.docker_folder), frozenset(manifest))
    words = ("sh", "-c", read_text("scripts/undo-look.sh"), "sh")
    result = host.run(Command((*words, answers.docker_folder, answers.state_folder)), timeout=SECONDS)
    files, data = [], []
    for line in result.text.split("\n"):  # a name may hold the other ends of lines
        word, _, rest = line.partition(" ")
        if word == "file":
            files.append(rest)
        elif word == "data":
            size, _, path = rest.partition(" ")
            data.append(Data(path, whole(size) * 1024 if size.isdigit() else -1))
    return files, data


def data_there(host: Host, answers: Answers) -> tuple[Data, ...]:
    """What lies in Dify's folder for data beside the files that we placed, with its size."""
    return tuple(list_files(host, answers, read_manifest(host, answers.state_folder))[1])


def _folder_here(folder: Path, manifest: frozenset[str]) -> tuple[list[str], list[Data]]:
    paths = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()]
    inside = [p for p in paths if p.startswith(DATA_FOLDER)]
    names = sorted({p.split("/")[1] for p in inside if p not in manifest})
    return [p for p in paths if not p.startswith(DATA_FOLDER)], [Data(DATA_FOLDER + name) for name in names]
