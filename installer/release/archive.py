"""Reads a release's archive (GitHub's ``.tar.gz`` or ``.zip``) into memory, trusting nothing in it.

Only the ``docker/`` folder is kept. The whole archive is read to its end, so that a truncated or
damaged one is noticed (gzip and zip carry checksums).
"""

from __future__ import annotations

import gzip
import hashlib
import re
import stat
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import IO, Any, cast

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.version import Version, is_label
from installer.hosts.base import FileContent
from installer.untrusted.zip import METHODS, TooBigError, open_zip

#: Generous multiples of what releases hold (1.16.1: about 10,000 files, 200 MB, docker/ under 2 MB).
MAX_MEMBERS = 100_000
MAX_TOTAL = 2 << 30
MAX_FILE = 16 << 20
MAX_DOCKER = 64 << 20
#: Bytes of a ZIP file's table of contents; 10,000 files have 1.5 MB.
MAX_DIRECTORY = 8 << 20
#: Bytes that a member of a tar file may have before its data (long names, pax records; GitHub's: 1 KiB), and
#: pax records for all members.
_HEADERS, _MOST_PAX = 256 << 10, 100
_BLOCK = 512
_TOP = re.compile(r"dify-(.+)")
_CHUNK = 1 << 20
_UNIX = 3  # "version made by" of a zip entry whose attributes hold a mode (APPNOTE 4.4.2)


@dataclass(frozen=True)
class ReleaseTree:
    """The ``docker/`` folder of a release. Paths are relative to it, with ``/``; sorted."""

    version: str
    files: tuple[FileContent, ...]
    #: The SHA-256 of the archive, in hexadecimal digits; empty if it came from none.
    archive_sha256: str = ""

    @cached_property
    def _index(self) -> Mapping[str, FileContent]:
        return {file.path: file for file in self.files}

    def get(self, path: str) -> bytes | None:
        """The content of the file *path*, None if there is none."""
        found = self._index.get(path)
        return found.data if found else None

    def text(self, path: str) -> str:
        """As ``get``, as text; raises ``InstallError(RELEASE_LAYOUT_UNKNOWN)`` if missing or not UTF-8."""
        data = self.get(path)
        try:
            if data is not None:
                return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        raise InstallError(Code.RELEASE_LAYOUT_UNKNOWN, {"version": self.version, "what": path})

    def has_folder(self, path: str) -> bool:
        """Whether there is a file under the folder *path*."""
        return any(name.startswith(path.rstrip("/") + "/") for name in self._index)


@dataclass
class _Member:
    """One entry, from either kind of archive. *link* is a link's target."""

    path: str
    size: int
    mode: int
    folder: bool = False
    link: str | None = None
    data: bytes = b""


@dataclass
class _Reader:
    """Collects members and enforces the limits."""

    archive: str
    top: str = ""
    count: int = 0
    total: int = 0
    kept: int = 0
    files: dict[str, FileContent] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    def look(self, member: _Member) -> str | None:
        """Checks *member*; gives its path under ``docker/`` if its data is wanted."""
        self.count += 1
        self.total += member.size
        if self.count > MAX_MEMBERS or self.total > MAX_TOTAL:
            raise self._error(Code.RELEASE_TOO_BIG, member.path)
        parts = self._inside(member)
        if member.folder or len(parts) < 3 or parts[1] != "docker":
            return None
        path = "/".join(parts[2:])
        if path in self.files or path in self.links or re.search(r"[\\:*?\"<>|\x00-\x1f]", path):
            raise self._error(Code.RELEASE_UNSAFE, member.path)
        self.kept += member.size
        if member.size > MAX_FILE or self.kept > MAX_DOCKER:
            raise self._error(Code.RELEASE_TOO_BIG, member.path)
        return path

    def keep(self, path: str, member: _Member) -> None:
        """Stores the wanted *member*."""
        if member.link is not None:
            target = normpath(str(PurePosixPath(member.path).parent / member.link))
            self.links[path] = target.removeprefix(f"{self.top}/docker/")
            return
        self.files[path] = FileContent(path, member.data, _mode(member))

    def tree(self, wanted: str | None) -> ReleaseTree:
        """The result, links replaced by what they point to. *wanted*: the version it must be."""
        for path, target in self.links.items():
            if target not in self.files:
                raise self._error(Code.RELEASE_UNSAFE, path)
            self.kept += len(self.files[target].data)
            if self.kept > MAX_DOCKER:
                raise self._error(Code.RELEASE_TOO_BIG, path)
            self.files[path] = FileContent(path, self.files[target].data, self.files[target].mode)
        if not self.files:
            raise self._error(Code.RELEASE_LAYOUT_UNKNOWN, "docker/")
        version = self._version(wanted)
        return ReleaseTree(version, tuple(self.files[path] for path in sorted(self.files)))

    def _version(self, wanted: str | None) -> str:
        match = _TOP.fullmatch(self.top)
        if match is None or not (Version.try_parse(match[1]) or is_label(match[1])):
            raise self._error(Code.RELEASE_LAYOUT_UNKNOWN, self.top)
        found = Version.of_release(match[1])
        if wanted is None:
            return str(found)
        if found != Version.of_release(wanted) or (is_label(wanted) and wanted != str(found)):
            raise InstallError(Code.RELEASE_WRONG_VERSION, {"wanted": wanted, "found": str(found)})
        return wanted

    def _inside(self, member: _Member) -> tuple[str, ...]:
        """The path's parts; the first is the one top folder, and neither path nor link leaves it."""
        raw = member.path.rstrip("/")
        parts = tuple(raw.split("/"))
        if raw.startswith("/") or "\\" in parts[0] or any(part in ("", ".", "..") for part in parts):
            raise self._error(Code.RELEASE_UNSAFE, member.path)
        self.top = self.top or parts[0]
        if parts[0] != self.top or (len(parts) == 1 and not member.folder):
            raise self._error(Code.RELEASE_UNSAFE, member.path)
        if member.link is not None:
            target = normpath(str(PurePosixPath(raw).parent / member.link))
            if member.link.startswith("/") or target.split("/")[0] != self.top:
                raise self._error(Code.RELEASE_UNSAFE, member.path)
        return parts

    def too_big(self, what: str) -> InstallError:
        """The archive is more than its limits allow."""
        return self._error(Code.RELEASE_TOO_BIG, what)

    def _error(self, code: Code, what: str) -> InstallError:
        params = {"version": self.top.removeprefix("dify-"), "what": what[:200], "archive": self.archive}
        return InstallError(code, params, detail=what[:200])


