"""From the answers' ``[release]`` to a verified release: resolve, fetch, read, check."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.release.archive import ReleaseTree
from installer.release.catalogue import resolve
from installer.release.download import OnProgress, cached_archive, fetch_archive, unfinished
from installer.release.listing import list_releases
from installer.release.model import ReleaseModel
from installer.release.source import Release
from installer.release.verify import load_release


@dataclass(frozen=True)
class Obtained:
    """A release that passed all checks. *listed*: when the list was fetched that "latest" was looked up in,
    seconds since the epoch, if that was in an earlier run and the list cannot be had now; else 0."""

    version: str
    tree: ReleaseTree
    model: ReleaseModel
    listed: float = 0.0


def resolve_version(
    release: Release, cache: Path, *, cancel: CancelToken | None = None
) -> tuple[str | None, float]:
    """The version that *release* means now: a fixed one as it is, ``latest`` by the list of releases; and
    ``Obtained.listed``.

    None: whatever the archive given as source is. Raises the errors of ``list_releases`` and ``resolve``.
    """
    if release.version != "latest":
        return release.version, 0.0
    if release.is_archive:
        return None, 0.0
    listed = list_releases(release.source, cache, cancel=cancel)
    return resolve("latest", listed.releases).version, listed.at if listed.error else 0.0


def obtain(
    release: Release,
    cache: Path,
    *,
    on_progress: OnProgress | None = None,
    cancel: CancelToken | None = None,
) -> Obtained:
    """Raises the errors of ``resolve_version``, ``fetch_archive`` and ``load_release``; ``Cancelled``.

    An archive that came in an earlier run, whole or in part, and turns out damaged is fetched once more.
    """
    version, listed = resolve_version(release, cache, cancel=cancel)
    if release.is_archive:
        path = fetch_archive(release.version, release.source, cache)
        tree, model = load_release(path, version, cancel=cancel)
        return Obtained(tree.version, tree, model)
    assert version is not None  # noqa: S101  (a URL's "latest" was resolved)
    earlier = cached_archive(version, release.source, cache).exists()
    earlier = earlier or unfinished(version, release.source, cache)
    path = fetch_archive(version, release.source, cache, on_progress=on_progress, cancel=cancel)
    try:
        tree, model = load_release(path, version, cancel=cancel)
    except InstallError as exc:
        if exc.code == Code.RELEASE_BROKEN:
            path.unlink(missing_ok=True)
        if exc.code != Code.RELEASE_BROKEN or not earlier:
            raise
        path = fetch_archive(version, release.source, cache, on_progress=on_progress, cancel=cancel)
        tree, model = load_release(path, version, cancel=cancel)
    return Obtained(version, tree, model, listed)
