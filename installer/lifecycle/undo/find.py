"""What an undo would find: asks the target, and decides what is ours."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from installer.answers import Answers
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.installation_files import CERTIFICATE_FOLDER, PINS_FILE, SELF_SIGNED
from installer.facts.model import ContainerFacts, Facts, Record
from installer.facts.web import SETUP_PATH, Web
from installer.hosts.base import Command, Host
from installer.https.reverse_proxy.place import noted, undo_stages
from installer.lifecycle.undo.labels import named
from installer.lifecycle.undo.model import Image, UndoPlan
from installer.lifecycle.undo.restore import former_record
from installer.repairs.added import look as look_at_added
from installer.state import backups
from installer.state.compose_services import services_of
from installer.state.data_folder import DATA_FOLDER, Data, list_files, read_manifest
from installer.state.record import MOUNTED, RENEWAL
from installer.untrusted.json import loads
from installer.untrusted.values import integer, items, mapping

SECONDS = 120.0
#: For what Docker counts over all of its disk.
DISK_SECONDS = 20.0
_PROJECT = "label=com.docker.compose.project="


def look(host: Host, answers: Answers, facts: Facts, cancel: CancelToken) -> UndoPlan:
    """The plan. Changes nothing. Raises ``InstallError``: UNDO_BACKUP_GONE, and DOCKER_API_FAILED where
    Docker does not say what its volumes and networks are."""
    record = facts.record
    directory = answers.directory
    if record is None:
        return UndoPlan("nothing", directory, answers.project)
    base = UndoPlan("nothing", directory, record.project, record.version, record.url)
    if was_ready(record) or _answers(host, record):
        return _change(host, answers, base, record)
    return _whole(host, answers, facts, record, cancel)


def removal(host: Host, answers: Answers, facts: Facts, cancel: CancelToken) -> UndoPlan:
    """The plan to remove an installation, also one that runs. Changes nothing."""
    record = facts.record
    if record is None:
        return UndoPlan("nothing", answers.directory, answers.project)
    plan = _whole(host, answers, facts, record, cancel)
    placed = [str(record.data[RENEWAL].get("unit", ""))] if record.data.get(RENEWAL) else []
    if noted(record) and not noted(record).get("off"):
        placed.append(str(noted(record)["path"]))
    mounted = tuple(sorted({*_mounted(host, answers, plan.ids, cancel), *record.data.get(MOUNTED, ())}))
    generated = tuple(p for p in plan.foreign if any(p.startswith(f"{folder}/") for folder in mounted))
    return replace(
        plan,
        whole=True,
        placed=tuple(p for p in placed if p),
        added=look_at_added(host, answers, cancel),
        generated=generated,
        mounted=mounted,
    )


def _mounted(host: Host, answers: Answers, ids: tuple[str, ...], cancel: CancelToken) -> Iterator[str]:
    """Folders of ours, but for those with data, into which our containers write."""
    if not ids:
        return
    form = "{{range .Mounts}}{{if .RW}}{{println .Source}}{{end}}{{end}}"
    command = Command(("docker", "inspect", "--format", form, *ids))
    above = f"{_plain(answers.docker_folder)}/"
    for line in host.run(command, cancel=cancel, timeout=SECONDS).text.splitlines():
        path = _plain(line.strip())
        if path.startswith(above) and not path.startswith(f"{above}{DATA_FOLDER}"):
            yield path.removeprefix(above)


def was_ready(record: Record) -> bool:
    """Whether Dify ever answered here. Older records do not say it: then it counts as ready as soon as it was
    started."""
    return bool(record.data.get("ready") or (record.installed and "found" not in record.data))


def _answers(host: Host, record: Record) -> bool:
    """Dify may have come up while it was not watched."""
    web = Web.read(record.data.get("web") or {})
    return record.installed and web is not None and web.ask(host, SETUP_PATH, timeout=5).status == 200


def _change(host: Host, answers: Answers, base: UndoPlan, record: Record) -> UndoPlan:
    """The last change of an installation that ran."""
    names = tuple(str(name) for name in record.data.get("backups", ()))
    files: dict[str, None] = {}
    for name in names:
        folder = backups.folder_of(answers.state_folder, name)
        modes = host.read_file(f"{folder}/modes")
        if modes is None:
            raise InstallError(Code.UNDO_BACKUP_GONE, {"folder": folder})
        added = host.read_file(f"{folder}/added") or b""
        files |= dict.fromkeys(
            line.partition(" ")[2] for line in modes.decode("utf-8", "replace").splitlines()
        )
        files |= dict.fromkeys(added.decode("utf-8", "replace").splitlines())
    if not names:
        return base
    plan = UndoPlan(
        "restore",
        base.directory,
        base.project,
        base.version,
        base.url,
        files=tuple(sorted(files)),
        backups=names,
    )
    if noted(record) and undo_stages(record, former_record(host, answers, plan), answers.state_folder):
        plan = replace(plan, files=(*plan.files, str(noted(record)["path"])))
    return plan


def _whole(host: Host, answers: Answers, facts: Facts, record: Record, cancel: CancelToken) -> UndoPlan:
    """An installation that never was ready."""
    containers = ours(facts, answers, services_of(host, answers, record, cancel))
    claiming = tuple(c.name for c in ours(facts, answers) if c not in containers)
    manifest = read_manifest(host, answers.state_folder)
    same = {path for path, found in facts.files.items() if manifest.get(path) == found}
    files, data = list_files(host, answers, manifest)
    # a certificate that we made is known by its name, also where an older manifest lost it
    known = {
        *manifest,
        PINS_FILE,
        f"{PINS_FILE}.new",
        *(f"{CERTIFICATE_FOLDER}/{name}" for name in SELF_SIGNED),
    }
    mine = {path for path in same if path in manifest} | {p for p in files if p in known - manifest.keys()}
    found = record.data.get("found")
    own_data = found is not None and DATA_FOLDER.rstrip("/") not in found
    volumes = _names(host, ("volume", "ls", "--quiet"), record.project, cancel)
    networks = _names(host, ("network", "ls", "--format", "{{.Name}}"), record.project, cancel)
    made_volumes = named(host, "volume", record.project, volumes, cancel)
    made_networks = named(host, "network", record.project, networks, cancel)
    own_volumes = _since(record, "found_volumes", made_volumes.ours)
    own_networks = _since(record, "found_networks", made_networks.ours)
    volumes = tuple(n for n in volumes if n in (*made_volumes.ours, *made_volumes.others))
    networks = tuple(n for n in networks if n in (*made_networks.ours, *made_networks.others))
    pulled = images(host, facts, record, containers, cancel)
    return UndoPlan(
        "remove",
        answers.directory,
        record.project,
        record.version,
        record.url,
        containers=tuple(c.name for c in containers),
        ids=tuple(c.id for c in containers),
        networks=own_networks,
        files=tuple(sorted(mine)),
        edited=tuple(sorted(p for p in facts.files if p in manifest and p not in same)),
        foreign=tuple(sorted(p for p in files if p not in known)),
        others=(
            *claiming,
            *(n for n in (*volumes, *networks) if n not in (*own_volumes, *own_networks)),
        ),
        data=(*(data if own_data else ()), *(Data(name, volume=True) for name in own_volumes)),
        images=pulled,
        images_bytes=_at_most(host, pulled, cancel),
        made=bool(record.data.get("made")),
        ours_below_data=own_data,
        keeps=(bool(data) and not own_data) or any(n not in own_volumes for n in volumes),
    )


def _since(record: Record, key: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of *names* that were not there before the first upload, as far as the record says it (*key*): the
    label of a project alone does not tell whose it is."""
    before = record.data.get(key)
    return () if before is None else tuple(name for name in names if name not in before)


