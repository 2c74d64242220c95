"""From the answers' ``[release]`` to a verified release: resolve, fetch, read, check."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from installer.cancel import CancelToken
from installer.errors import Code, InstallError
from installer.release.archive import ReleaseTree
from installer.release.catalogue import fetch_releases, resolve
from installer.release.download import OnProgress, cached_archive, fetch_archive
from installer.release.model import ReleaseModel
from installer.release.verify import load_release
from installer.settings.model import Release


@dataclass(frozen=True)
class Obtained:
    """A release that passed all checks."""

    version: str
    tree: ReleaseTree
    model: ReleaseModel


def resolve_version(release: Release, *, cancel: CancelToken | None = None) -> str | None:
    """The version that *release* means now: a fixed one as it is, ``latest`` by the list of releases.

    None: whatever the archive given as source is. Raises the errors of ``fetch_releases`` and ``resolve``.
    """
    if release.version != "latest":
        return release.version
    if release.is_archive:
        return None
    return resolve("latest", fetch_releases(release.source, cancel=cancel)).version


def obtain(
    release: Release,
    cache: Path,
    *,
    on_progress: OnProgress | None = None,
    cancel: CancelToken | None = None,
) -> Obtained:
    """Raises the errors of ``resolve_version``, ``fetch_archive`` and ``load_release``; ``Cancelled``.

    A cached archive that turns out damaged is fetched once more.
    """
    version = resolve_version(release, cancel=cancel)
    if release.is_archive:
        path = fetch_archive(release.version, release.source, cache)
        tree, model = load_release(path, version, cancel=cancel)
        return Obtained(tree.version, tree, model)
    assert version is not None  # noqa: S101  (a URL's "latest" was resolved)
    was_cached = cached_archive(version, release.source, cache).exists()
    path = fetch_archive(version, release.source, cache, on_progress=on_progress, cancel=cancel)
    try:
        tree, model = load_release(path, version, cancel=cancel)
    except InstallError as exc:
        if exc.code == Code.RELEASE_BROKEN:
            path.unlink(missing_ok=True)
        if exc.code != Code.RELEASE_BROKEN or not was_cached:
            raise
        path = fetch_archive(version, release.source, cache, on_progress=on_progress, cancel=cancel)
        tree, model = load_release(path, version, cancel=cancel)
    return Obtained(version, tree, model)
