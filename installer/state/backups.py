"""Former versions of files that are about to be changed, kept on the target: restoring, and the last ten
(and all that an undo needs).

``<directory>/.dify-installer/backups/<UTC time>/`` (0700): ``docker/…`` (the files, 0600), ``modes`` (their
modes and names), ``added`` (names of files that were not there), and ``installation.json`` and ``manifest``
as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from installer.core.errors import Code
from installer.core.formatting import file_time
from installer.hosts.base import Command, Host
from installer.state.backups_local import keep as keep_here
from installer.state.backups_local import put_back as put_back_here
from installer.state.files_below import script

FOLDER, KEPT = "backups", 10
ENV = ".env"
SECONDS = 120.0


def new_name(now: float | None = None) -> str:
    """The name of a backup made *now* (seconds since the epoch)."""
    return file_time(now)


def folder_of(state_folder: str, name: str) -> str:
    """Where the backup *name* is."""
    return f"{state_folder}/{FOLDER}/{name}"


def keep(
    host: Host,
    docker_folder: str,
    state_folder: str,
    name: str,
    paths: Iterable[str],
    needed: Sequence[str] = (),
) -> None:
    """Keep what is there now under *paths* (from *docker_folder*) as the backup *name*; the oldest goes when
    there are more than ``KEPT``, but never one of *needed*: an undo needs all of them.

    Raises ``InstallError(HOST_FILE_FAILED)``: then nothing may be changed.
    """
    folder, wanted = folder_of(state_folder, name), list(paths)
    if not host.kind.runs_scripts:
        keep_here(docker_folder, state_folder, folder, wanted, KEPT, needed)
        return
    words = ("sh", "-c", script("backup"), "sh", docker_folder, folder, str(KEPT), state_folder, *needed)
    command = Command(words, stdin="".join(f"{path}\n" for path in wanted).encode())
    host.run(command, timeout=SECONDS).check(Code.HOST_FILE_FAILED, path=folder)


def put_back(host: Host, docker_folder: str, state_folder: str, name: str) -> None:
    """The files as they were when the backup *name* was made. Raises ``InstallError(HOST_FILE_FAILED)``."""
    folder = folder_of(state_folder, name)
    if not host.kind.runs_scripts:
        put_back_here(docker_folder, state_folder, folder)
        return
    words = ("sh", "-c", script("restore"), "sh", docker_folder, folder, state_folder)
    host.run(Command(words), timeout=SECONDS).check(Code.HOST_FILE_FAILED, path=folder)
