"""The list of Dify's releases, from GitHub or a mirror in GitHub's layout."""

from __future__ import annotations

import hashlib
import re
import time
import urllib.error
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.formatting import moment_or_time
from installer.core.version import Version
from installer.release import web
from installer.release.source import source_problem
from installer.untrusted.json import LARGEST, loads
from installer.untrusted.values import timestamp, whole

REPOSITORY = "langgenius/dify"
_PAGES = 5
#: For one page of the list; it is some hundred kilobytes.
_PAGE_SECONDS = 120.0


@dataclass(frozen=True)
class ReleaseInfo:
    """A release as the list states it. *version* is the tag, *published_at* ISO 8601, *notes* Markdown,
    *notes_url* the page that shows them, if the list has one."""

    version: str
    published_at: str
    prerelease: bool
    notes: str
    notes_url: str


def origin_folder(source: str, cache: Path) -> Path:
    """Where the folder *cache* keeps what came from *source*, and from nowhere else: a name to recognize, and
    the whole address as a checksum."""
    host = re.sub(r"[^A-Za-z0-9.-]", "_", urlsplit(source).hostname or "")[:60]
    return cache / f"{host}-{hashlib.sha256(source.rstrip('/').encode()).hexdigest()[:32]}"


def used_before(source: str, cache: Path) -> bool:
    """Whether this computer got something from *source* before, because a person named it."""
    return origin_folder(source, cache).is_dir()


def list_url(source: str) -> str:
    """GitHub's own API, or a mirror's in the layout of GitHub Enterprise."""
    base = source.rstrip("/")
    api = "https://api.github.com" if urlsplit(base).hostname == "github.com" else f"{base}/api/v3"
    return f"{api}/repos/{REPOSITORY}/releases?per_page=100"


def archive_url(source: str, version: str) -> str:
    """The tag's archive. Raises ``InstallError(RELEASE_UNKNOWN)`` if *version* is none."""
    return f"{source.rstrip('/')}/{REPOSITORY}/archive/refs/tags/{Version.parse(version)}.tar.gz"


def fetch_releases(source: str, *, cancel: CancelToken | None = None) -> tuple[ReleaseInfo, ...]:
    """All published releases, newest version first.

    Raises ``InstallError``: ANSWERS_BAD_VALUE (no usable URL; the command line gives it unchecked),
    RELEASE_LIST_FAILED, RELEASE_RATE_LIMITED; ``Cancelled``.
    """
    if "://" not in source or source_problem(source):
        params = {"key": "release.source", "value": source[:100], "expected": "https://HOST"}
        raise InstallError(Code.ANSWERS_BAD_VALUE, params, detail="release.source")
    found: list[ReleaseInfo] = []
    url: str | None = list_url(source)
    for _ in range(_PAGES):
        if url is None:
            break
        page, url = _page(url, source, cancel)
        found += page
    return tuple(sorted(found, key=lambda r: Version.parse(r.version), reverse=True))


def resolve(version: str, releases: Iterable[ReleaseInfo]) -> ReleaseInfo:
    """The release called *version*; ``latest`` is the newest stable one.

    Raises ``InstallError(RELEASE_UNKNOWN)`` with the nearest known ones.
    """
    known = sorted(releases, key=lambda r: Version.parse(r.version), reverse=True)
    if version == "latest":
        stable = [r for r in known if not r.prerelease]
        if not stable:
            raise InstallError(Code.RELEASE_UNKNOWN, {"version": version, "nearest": ""})
        return stable[0]
    wanted = Version.parse(version)
    for release in known:
        if Version.parse(release.version) == wanted:
            return release
    raise InstallError(
        Code.RELEASE_UNKNOWN, {"version": version, "nearest": ", ".join(_nearest(wanted, known))}
    )


def _nearest(wanted: Version, known: list[ReleaseInfo]) -> list[str]:
    """The next older and the next newer one."""
    versions = [Version.parse(r.version) for r in known]
    newer = [str(v) for v in versions if v > wanted][-1:]
    older = [str(v) for v in versions if v < wanted][:1]
    return older + newer


def _page(url: str, source: str, cancel: CancelToken | None) -> tuple[list[ReleaseInfo], str | None]:
    try:
        accept = {"Accept": "application/vnd.github+json"}
        with web.get(url, accept, cancel=cancel, seconds=_PAGE_SECONDS) as response:
            items = loads(response.read(LARGEST))
            following = _next(response.headers, url)
        return [_info(item) for item in items if _usable(item)], following
    except urllib.error.HTTPError as exc:
        with exc:
            raise _refused(exc, source) from exc
    except web.TRANSPORT_ERRORS as exc:
        raise _failed(source, str(getattr(exc, "reason", exc))) from exc
    except (ValueError, TypeError, KeyError, AttributeError) as exc:
        raise _failed(source, f"unexpected answer: {exc}") from exc


def _usable(item: Mapping[str, Any]) -> bool:
    return not item.get("draft", False) and Version.try_parse(str(item["tag_name"])) is not None


def _info(item: Mapping[str, Any]) -> ReleaseInfo:
    tag = str(item["tag_name"])
    before = bool(item.get("prerelease", False)) or Version.parse(tag).prerelease
    notes, page = str(item.get("body") or ""), str(item.get("html_url") or "")
    return ReleaseInfo(tag, str(item.get("published_at") or ""), before, notes, page)


def _next(headers: Message, url: str) -> str | None:
    """The next page of the same server, as GitHub's ``Link`` header names it."""
    match = re.search(r'<([^<>]+)>;\s*rel="next"', headers.get("Link", ""))
    try:
        same = match is not None and urlsplit(match[1])[:2] == urlsplit(url)[:2]
    except ValueError:  # half an IPv6 address
        return None
    return match[1] if match and same else None


def _failed(source: str, detail: str) -> InstallError:
    return InstallError(Code.RELEASE_LIST_FAILED, {"source": source}, detail=detail)


def _open_again(reset: str, after: str) -> str:
    """When one may ask again, by this computer's clock and time zone; the day only if it is another one."""
    seconds = whole(after, -1)
    at = timestamp(reset) or (timestamp(time.time() + seconds) if seconds >= 0 else 0.0)
    return moment_or_time(at) if at else ""


def _refused(exc: urllib.error.HTTPError, source: str) -> InstallError:
    """GitHub answers 403 or 429 when an address asked too often, and says when to come again."""
    reset = exc.headers.get("X-RateLimit-Reset", "")
    used_up = exc.headers.get("X-RateLimit-Remaining") == "0" or "Retry-After" in exc.headers
    if exc.code == 429 or (exc.code == 403 and used_up):
        params = {"source": source, "reset": _open_again(reset, exc.headers.get("Retry-After", ""))}
        return InstallError(Code.RELEASE_RATE_LIMITED, params, detail=f"HTTP {exc.code}")
    return _failed(source, f"HTTP {exc.code}")