def read_archive(path: Path, version: str | None = None, *, cancel: CancelToken | None = None) -> ReleaseTree:
    """The tree in the archive *path*, which must be *version* (any if None).

    Raises ``InstallError``: RELEASE_BROKEN, RELEASE_UNSAFE, RELEASE_TOO_BIG, RELEASE_WRONG_VERSION,
    RELEASE_LAYOUT_UNKNOWN; ``Cancelled``.
    """
    reader = _Reader(path.name)
    members = _zip_members if path.suffix.lower() == ".zip" else _tar_members
    try:
        with path.open("rb") as file:
            checksum = hashlib.file_digest(file, "sha256").hexdigest()
        for _ in members(path, reader):
            if cancel is not None:
                cancel.check()
    except (InstallError, Cancelled):
        raise
    except TooBigError as exc:
        raise reader.too_big(str(exc)) from exc
    except Exception as exc:  # the libraries raise anything for a broken archive
        params = {"archive": path.name, "version": version or ""}
        raise InstallError(Code.RELEASE_BROKEN, params, detail=f"{type(exc).__name__}: {exc}") from exc
    return replace(reader.tree(version), archive_sha256=checksum)


class _Budget:
    """The unpacked stream, of which no more is read than was allowed: tarfile takes a header's data as a
    whole, whatever size it states."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._left, self._total = stream, 0, 0

    def next_member(self) -> None:
        """Allow headers, and what fills the last member's block."""
        self._left = _HEADERS

    def data(self, size: int) -> None:
        """Allow *size* bytes of content, and what tarfile reads ahead."""
        self._left = size + _HEADERS

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        self._total += len(data)
        if self._left < 0 or self._total > MAX_TOTAL + MAX_MEMBERS * _BLOCK * 4:
            raise TooBigError("headers" if self._left < 0 else "what follows the last file")
        return data


def _tar_members(path: Path, reader: _Reader) -> Iterator[None]:
    """gzip checks length and CRC when it is read to the end; tarfile alone would accept a cut file."""
    with gzip.open(path) as unpacked:
        budget = _Budget(cast("IO[bytes]", unpacked))
        budget.next_member()
        with tarfile.open(fileobj=cast("IO[bytes]", budget), mode="r|") as archive:
            while (info := archive.next()) is not None:
                _tar_member(archive, info, reader, budget)
                cast("Any", archive).members.clear()  # nothing comes back to them
                if len(archive.pax_headers) > _MOST_PAX:
                    raise TooBigError("headers")
                budget.next_member()
                yield
            while True:
                budget.data(_CHUNK)
                if not budget.read(_CHUNK):
                    return
                yield


def _tar_member(archive: tarfile.TarFile, info: tarfile.TarInfo, reader: _Reader, budget: _Budget) -> None:
    link = info.linkname if info.issym() else None
    if info.islnk():  # a hard link names its target from the archive's root
        link = "../" * info.name.count("/") + info.linkname
    if info.size < 0:
        raise tarfile.ReadError("negative size")
    if info.issparse() or not (info.isreg() or info.isdir() or link is not None):
        raise InstallError(
            Code.RELEASE_UNSAFE, {"archive": reader.archive, "version": "", "what": info.name[:200]}
        )
    member = _Member(info.name, info.size, info.mode, info.isdir(), link)
    wanted = reader.look(member)
    content = archive.extractfile(info) if info.isreg() else None
    if content is not None:
        budget.data(info.size)
        while data := content.read(_CHUNK):
            member.data += data if wanted else b""
    if wanted:
        reader.keep(wanted, member)


def _zip_members(path: Path, reader: _Reader) -> Iterator[None]:
    """Sizes are checked before unpacking; reading a member to its end checks its CRC."""
    with open_zip(path, MAX_DIRECTORY) as archive:
        if len(archive.infolist()) > MAX_MEMBERS:
            raise TooBigError("entries")
        for info in archive.infolist():
            if info.compress_type not in METHODS:
                raise zipfile.BadZipFile(f"{info.filename[:200]}: packed in an unusual way")
            mode = info.external_attr >> 16 if info.create_system == _UNIX else 0
            member = _Member(info.filename, info.file_size, mode, info.is_dir())
            link = stat.S_ISLNK(mode)
            if link and info.file_size < 4096:
                member.link = archive.read(info).decode("utf-8")
            if wanted := reader.look(member):
                if not link:
                    member.data = archive.read(info)
                reader.keep(wanted, member)
            else:
                _drain(archive, info)
            yield


def _drain(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    with archive.open(info) as content:
        while content.read(_CHUNK):
            pass


def _mode(member: _Member) -> int:
    """0755 or 0644; an archive made without modes says by ``#!`` what is a program."""
    known = member.mode & 0o777
    program = bool(known & 0o100) if known else member.data.startswith(b"#!")
    return 0o755 if program else 0o644
