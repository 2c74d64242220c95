"""How much has to be downloaded before Dify can start."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from installer.core.app_folder import Home
from installer.core.cancel import CancelToken
from installer.hosts.base import Host
from installer.registry.cache import SizeCache
from installer.registry.fetch import fetch
from installer.registry.manifests import Blob, Reference, architecture, blobs_of, digest_for
from installer.state.desired import images_of, missing_images
from installer.state.plan_input import Situation

#: For all requests together: a size is not worth a longer wait.
SECONDS = 10.0


@dataclass(frozen=True)
class Download:
    """An image of the plan: *size* in bytes as it is downloaded, None where that is not known; 0 for one
    that is *present*."""

    image: str
    present: bool
    size: int | None


@dataclass(frozen=True)
class Sizes:
    """Image → its parts, for the images that are known."""

    parts: Mapping[str, tuple[Blob, ...]] = field(default_factory=dict)

    def together(self, images: Iterable[str]) -> int | None:
        """Bytes of all *images*, parts that several have in common counted once; None if one is not known."""
        images = [*images]
        if any(image not in self.parts for image in images):
            return None
        return sum({blob.digest: blob.size for image in images for blob in self.parts[image]}.values())

    def downloads(self, situation: Situation) -> tuple[Download, ...]:
        """Every image of *situation*, by name; those that are pinned with their digest."""
        missing = missing_images(situation)
        return tuple(
            Download(image, image not in missing, self.together([image]) if image in missing else 0)
            for image in sorted({*images_of(situation).values()})
        )

    def download(self, situation: Situation) -> int | None:
        """Bytes that *situation* has downloaded, 0 if nothing; None if not known."""
        return self.together(missing_images(situation))


#: Before the first query.
NOT_ASKED = Sizes()


def image_sizes(
    host: Host,
    situation: Situation,
    home: Home,
    cancel: CancelToken | None = None,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Sizes:
    """Of the images that are not on *host* yet, as far as they can be found out: from this computer's cache,
    else by asking the registries from *host*, for at most ``SECONDS``.

    ``docker manifest inspect`` is not used: for an image of several platforms it fetches the manifest of each
    (12 for a list of 10, Docker 26.1.5), and Docker Hub counts every two of them as a pull of the 100 that it
    gives in six hours. Here one list and one manifest are fetched, which is one pull. Raises ``Cancelled``.
    """
    arch = architecture(situation.facts.system.arch)
    cache = SizeCache(home.cache, arch)
    wanted = [*missing_images(situation)]
    known = cache.known(wanted)
    carried = situation.carries  # the registry is out of the machine's reach, and its mirrors are its own
    asker, mirrors = (None, ()) if carried else (host, situation.facts.engine.mirrors)
    found = _Question(asker, mirrors, arch, clock() + SECONDS, cancel, clock).ask(
        [image for image in wanted if image not in known]
    )
    cache.keep(found)
    return Sizes({**known, **found})


@dataclass(frozen=True)
class _Question:
    host: Host | None
    mirrors: tuple[str, ...]
    arch: str
    end: float
    cancel: CancelToken | None
    clock: Callable[[], float]

    def ask(self, images: Iterable[str]) -> dict[str, tuple[Blob, ...]]:
        """The tags' manifests, and for those that are lists the one of this platform."""
        named = {image: reference for image in images if (reference := _reference(image)) is not None}
        mirrors = [m for m in self.mirrors if "@" not in m]  # one with credentials is known without them
        tags = self._fetch({image: r.urls(mirrors) for image, r in named.items()})
        digests = {image: digest for image, body in tags.items() if (digest := digest_for(body, self.arch))}
        rest = self._fetch({image: named[image].urls(mirrors, d) for image, d in digests.items()})
        found = {image: blobs_of(body) for image, body in {**tags, **rest}.items()}
        return {image: blobs for image, blobs in found.items() if blobs}

    def _fetch(self, asked: Mapping[str, tuple[str, ...]]) -> dict[str, bytes]:
        return fetch(self.host, asked, self.end - self.clock(), self.cancel)


def _reference(image: str) -> Reference | None:
    try:
        return Reference.parse(image)
    except ValueError:
        return None
