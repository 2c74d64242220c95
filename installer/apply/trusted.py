"""Right before a change: could another user change what is run from the installation's folder?"""

from __future__ import annotations

from pathlib import PurePosixPath

from installer.answers import Answers
from installer.core.errors import Code, InstallError
from installer.facts.owners import Owners, local, parse, script
from installer.hosts.base import Command, Host
from installer.preflight.owners import judged

#: The script's own name, by which it is found among running processes.
NAME = "dify-owners"
_SECONDS = 30.0


def look(host: Host, directory: str) -> Owners | None:
    """As it is now; None on Windows. Raises ``InstallError(HOST_PROBE_FAILED)`` without a whole answer."""
    if not host.kind.runs_scripts:
        return local(directory)
    text = script() + 'owners_of "$1"\n'
    result = host.run(Command(("sh", "-c", text, NAME, directory)), timeout=_SECONDS)
    found = parse(result.text)
    if found is None:
        raise InstallError(Code.HOST_PROBE_FAILED, {"host": host.label}, detail=result.errors.strip())
    return found


def ensure(host: Host, answers: Answers, *, made: bool = False) -> None:
    """Raises ``InstallError`` (``DIRECTORY_OF_OTHERS``, ``DIRECTORY_OPEN``,
    ``DIRECTORY_UNCHECKED``), and what ``look`` raises.
    *made*: its folders were made right before; an answer without them is none (``HOST_PROBE_FAILED``)."""
    found = look(host, answers.directory)
    if made and found is not None:
        listed = {entry.path for entry in found.entries if entry.inside}
        wanted = {str(PurePosixPath(found.there, name)) for name in ("docker", ".dify-installer")}
        if not found.there or not wanted <= listed:
            raise InstallError(Code.HOST_PROBE_FAILED, {"host": host.label}, detail="the folder has changed")
    for problem in judged(found, answers.directory) if found is not None else ():
        raise InstallError(problem.code, problem.params)