def ours(facts: Facts, answers: Answers, services: Collection[str] = ()) -> tuple[ContainerFacts, ...]:
    """Containers of this installation: of its project, made from its folder for one of *services* (none: for
    any)."""
    folders = folders_of(facts, answers)
    project = facts.record.project if facts.record else answers.project
    there = tuple(c for c in facts.of_project(project) if _plain(c.working_dir) in folders)
    return tuple(c for c in there if not services or c.service in services)


def folders_of(facts: Facts, answers: Answers) -> frozenset[str]:
    """Where the installation's Compose files are, by both of its names."""
    return frozenset({_plain(answers.docker_folder), _plain(facts.directory.physical)} - {""})


def _plain(folder: str) -> str:
    return folder.replace("\\", "/").rstrip("/")


def _names(host: Host, words: tuple[str, ...], project: str, cancel: CancelToken) -> tuple[str, ...]:
    """What Compose made for *project*; nothing where no Docker answers."""
    command = Command(("docker", *words, "--filter", _PROJECT + project))
    result = host.run(command, cancel=cancel, timeout=SECONDS)
    return tuple(name for name in result.text.split("\n") if name) if result.exit_code == 0 else ()


def images(
    host: Host, facts: Facts, record: Record, containers: tuple[ContainerFacts, ...], cancel: CancelToken
) -> tuple[Image, ...]:
    """Those that we downloaded and that are there, with their sizes."""
    wanted = [str(name) for name in record.data.get("pulled", ())]
    if not wanted:
        return ()
    form = '{"size":{{.Size}},"tags":{{json .RepoTags}},"digests":{{json .RepoDigests}}}'
    command = Command(("docker", "image", "inspect", "--format", form, *wanted))
    lines = host.run(command, cancel=cancel, timeout=SECONDS).text.splitlines()
    sizes = _sizes(lines)
    others = {c.image for c in facts.containers if c not in containers}
    return tuple(Image(name, sizes[key], name in others) for name in wanted if (key := _key(name)) in sizes)


