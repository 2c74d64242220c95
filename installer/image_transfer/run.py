"""Carries images to a target, one after the other, and tells how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit
from installer.core.step_events import ImageBytes, ImageReports
from installer.hosts.base import Host
from installer.image_transfer.archive import Archive, archive, archive_size, layers_there
from installer.image_transfer.load import about_a_layer, load
from installer.image_transfer.source import Image, Source, architecture_in
from installer.image_transfer.store import BlobStore, missing_bytes
from installer.registry.digest import Digest
from installer.registry.manifests import Reference

STEP = "carry"
#: Seconds between two reports.
_REPORT_SECONDS = 0.25


@dataclass(frozen=True)
class Carried:
    """An image to carry: *name* is how Compose and Docker call it, *source* what is fetched: the same, or one
    by digest."""

    name: str
    source: str


@dataclass
class _Count:
    """Bytes of an image, fetched and sent together."""

    total: int = 0
    done: int = 0
    state: str = "waiting"


@dataclass
class Carry:
    """One run. *arch*: Go's name of the target's processor type; *renew* is called several times a minute."""

    host: Host
    arch: str
    folder: Path
    emit: Emit
    cancel: CancelToken
    renew: Callable[[], None]
    clock: Callable[[], float] = time.monotonic
    _counts: dict[str, _Count] = field(default_factory=dict)
    _at: float = float("-inf")
    _known: bool = False

    def __post_init__(self) -> None:
        self._reports = ImageReports(self.emit, STEP)

    def run(self, wanted: tuple[Carried, ...]) -> None:
        """Fetch and load *wanted*. What was loaded before something fails stays there, what was fetched stays
        here. Raises ``InstallError`` (see ``Source.image``, ``BlobStore.fetch``, ``load``); ``Cancelled``.
        """
        store = BlobStore(self.folder, self.cancel)
        with store.in_use():
            self._run(wanted, store)

    def _run(self, wanted: tuple[Carried, ...], store: BlobStore) -> None:
        source = Source(self.cancel)
        self._counts = {image.name: _Count() for image in wanted}
        self._report(force=True)
        current = ""
        try:
            images = []
            for image in wanted:
                current = image.name
                images.append(source.image(image.name, _reference(image), self.arch))
                self._report()
            to_fetch = missing_bytes(store, images)
            store.check_room(sum(to_fetch.values()))
            for n, one in enumerate(images):
                sent = archive_size(one, layers_there(one, images[:n]))
                self._counts[one.name].total = to_fetch[one.name] + sent
            self._known = True
            self._report(force=True)
            for n, one in enumerate(images):
                current = one.name
                self._carry(source, store, one, layers_there(one, images[:n]))
        except InstallError:
            if current:
                self._counts[current].state = "failed"
            self._report(force=True)
            raise

    def _carry(self, source: Source, store: BlobStore, image: Image, there: frozenset[Digest]) -> None:
        count = self._counts[image.name]
        count.state = "running"

        def moved(more: int) -> None:
            count.done += more
            self._report()

        paths = {blob.digest: store.fetch(source, image, blob, moved) for blob in image.blobs}
        arch = architecture_in(paths[image.config.digest].read_bytes())
        if arch and arch != self.arch:
            raise InstallError(Code.PULL_NO_PLATFORM, {"image": image.name, "platform": f"linux/{self.arch}"})

        def send(without: frozenset[Digest]) -> None:
            whole = Archive(image.name, archive_size(image, without), archive(image, paths, without))
            load(self.host, whole, self.cancel, moved, self._report)

        try:
            send(there)
        except InstallError as error:
            if not there or not about_a_layer(error):
                raise
            # an Engine that keeps images in containerd's store wants every layer
            count.total = count.done + archive_size(image)
            send(frozenset())
        count.state, count.done = "done", count.total
        self._report(force=True)

    def _report(self, *, force: bool = False) -> None:
        now = self.clock()
        if not force and now - self._at < _REPORT_SECONDS:
            return
        self._at = now
        self.renew()
        done = sum(count.done for count in self._counts.values())
        total = sum(count.total for count in self._counts.values()) if self._known else 0
        images = {
            name: ImageBytes(count.state, max(0, count.done), count.total)
            for name, count in self._counts.items()
        }
        self._reports.report(max(0, done), total, images)


def _reference(image: Carried) -> Reference:
    try:
        return Reference.parse(image.source)
    except ValueError as exc:
        raise InstallError(Code.PULL_IMAGE_UNKNOWN, {"image": image.name}, detail=image.source) from exc


def wanted_of(images: Mapping[str, str]) -> tuple[Carried, ...]:
    """From name → source."""
    return tuple(Carried(name, source) for name, source in images.items())
