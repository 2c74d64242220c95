"""What Compose's labels say of containers, volumes and networks right before they are removed.

Lists of Docker's client hold labels of any text, and a label of the project alone is written in a moment
(``docker volume create --label``). So each is inspected, as JSON, by its id or name, and only what Docker
then says to be of this installation is removed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from installer.core.cancel import CancelToken
from installer.core.errors import Code
from installer.hosts.base import Command, Host, Result
from installer.untrusted.json import loads
from installer.untrusted.values import mapping

SECONDS = 60.0
_COMPOSE = "com.docker.compose."
_Labels = dict[str, str]


@dataclass(frozen=True)
class Inspected:
    """Ids or names that were asked for, in that order: *ours*, and *others* that are there and not ours. What
    is gone is in neither."""

    ours: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def containers(
    host: Host,
    project: str,
    folders: Collection[str],
    services: Collection[str],
    ids: Sequence[str],
    cancel: CancelToken | None = None,
) -> Inspected:
    """Ours are those of *project* that were made from one of *folders* (with ``/``) for one of *services*
    (none: these are not known, and any will do). *ids*: whole ones.
    Raises ``InstallError(DOCKER_API_FAILED)`` unless Docker answers for each of *ids*, and what losing the
    host raises."""

    def fits(_id: str, labels: _Labels) -> bool:
        folder = labels.get(f"{_COMPOSE}project.working_dir", "").replace("\\", "/").rstrip("/")
        of_service = not services or labels.get(f"{_COMPOSE}service") in services
        return (
            labels.get(f"{_COMPOSE}project") == project and bool(folder) and folder in folders and of_service
        )

    form = '{"key":{{json .Id}},"labels":{{json .Config.Labels}}}'
    inspect = ("inspect", "--type", "container", "--format", form)
    listing = ("ps", "--all", "--no-trunc", "--format", "{{json .ID}}")
    return _inspect(host, inspect, listing, ids, fits, cancel)


def named(
    host: Host,
    kind: Literal["volume", "network"],
    project: str,
    names: Sequence[str],
    cancel: CancelToken | None = None,
) -> Inspected:
    """Ours are those that Compose made for *project*: each of its own is called
    ``<project>_<name in the file>`` and has both as labels. Raises as ``containers``."""

    def fits(name: str, labels: _Labels) -> bool:
        own = labels.get(f"{_COMPOSE}{kind}", "")
        return labels.get(f"{_COMPOSE}project") == project and bool(own) and name == f"{project}_{own}"

    inspect = (kind, "inspect", "--format", '{"key":{{json .Name}},"labels":{{json .Labels}}}')
    return _inspect(host, inspect, (kind, "ls", "--format", "{{json .Name}}"), names, fits, cancel)


def _inspect(
    host: Host,
    inspect: tuple[str, ...],
    listing: tuple[str, ...],
    asked: Sequence[str],
    fits: Callable[[str, _Labels], bool],
    cancel: CancelToken | None,
) -> Inspected:
    if not asked:
        return Inspected()
    command = Command(("docker", *inspect, "--", *asked))  # an old Engine has networks of any name
    said = host.run(command, cancel=cancel, timeout=SECONDS)
    found: dict[str, _Labels] = {}
    for one in _lines(said):
        key, labels = mapping(one).get("key"), mapping(mapping(one).get("labels"))
        if not isinstance(key, str) or key not in asked or key in found:
            raise said.error(Code.DOCKER_API_FAILED)
        found[key] = {str(k): v for k, v in labels.items() if isinstance(v, str)}
    silent = [key for key in asked if key not in found]
    if silent:  # gone, or not inspected for another reason: the list of all tells which
        every = host.run(Command(("docker", *listing)), cancel=cancel, timeout=SECONDS)
        there = _lines(every.check(Code.DOCKER_API_FAILED))
        if any(key in there for key in silent):
            raise said.error(Code.DOCKER_API_FAILED)
    ours = tuple(key for key in asked if key in found and fits(key, found[key]))
    return Inspected(ours, tuple(key for key in asked if key in found and key not in ours))


def _lines(said: Result) -> list[object]:
    """The values of JSON, one a line: a line feed within one is written as an escape. Raises
    ``InstallError(DOCKER_API_FAILED)`` where a line is none."""
    try:
        return [loads(line) for line in said.text.split("\n") if line.strip()]
    except ValueError as exc:
        raise said.error(Code.DOCKER_API_FAILED) from exc
