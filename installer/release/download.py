"""Fetches a release's archive into the cache: draft + rename, retries, resume (also in a later run), cancel,
size limit."""

from __future__ import annotations

import re
import urllib.error
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.client import HTTPResponse
from pathlib import Path
from typing import TypeVar

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.version import Version
from installer.release import web
from installer.release.catalogue import archive_url, origin_folder
from installer.release.partial import Partial, part_of
from installer.untrusted.values import whole

T = TypeVar("T")
#: Bytes done and total; total 0 = not known.
OnProgress = Callable[[int, int], None]

MAX_ARCHIVE_BYTES = 1 << 30
ATTEMPTS = 5
_CHUNK = 256 << 10
#: Progress is reported every so many bytes.
_STEP = 64 << 10
_AGAIN = (408, 429, 500, 502, 503, 504)


def cached_archive(version: str, source: str, cache: Path) -> Path:
    """Where the archive of *version* lies in the folder *cache* once it is there."""
    return origin_folder(source, cache) / f"dify-{Version.parse(version)}.tar.gz"


def unfinished(version: str, source: str, cache: Path) -> bool:
    """Whether an earlier run left a part of the archive of *version*."""
    return part_of(cached_archive(version, source, cache)).exists()


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
        url = archive_url(source, version)
        part = Partial(target, url)
        _Transfer(version, url, part, on_progress, cancel or CancelToken()).run(first_wait)
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
    part: Partial
    on_progress: OnProgress | None
    cancel: CancelToken

    def run(self, first_wait: float) -> None:
        """Attempts until the draft is whole, then renames it. What has come by then stays if the server can
        tell later whether the rest fits."""
        self._local(lambda: self.part.target.parent.mkdir(parents=True, exist_ok=True))
        self._local(self.part.__enter__)
        try:
            self._attempts(first_wait)
            self._local(self.part.finish)
        except _ListenerError as exc:
            raise exc.error from None
        finally:
            self.part.__exit__(None, None, None)

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
            self._local(self.part.forget)
        elif exc.code not in _AGAIN:
            raise _failed(self.version, self.url, f"HTTP {exc.code}")
        return f"HTTP {exc.code}"

    def _once(self) -> None:
        have, validator = self._local(self.part.there)
        headers = {"Range": f"bytes={have}-", "If-Range": validator} if have else {}
        with web.get(self.url, headers, cancel=self.cancel) as response:
            rest = response.headers.get("Content-Range", "")
            if response.status == 206 and _validator(response) not in ("", validator):
                self._local(self.part.forget)  # the rest of another file, from one who does not know If-Range
                raise ConnectionError("another file")
            if response.status != 206 or not rest.startswith(f"bytes {have}-"):
                have = 0
                self._local(lambda: self.part.begin(_validator(response)))
            length = response.length  # http.client's reading of Content-Length; None: the server does not say
            total = have + length if length is not None else 0
            self._check_size(total)
            done = self._receive(response, have, total)
        if length is not None and done != total:
            raise ConnectionError(f"{done} of {total} bytes")

    def _receive(self, response: HTTPResponse, done: int, total: int) -> int:
        """What comes is written as it comes: a line that breaks must not cost what was waiting for more."""
        reported = done
        with self._local(lambda: self.part.draft.open("ab")) as file:
            while chunk := response.read1(_CHUNK):
                self.cancel.check()
                self._local(partial(file.write, chunk))
                self._local(file.flush)
                done += len(chunk)
                self._check_size(done)
                if done - reported >= _STEP or done == total:
                    reported = done
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
        if size > MAX_ARCHIVE_BYTES:
            self._local(self.part.forget)
            params = {"version": self.version, "what": self.url, "archive": self.part.target.name}
            raise InstallError(Code.RELEASE_TOO_BIG, params, detail=str(size))

    def _local(self, action: Callable[[], T]) -> T:
        """Runs a file operation; its failure (full disk, rights) is not worth another attempt."""
        try:
            return action()
        except OSError as exc:
            raise _failed(self.version, self.url, f"{self.part.draft}: {exc.strerror}") from exc


def _validator(response: HTTPResponse) -> str:
    """What the rest may be asked for with; it is sent back, so only what a header may hold."""
    tag = response.headers.get("ETag", "")
    found = tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")
    return found if re.fullmatch(r"[\x20-\x7e]{1,200}", found) else ""


def _retry_after(exc: urllib.error.HTTPError, wait: float) -> float:
    return min(whole(exc.headers.get("Retry-After", "").strip(), 0) or wait, 60.0)
