"""Fetches a release's archive into the cache: draft + rename, retries, resume, cancel, size limit."""

from __future__ import annotations

import re
import urllib.error
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.client import HTTPResponse
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from installer.cancel import CancelToken
from installer.errors import Code, InstallError
from installer.release import web
from installer.release.catalogue import archive_url
from installer.release.version import Version

T = TypeVar("T")
#: Bytes done and total; total 0 = not known.
OnProgress = Callable[[int, int], None]

MAX_ARCHIVE = 1 << 30
ATTEMPTS = 5
_CHUNK = 256 << 10
_AGAIN = (408, 429, 500, 502, 503, 504)


def cached_archive(version: str, source: str, cache: Path) -> Path:
    """Where the archive of *version* lies in the folder *cache* once it is there."""
    url = urlsplit(source)
    origin = re.sub(r"[^A-Za-z0-9.-]", "_", f"{url.hostname}_{url.port or ''}{url.path}").strip("_")
    return cache / origin / f"dify-{Version.parse(version)}.tar.gz"


def fetch_archive(
    version: str,
    source: str,
    cache: Path,
    *,
    on_progress: OnProgress | None = None,
    cancel: CancelToken | None = None,
    first_wait: float = 1.0,
) -> Path:
    """The archive of *version*: *source* itself if it is a file, else from the cache or the network.

    *first_wait*: seconds before the second attempt, doubled each time. Raises ``InstallError``:
    RELEASE_UNKNOWN (no such tag), RELEASE_DOWNLOAD_FAILED, RELEASE_TOO_BIG; ``Cancelled``.
    """
    if "://" not in source:
        path = Path(source).expanduser()
        if not path.is_file():
            raise _failed(version, source, "missing")
        return path
    target = cached_archive(version, source, cache)
    if not target.exists():
        transfer = _Transfer(
            version, archive_url(source, version), target, on_progress, cancel or CancelToken()
        )
        transfer.run(first_wait)
    return target


def _failed(version: str, url: str, reason: str) -> InstallError:
    return InstallError(Code.RELEASE_DOWNLOAD_FAILED, {"version": version, "url": url}, detail=reason)


class _ListenerError(Exception):
    """What the caller's ``on_progress`` raised, such as a closed pipe: not the connection's failure."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass
class _Transfer:
    version: str
    url: str
    target: Path
    on_progress: OnProgress | None
    cancel: CancelToken
    validator: str = ""  # ETag or date of what the draft holds: proof that a resumed rest fits

    @property
    def draft(self) -> Path:
        return self.target.with_name(self.target.name + ".part")

    def run(self, first_wait: float) -> None:
        """Attempts until the draft is whole, then renames it."""
        self._local(lambda: self.target.parent.mkdir(parents=True, exist_ok=True))
        try:
            self._local(lambda: self.draft.unlink(missing_ok=True))
            self._attempts(first_wait)
            self._local(lambda: self.draft.replace(self.target))
        except _ListenerError as exc:
            raise exc.error from None
        finally:
            self.draft.unlink(missing_ok=True)

    def _attempts(self, wait: float) -> None:
        for attempt in range(ATTEMPTS):
            try:
                self._once()
                return
            except urllib.error.HTTPError as exc:
                with exc:
                    reason, delay = self._judge(exc), _retry_after(exc, wait)
            except web.TRANSPORT_ERRORS as exc:
                reason, delay = str(getattr(exc, "reason", exc)) or type(exc).__name__, wait
            if attempt == ATTEMPTS - 1:
                raise _failed(self.version, self.url, reason)
            self.cancel.wait(delay)
            wait *= 2

    def _judge(self, exc: urllib.error.HTTPError) -> str:
        """The reason if it is worth another attempt."""
        if exc.code == 404:
            raise InstallError(
                Code.RELEASE_UNKNOWN, {"version": self.version, "nearest": ""}, detail=self.url
            )
        if exc.code == 416:  # the draft does not fit the file any more
            self.validator = ""
        elif exc.code not in _AGAIN:
            raise _failed(self.version, self.url, f"HTTP {exc.code}")
        return f"HTTP {exc.code}"

    def _once(self) -> None:
        have = self.draft.stat().st_size if self.validator and self.draft.exists() else 0
        headers = {"Range": f"bytes={have}-", "If-Range": self.validator} if have else {}
        with web.get(self.url, headers, cancel=self.cancel) as response:
            if response.status != 206 or not response.headers.get("Content-Range", "").startswith(
                f"bytes {have}-"
            ):
                have = 0
            self.validator = _validator(response)
            total = have + int(response.headers.get("Content-Length") or 0)
            self._check_size(total)
            done = self._receive(response, have, total if response.headers.get("Content-Length") else 0)
        if response.headers.get("Content-Length") and done != total:
            raise ConnectionError(f"{done} of {total} bytes")

    def _receive(self, response: HTTPResponse, done: int, total: int) -> int:
        with self._local(lambda: self.draft.open("ab" if done else "wb")) as file:
            while chunk := response.read(_CHUNK):
                self.cancel.check()
                self._local(partial(file.write, chunk))
                done += len(chunk)
                self._check_size(done)
                self._tell(done, total)
        self.cancel.check()  # a connection that a cancel ended can look like the file's end
        return done

    def _tell(self, done: int, total: int) -> None:
        try:
            if self.on_progress is not None:
                self.on_progress(done, total)
        except OSError as exc:
            raise _ListenerError(exc) from exc

    def _check_size(self, size: int) -> None:
        if size > MAX_ARCHIVE:
            params = {"version": self.version, "what": self.url, "archive": self.target.name}
            raise InstallError(Code.RELEASE_TOO_BIG, params, detail=str(size))

    def _local(self, action: Callable[[], T]) -> T:
        """Runs a file operation; its failure (full disk, rights) is not worth another attempt."""
        try:
            return action()
        except OSError as exc:
            raise _failed(self.version, self.url, f"{self.draft}: {exc.strerror}") from exc


def _validator(response: HTTPResponse) -> str:
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _retry_after(exc: urllib.error.HTTPError, wait: float) -> float:
    asked = exc.headers.get("Retry-After", "")
    return min(float(asked), 60.0) if asked.isdigit() else wait
