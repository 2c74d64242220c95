"""Pure parser of what the probe says about Dify installations that are already there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from installer.facts import owners
from installer.facts.earlier import Earlier, EarlierSearch
from installer.facts.lines import flag, lists, pairs
from installer.facts.model import ContainerFacts
from installer.untrusted.values import timestamp

_API = re.compile(r"(?:^|/)langgenius/dify-api:(?P<tag>[^@\s]+)")
#: names of volumes that hold databases, as Dify's Compose files call them
_DATA_VOLUMES = ("db_data", "dify_db_data", "oradata", "dify_es01_data")


def _blocks(body: str) -> Iterable[str]:
    return (f"dify={block}" for block in re.split(r"(?:^|\n)dify=", body)[1:])


def _owner_lines(block: str) -> str:
    """What says whose the folder is: lines of their own, so that nothing else is taken for one."""
    prefix = "owner_"
    return "\n".join(x.removeprefix(prefix) for x in block.split("\n") if x.startswith(prefix))


def _by_files(block: str, selected: frozenset[str]) -> tuple[Earlier, frozenset[str]]:
    v, many = pairs(block), lists(block)
    folder = v["dify"]
    data = {"yes": True, "hidden": None}.get(v.get("data", ""), False)
    names = frozenset({folder, v.get("physical", folder)})
    changed = [timestamp(x) for x in many.get("changed", ())]
    entry = Earlier(
        directory=folder,
        project=v.get("env_project", ""),
        version=v.get("image", ""),
        env=v.get("env") == "yes",
        data=data,
        data_changed=max(changed, default=0.0),
        ours=v.get("ours") == "yes",
        selected=bool(names & selected),
        by_files=True,
        owners=owners.parse(_owner_lines(block)),
    )
    return entry, names


def _projects(containers: Iterable[ContainerFacts]) -> dict[tuple[str, str], list[ContainerFacts]]:
    """Containers of each Compose project that has a container of Dify."""
    groups: dict[tuple[str, str], list[ContainerFacts]] = {}
    for container in containers:
        groups.setdefault((container.project, container.working_dir), []).append(container)
    return {key: group for key, group in groups.items() if any("langgenius/" in c.image for c in group)}


def _volumes(body: str) -> dict[str, list[tuple[str, str]]]:
    """Project → (volume's name, its name in the Compose file)."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in body.split("\n"):
        name, project, short, *_ = [*line.split("\t"), "", ""]
        if project:
            found.setdefault(project, []).append((name, short))
    return found


def _with_containers(
    entry: Earlier, project: str, group: list[ContainerFacts], volumes: list[tuple[str, str]]
) -> Earlier:
    tags = [m["tag"] for c in group if (m := _API.search(c.image))]
    database = any(short in _DATA_VOLUMES for _, short in volumes)
    return replace(
        entry,
        project=project,
        version=tags[0] if tags else entry.version,
        config_files=group[0].config_files,
        containers=len(group),
        running=sum(c.state == "running" for c in group),
        data=True if database else entry.data,
        volumes=tuple(name for name, _ in volumes),
        by_labels=True,
    )


def earlier(
    s: Mapping[str, str], containers: tuple[ContainerFacts, ...], folder: str, physical: str
) -> EarlierSearch:
    """Files and labels together. *folder*: of the installation that was asked about (``…/docker``),
    *physical*: the same without symbolic links."""
    body = s.get("dify", "")
    selected = frozenset(name for name in (folder, physical) if name)
    known = [_by_files(block, selected) for block in _blocks(body)]
    answered = bool(pairs(s.get("docker", "")).get("server"))
    volumes = _volumes(s.get("volumes", ""))
    found = [replace(e, containers=0, running=0) if answered else e for e, _ in known]
    place = {name: i for i, (_, names) in reversed([*enumerate(known)]) for name in names}
    for (project, working_dir), group in _projects(containers).items():
        where = place.get(working_dir)
        if where is None:
            start = Earlier(directory=working_dir, selected=working_dir in selected)
            found.append(_with_containers(start, project, group, volumes.get(project, [])))
        else:
            found[where] = _with_containers(found[where], project, group, volumes.get(project, []))
    return EarlierSearch(tuple(found), flag(pairs(body), "complete"))
