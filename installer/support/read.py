"""Reads a report back. It is untrusted: nothing is unpacked to disk, nothing in it is believed.

Limits are on what really comes out, not on what the file says of itself.
"""

from __future__ import annotations

import hashlib
import re
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.support.write import FORMAT, MANIFEST, README
from installer.untrusted.text import safe_json, safe_line, safe_text
from installer.untrusted.zip import METHODS, TooBigError, open_zip

#: Bytes: of the file, of one member, of all of them. Ours are below 20 MB in all.
FILE_BYTES, MEMBER_BYTES, ALL_BYTES = 25_000_000, 20_000_000, 40_000_000
MEMBERS = 400
#: Of the table of contents, before anything is made of it; ours are below 60 kB.
DIRECTORY_BYTES = 256 << 10
_PIECE = 1 << 16
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,120}(?:/[A-Za-z0-9_][A-Za-z0-9_.-]{0,120}){0,3}")


@dataclass(frozen=True)
class Report:
    """What a report's file holds: *members* by name, as text that is safe to show. *changed*: members that
    are not what the manifest says, or are not in it; *installer*, *created_at*, *lacking* as it says."""

    members: Mapping[str, str]
    installer: str = ""
    created_at: float = 0.0
    lacking: tuple[tuple[str, str], ...] = ()
    changed: frozenset[str] = field(default_factory=frozenset)

    @property
    def logs(self) -> tuple[str, ...]:
        """Names of the members to read, the logs first."""
        names = [n for n in self.members if n not in (README, MANIFEST)]
        return tuple(sorted(names, key=lambda n: (not n.endswith(".log"), n)))


def read_bundle(path: Path, cancel: CancelToken | None = None) -> Report:
    """The report in the file *path*. Raises ``InstallError(BUNDLE_UNREADABLE)`` with a *reason*: ``file``
    (cannot be read), ``zip`` (is none, or broken), ``size``, ``names``, ``other`` (not one of ours)."""
    try:
        if path.stat().st_size > FILE_BYTES:
            raise _refused(path, "size")
        with open_zip(path, DIRECTORY_BYTES) as archive:
            raw = _members(path, archive, cancel)
    except (InstallError, Cancelled):
        raise
    except TooBigError as e:
        raise _refused(path, "size", str(e)) from e
    except OSError as e:
        raise _refused(path, "file", str(e)) from e
    except Exception as e:  # the library raises many types for a broken archive
        raise _refused(path, "zip", f"{type(e).__name__}: {e}") from e
    return _report(path, raw)


def _members(path: Path, archive: zipfile.ZipFile, cancel: CancelToken | None) -> dict[str, bytes]:
    infos = archive.infolist()
    if len(infos) > MEMBERS:
        raise _refused(path, "size")
    found: dict[str, bytes] = {}
    left = ALL_BYTES
    for info in infos:
        if cancel:
            cancel.check()
        _check(path, info, found)
        pieces, most = [], min(MEMBER_BYTES, left)
        with archive.open(info) as stream:
            while piece := stream.read(_PIECE):
                most -= len(piece)
                if most < 0:
                    raise _refused(path, "size", info.filename[:100])
                pieces.append(piece)
        found[info.filename] = b"".join(pieces)
        left -= len(found[info.filename])
    return found


def _check(path: Path, info: zipfile.ZipInfo, found: Mapping[str, bytes]) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    name = info.filename
    if not _NAME.fullmatch(name) or name in found or kind not in (0, stat.S_IFREG):
        raise _refused(path, "names", safe_text(name)[:100])
    if info.flag_bits & 1 or info.compress_type not in METHODS:
        raise _refused(path, "zip", safe_text(name)[:100])
    if info.file_size > MEMBER_BYTES:
        raise _refused(path, "size", safe_text(name)[:100])


def _report(path: Path, raw: Mapping[str, bytes]) -> Report:
    try:
        manifest = safe_json(raw[MANIFEST])
        if manifest["format"] != FORMAT:
            raise ValueError("format")
        listed = {str(m["name"]): str(m["sha256"]) for m in manifest["members"]}
        lacking = tuple((_line(x["name"]), _line(x["code"])) for x in manifest["lacking"])[:100]
        created = float(manifest["created_at"])
        installer = _line(manifest["installer"])
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as e:
        raise _refused(path, "other", type(e).__name__) from e
    changed = {n for n, data in raw.items() if n not in (README, MANIFEST) and listed.get(n) != _sum(data)}
    changed |= {_line(n) for n in listed if n not in raw}
    if not 0 <= created < 1e11:
        created = 0.0
    members = {name: safe_text(data.decode("utf-8", "replace")) for name, data in raw.items()}
    return Report(members, installer, created, lacking, frozenset(changed))


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _line(value: Any) -> str:
    return safe_line(str(value))[:200]


def _refused(path: Path, reason: str, detail: str = "") -> InstallError:
    return InstallError(Code.BUNDLE_UNREADABLE, {"path": str(path), "reason": reason}, detail=detail)


def json_member(report: Report, name: str) -> Any:
    """The data of a member, its strings safe to show; None if it is not there or is no JSON."""
    try:
        return safe_json(report.members.get(name, ""))
    except ValueError:
        return None
