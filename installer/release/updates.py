"""Whether there is a newer release than the one that is installed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from installer.core.cancel import CancelToken
from installer.core.resources import table
from installer.core.version import Version
from installer.release.catalogue import ReleaseInfo
from installer.release.listing import kept_list, list_releases


@dataclass(frozen=True)
class Newest:
    """The newest stable release, from a list of the time *at* (seconds since the epoch)."""

    version: str
    notes_url: str
    at: float


def newest_stable(releases: Iterable[ReleaseInfo]) -> ReleaseInfo | None:
    """The one that people should have. Neither what the list calls a pre-release nor what its own name says
    to be one."""
    stable = [r for r in releases if not r.prerelease and not Version.parse(r.version).prerelease]
    return max(stable, key=lambda r: Version.parse(r.version), default=None)


def is_newer(version: str, installed: str) -> bool:
    """Whether *version* comes after *installed*; never where one of them is no version."""
    new, old = Version.try_parse(version), Version.try_parse(installed)
    return new is not None and old is not None and new > old


def look_for_newest(
    source: str,
    cache: Path,
    *,
    cancel: CancelToken | None = None,
    now: Callable[[], float] = time.time,
) -> Newest | None:
    """The newest stable release at *source*; the list of the last hours counts as one of now, and one that
    is older is better than none. Raises what ``list_releases`` raises."""
    kept = kept_list(source, cache)
    fresh = kept is not None and 0 <= now() - kept.at < 3600 * table("overview")["updates"]["hours"]
    listed = kept if kept is not None and fresh else list_releases(source, cache, cancel=cancel, now=now)
    found = newest_stable(listed.releases)
    return Newest(found.version, found.notes_url, listed.at) if found else None
