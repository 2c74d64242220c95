"""What takes room where Dify runs: images with who uses them, what Docker keeps, the data; and cleaning up.

Images are listed all, but only those of Dify that are no longer needed are offered: of a release from
before an upgrade, of a former store. Volumes are never touched.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from installer.answers import Answers
from installer.apply.locked_change import Operation, working
from installer.config.pins import repository
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit, Line
from installer.core.resources import table
from installer.core.step_events import step_events
from installer.docker.compose import compose, compose_env
from installer.facts.model import Record
from installer.hosts.base import Command, Host
from installer.hosts.cancel_scope import stoppable
from installer.release.envfile import EnvFile
from installer.state import backups
from installer.state.data_folder import Data, data_there
from installer.state.record import RENEWAL, read_installed
from installer.untrusted.values import integer, items, mapping, timestamp

STEP = "images"
_SECONDS = 60.0
_PROJECT = "com.docker.compose.project"


@dataclass(frozen=True)
class ImageUse:
    """An image. *names*: tags, or what it was fetched by; *bytes* as Docker counts it, with layers that
    others share; *created*: when it was built, seconds since the epoch; *used_by*: names of containers, also
    of stopped ones. *ours*: of a program that Dify is made of; *free*: ours, and not needed."""

    id: str
    names: tuple[str, ...]
    bytes: int
    created: float
    used_by: tuple[str, ...] = ()
    ours: bool = False
    free: bool = False


@dataclass(frozen=True)
class Space:
    """Bytes: *layers* of all images, each layer once; *containers*: what containers wrote into themselves;
    *volumes* of Docker, *cache* of building. *data* is Dify's."""

    images: tuple[ImageUse, ...] = ()
    layers: int = 0
    containers: int = 0
    volumes: int = 0
    cache: int = 0
    data: tuple[Data, ...] = ()

    @property
    def free(self) -> tuple[ImageUse, ...]:
        """What can be cleaned up."""
        return tuple(image for image in self.images if image.free)

    @property
    def free_bytes(self) -> int:
        """What they take at most: layers that several share are counted with each, but never more than all
        layers there are."""
        whole = sum(image.bytes for image in self.free)
        return min(whole, self.layers) if self.layers else whole

    def as_json(self) -> dict[str, Any]:
        """The object that ``space --json`` prints."""
        return asdict(self)


def read_space(host: Host, answers: Answers, cancel: CancelToken) -> Space:
    """Look once. Raises ``InstallError`` INSTALLATION_ABSENT, and what losing the host or Docker raises."""
    with stoppable(host, cancel):
        record = read_installed(host, answers.state_folder)
        if record is None:
            raise InstallError(Code.INSTALLATION_ABSENT, {"directory": answers.directory})
        needed = _needed(host, answers, record, cancel)
        with host.docker() as client:
            usage = mapping(client.df())
            containers = _all(client.containers(all=True))
        volumes = [
            Data(str(v.get("Name", "")), integer(mapping(v.get("UsageData")).get("Size"), -1), volume=True)
            for v in _all(usage.get("Volumes"))
            if mapping(v.get("Labels")).get(_PROJECT) == record.project
        ]
        data = (*data_there(host, answers), *volumes)

    def total(kind: str, size: Callable[[Mapping[str, Any]], Any]) -> int:
        return sum(max(0, integer(size(one))) for one in _all(usage.get(kind)))

    return Space(
        images_of(_all(usage.get("Images")), containers, record, needed),
        layers=integer(usage.get("LayersSize")),
        containers=total("Containers", lambda c: c.get("SizeRw")),
        volumes=total("Volumes", lambda v: mapping(v.get("UsageData")).get("Size")),
        cache=total("BuildCache", lambda c: 0 if c.get("Shared") else c.get("Size")),
        data=data,
    )


def profiles_in_use(env: Mapping[str, str], record: Record) -> dict[str, str]:
    """*env*'s profiles for Compose, and that of what renews certificates, which has no container in between.
    Not ``--profile``: with it Compose passes those of the environment by."""
    found = compose_env(env)
    if RENEWAL in record.data:
        profiles = (found.get("COMPOSE_PROFILES", ""), str(table("acme")["release"]["profile"]))
        found["COMPOSE_PROFILES"] = ",".join(filter(None, profiles))
    return found


