"""What Compose's labels say of containers, volumes and networks right before they are removed.

Lists of Docker's client hold labels of any text, and a label of the project alone is written in a moment
(``docker volume create --label``). So each is inspected, as JSON, by its id or name.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any, Literal

from installer.cancel import CancelToken
from installer.foreign import mapping
from installer.foreign_json import loads
from installer.hosts.base import Command, Host

SECONDS = 60.0
_COMPOSE = "com.docker.compose."


def strange_containers(
    host: Host, project: str, folders: Collection[str], ids: Sequence[str], cancel: CancelToken | None = None
) -> frozenset[str]:
    """Those of *ids* that are not of *project*, made from one of *folders* (with ``/``). One that is gone is
    none of them. Raises what losing the host raises."""

    def fits(labels: dict[str, str]) -> bool:
        folder = labels.get(f"{_COMPOSE}project.working_dir", "").replace("\\", "/").rstrip("/")
        return labels.get(f"{_COMPOSE}project") == project and folder in folders

    form = '{"key":{{json .Id}},"labels":{{json .Config.Labels}}}'
    found = _labels(host, ("inspect", "--type", "container", "--format", form), ids, cancel)
    return frozenset(key for key, labels in found.items() if not fits(labels)) & frozenset(ids)


def strange(
    host: Host,
    kind: Literal["volume", "network"],
    project: str,
    names: Sequence[str],
    cancel: CancelToken | None = None,
) -> frozenset[str]:
    """Those of *names* that Compose did not make for *project*: each of its own is called
    ``<project>_<name in the file>`` and has both as labels. Raises what losing the host raises."""

    def fits(name: str, labels: dict[str, str]) -> bool:
        own = labels.get(f"{_COMPOSE}{kind}", "")
        return labels.get(f"{_COMPOSE}project") == project and bool(own) and name == f"{project}_{own}"

    form = '{"key":{{json .Name}},"labels":{{json .Labels}}}'
    found = _labels(host, (kind, "inspect", "--format", form), names, cancel)
    return frozenset(name for name, labels in found.items() if not fits(name, labels)) & frozenset(names)


def _labels(
    host: Host, words: tuple[str, ...], asked: Sequence[str], cancel: CancelToken | None
) -> dict[str, dict[str, str]]:
    """Labels by id or name of those of *asked* that are there. JSON has no line feeds within a line."""
    if not asked:
        return {}
    found = {}
    command = Command(("docker", *words, "--", *asked))  # an old Engine has networks of any name
    for line in host.run(command, cancel=cancel, timeout=SECONDS).text.split("\n"):
        one: Any = None
        with suppress(ValueError):
            one = mapping(loads(line))
        if one and isinstance(one.get("key"), str):
            labels = mapping(one.get("labels"))
            found[one["key"]] = {str(k): v for k, v in labels.items() if isinstance(v, str)}
    return found