def _sizes(lines: Iterable[str]) -> dict[str, int]:
    """Bytes of images by each of their names. An image that is not there leaves an empty line."""
    found: dict[str, int] = {}
    for line in lines:
        with suppress(ValueError):
            one = mapping(loads(line))
            names = (*items(one.get("tags")), *items(one.get("digests")))
            found |= dict.fromkeys(map(str, names), integer(one.get("size")))
    return found


def _at_most(host: Host, found: tuple[Image, ...], cancel: CancelToken) -> int:
    """Bytes that those of *found* that can go take at most, -1 = not known. Each has its whole size, also of
    layers that it shares; together they take no more than all images (``docker system df``)."""
    free = [image.bytes for image in found if not image.used]
    if not free or min(free) < 0:
        return -1
    command = Command(("docker", "system", "df", "--format", "{{.Type}}\t{{.Size}}"))
    try:
        text = host.run(command, cancel=cancel, timeout=DISK_SECONDS).text
    except InstallError:  # it may take long, and is only for a better number
        text = ""
    rows = dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line)
    layers = decimal_bytes(rows.get("Images", ""))
    return min(sum(free), layers) if layers > 0 else sum(free)


def decimal_bytes(text: str) -> int:
    """``2.039GB`` of Docker's client (decimal units, docker/go-units) in bytes; 0 if it is no size."""
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?)([kMGT]?)B", text.strip())
    return round(float(found[1]) * 1000 ** " kMGT".index(found[2] or " ")) if found else 0


def _key(name: str) -> str:
    """*name* as ``docker image inspect`` tells it: ``nginx:latest@sha256:…`` is ``nginx@sha256:…`` there."""
    reference, at, digest = name.partition("@")
    path, colon, tag = reference.rpartition(":")
    tagged = bool(colon) and "/" not in tag
    if at:
        return f"{path if tagged else reference}@{digest}"
    return reference if tagged else f"{reference}:latest"