def _needed(host: Host, answers: Answers, record: Record, cancel: CancelToken) -> frozenset[str]:
    """Names of the images that Dify's files name now, also of containers that are not there just now. Where
    they cannot be had nothing is known to be free, so this fails."""
    text = (host.read_file(f"{answers.docker_folder}/{backups.ENV}") or b"").decode("utf-8", "replace")
    env = profiles_in_use(EnvFile.parse(text).values(), record)
    command = Command(compose("config", "--images"), cwd=answers.docker_folder, env=env)
    result = host.run(command, cancel=cancel, timeout=_SECONDS).check(Code.ACTION_FAILED, exit_code="1")
    return frozenset(result.text.split())


def images_of(
    listed: Iterable[Mapping[str, Any]],
    containers: Sequence[Mapping[str, Any]],
    record: Record,
    needed: frozenset[str],
) -> tuple[ImageUse, ...]:
    """The images that the Engine *listed*, the largest first. Pure."""
    users: dict[str, list[str]] = {}
    own: set[str] = set()
    for c in containers:
        named = str((items(c.get("Names")) or ["/?"])[0]).lstrip("/")
        users.setdefault(str(c.get("ImageID", "")), []).append(named)
        if mapping(c.get("Labels")).get(_PROJECT) == record.project:
            own.add(str(c.get("Image", "")))
    names = {*needed, *own, *(str(name) for name in record.data.get("pulled", ()))}
    programs = {repository(name) for name in names if name and not name.startswith("sha256:")}
    found = [_image(one, users, programs, needed) for one in listed]
    return tuple(sorted(found, key=lambda image: (-image.bytes, image.names)))


def _image(
    one: Mapping[str, Any], users: Mapping[str, Sequence[str]], programs: set[str], wanted: frozenset[str]
) -> ImageUse:
    tags, digests = _names(one.get("RepoTags")), _names(one.get("RepoDigests"))
    ident = str(one.get("Id", ""))
    used = tuple(sorted(users.get(ident, ())))
    ours = any(repository(name) in programs for name in (*tags, *digests))
    need = any(_same(name, tags, digests) for name in wanted)
    return ImageUse(
        ident,
        tags or digests or (ident[7:19],),
        integer(one.get("Size")),
        timestamp(one.get("Created")),
        used,
        ours=ours,
        free=ours and not used and not need,
    )


def _names(value: object) -> tuple[str, ...]:
    return tuple(name for name in map(str, items(value)) if not name.startswith("<none>"))


def _all(value: object) -> list[Mapping[str, Any]]:
    return [mapping(one) for one in items(value)]


def _same(name: str, tags: Sequence[str], digests: Sequence[str]) -> bool:
    """Whether the image is the one that *name* means (``nginx:latest@sha256:…`` is ``nginx@sha256:…``)."""
    plain, at, digest = name.partition("@")
    if at:
        return any(d.endswith(f"@{digest}") for d in digests)
    whole = plain if ":" in plain.rpartition("/")[2] else f"{plain}:latest"
    tag = whole.rpartition(":")[2]
    return any(repository(t) == repository(whole) and t.rpartition(":")[2] == tag for t in tags)


def clean(operation: Operation, ids: Sequence[str]) -> tuple[int, Space]:
    """Remove those images of *ids* that are still not needed; how many bytes came free, and how it is now.
    Docker itself refuses one that a container is made from meanwhile; no volume is touched.

    Raises as ``read_space``, and INSTALLATION_LOCKED.
    """
    host, emit, cancel = operation.host, operation.emit, operation.cancel
    before = read_space(host, operation.answers, cancel)
    chosen = [image for image in before.free if image.id in ids]
    with (
        working(operation, STEP, images=len(chosen)),
        step_events(emit, cancel, STEP, changed=bool(chosen)),
    ):
        for image in chosen:
            cancel.check()
            _remove(host, image, emit)
    after = read_space(host, operation.answers, cancel)
    return max(0, before.layers - after.layers), after


def _remove(host: Host, image: ImageUse, emit: Emit) -> None:
    """By each of its names: the last one takes the layers along."""
    for name in image.names:
        command = Command(("docker", "image", "rm", name if ":" in name or "@" in name else image.id))
        result = host.run(command, timeout=_SECONDS)
        with contextlib.suppress(IndexError):
            emit(Line(step=STEP, text=(result.text or result.errors).strip().splitlines()[0]))
