"""The list of releases, and the one that was fetched last for when it cannot be had."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from installer.core.app_files import as_seconds, write_whole
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.version import Version
from installer.release.catalogue import ReleaseInfo, fetch_releases, origin_folder
from installer.untrusted.json import loads

VERSION = 1
_FAILED = (Code.RELEASE_LIST_FAILED, Code.RELEASE_RATE_LIMITED)


@dataclass(frozen=True)
class ReleaseList:
    """*at*: when it was fetched, seconds since the epoch. *error*: why it is an earlier one, None if it is
    not."""

    releases: tuple[ReleaseInfo, ...]
    at: float
    error: InstallError | None = None


def list_releases(
    source: str,
    cache: Path,
    *,
    cancel: CancelToken | None = None,
    now: Callable[[], float] = time.time,
) -> ReleaseList:
    """All releases at *source*, newest first; if they cannot be fetched, those of the last time.

    Raises what ``fetch_releases`` raises, if there was no last time.
    """
    try:
        found = ReleaseList(fetch_releases(source, cancel=cancel), now())
    except InstallError as exc:
        kept = kept_list(source, cache) if exc.code in _FAILED else None
        if kept is None:
            raise
        return dataclasses.replace(kept, error=exc)
    if found.releases:
        _keep(source, cache, found)
    return found


def _path(source: str, cache: Path) -> Path:
    return origin_folder(source, cache) / "releases.json"


def _keep(source: str, cache: Path, found: ReleaseList) -> None:
    entries = [dataclasses.asdict(release) for release in found.releases]
    path = _path(source, cache)
    with suppress(OSError, InstallError):  # without it there is only nothing to fall back on
        path.parent.mkdir(parents=True, exist_ok=True)
        data = {"version": VERSION, "source": source, "at": found.at, "releases": entries}
        write_whole(path, json.dumps(data).encode())


def kept_list(source: str, cache: Path) -> ReleaseList | None:
    """The list that was fetched last; None if there is none, or it is damaged."""
    try:
        data = loads(_path(source, cache).read_bytes())
        if data["version"] != VERSION or data["source"] != source:
            return None
        found = tuple(ReleaseInfo(**entry) for entry in data["releases"])
        for release in found:
            Version.parse(release.version)
        return ReleaseList(found, as_seconds(data["at"])) if found else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, InstallError):
        return None
