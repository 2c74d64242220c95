"""Makes the report's file: a zip with its members in a fixed order, a manifest, and words for people."""

from __future__ import annotations

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from installer import __version__
from installer.core.app_files import write_whole
from installer.core.errors import InstallError
from installer.engine import Engine
from installer.redaction.scrub import Scrubber
from installer.support.gather import Gatherer
from installer.support.parts import Part, Parts
from installer.texts import Texts

FORMAT = 1
README, MANIFEST = "README.txt", "manifest.json"
#: A zip's times begin in 1980; ours say nothing, so that the same members give the same file.
_TIME = (1980, 1, 1, 0, 0, 0)


def make_bundle(
    engine: Engine,
    path: Path,
    texts: Texts,
    more: Mapping[str, Any] | None = None,
    *,
    unreached: InstallError | None = None,
) -> dict[str, Any]:
    """Gather what is known and write it to *path* (mode 0600, whole or not at all). Returns the manifest.

    *more*: further members by name (text or data). A target that is not reached costs its parts only;
    *unreached*: why it is not, where that is known and no attempt should be made.
    Raises ``InstallError(HOST_FILE_FAILED)``, ``Cancelled``.
    """
    parts = Parts(Scrubber(engine.redact.values()))
    Gatherer(engine, parts, more, unreached).run()
    engine.cancel.check()
    manifest = manifest_of(parts, time.time())
    write_whole(path, packed(parts.bounded(), manifest, readme(texts, manifest)))
    return manifest


def manifest_of(parts: Parts, now: float) -> dict[str, Any]:
    """What is in the file, with checksums; what is not; how much was taken out."""
    return {
        "format": FORMAT,
        "installer": __version__,
        "created_at": round(now, 3),
        "members": [
            {"name": p.name, "bytes": len(p.data), "sha256": hashlib.sha256(p.data).hexdigest(), "cut": p.cut}
            for p in parts.bounded()
        ],
        "lacking": [
            {"name": x.name, "code": x.code, "detail": parts.scrub.text(x.detail)} for x in parts.lacking
        ],
        "removed": dict(sorted(parts.scrub.counts.items())),
    }


def readme(texts: Texts, manifest: Mapping[str, Any]) -> str:
    """What is inside and what was removed, in the person's language."""
    made = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(manifest["created_at"]))
    lines = [texts.bundle("title"), "", texts.bundle("made", time=made, version=__version__), ""]
    lines += [texts.bundle("inside")]
    lines += [f"  {m['name']}  {texts.bundle_member(m['name'])}".rstrip() for m in manifest["members"]]
    if manifest["lacking"]:
        lines += ["", texts.bundle("lacking")]
        lines += [f"  {x['name']}: {x['code']}" for x in manifest["lacking"]]
    lines += ["", texts.bundle("removed"), f"  {texts.bundle('removed_what')}", "", texts.bundle("kept")]
    lines += ["", texts.bundle("check"), ""]
    return "\n".join(lines)


def packed(parts: list[Part], manifest: Mapping[str, Any], words: str) -> bytes:
    """The file's bytes."""
    listed = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    head = [Part(README, words.encode()), Part(MANIFEST, listed.encode())]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in (*head, *parts):
            info = zipfile.ZipInfo(part.name, _TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            archive.writestr(info, part.data)
    return stream.getvalue()
