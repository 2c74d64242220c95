"""Whole logs from Docker into one compressed file, merged by time; what a window shows has no part in it."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from installer.core.cancel import CancelToken
from installer.core.private_file import new_file
from installer.docker.containers import Container
from installer.hosts.base import Host
from installer.logs.follow import follow
from installer.logs.log_buffer import LogBuffer
from installer.logs.store import Store

#: All of it is wanted, whatever the window keeps.
_ENDLESS = 1 << 50
#: Lines that are cleaned at once. A secret may be broken over two of them, and a key has fifty: none is cut
#: in two where the lines around the cut are cleaned to the same together and apart.
TOGETHER, AROUND = 2_000, 100


def export(
    host: Host,
    containers: Sequence[Container],
    path: Path,
    clean: Callable[[str], str] | None,
    on_progress: Callable[[int], object],
    cancel: CancelToken,
) -> int:
    """Write the logs of *containers* to *path* (gzip, readable by no other user), whole or not at all;
    *clean* takes secrets out. Returns the number of lines; *on_progress* gets it while they are written.

    Raises as ``follow``; ``OSError`` for the file.
    """
    buffer = LogBuffer(store=Store(_ENDLESS))
    draft = path.with_name(f"{path.name}.part")
    try:
        follow(host, containers, buffer, cancel=cancel, live=False)
        draft.unlink(missing_ok=True)
        with os.fdopen(new_file(draft, 0o600), "wb") as raw, gzip.open(raw, "wb", compresslevel=6) as file:
            count = 0
            for end, text in pieces(buffer, clean):
                cancel.check()
                file.write(text.encode("utf-8", "replace"))
                count = end
                on_progress(count)
        draft.replace(path)
        return count
    finally:
        buffer.close()
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def pieces(buffer: LogBuffer, clean: Callable[[str], str] | None) -> Iterator[tuple[int, str]]:
    """The text of all lines, piece by piece, cleaned, and up to which line it goes."""
    at, last = 0, buffer.store.end
    while at < last:
        end = min(at + TOGETHER, last)
        if clean is not None:
            end = _whole(buffer, end, min(end + TOGETHER, last), clean)
        text = "".join(_lines(buffer, at, end))
        yield end, clean(text) if clean else text
        at = end


def _whole(buffer: LogBuffer, end: int, last: int, clean: Callable[[str], str]) -> int:
    """*end*, or a later one up to *last*, where no secret is cut in two."""
    while end < last:
        before = "".join(_lines(buffer, max(0, end - AROUND), end))
        after = "".join(_lines(buffer, end, end + AROUND))
        if clean(before + after) == clean(before) + clean(after):
            break
        end = min(end + AROUND, last)
    return end


def _lines(buffer: LogBuffer, first: int, end: int) -> list[str]:
    found = []
    for head, text in buffer.store.lines(first, end):
        line = buffer.as_line(head, text)
        words = text.decode("utf-8", "replace")
        if line.mark:
            found.append(f"--- {words}\n")
        else:
            found.append(f"{line.at.decode('ascii', 'replace')} {line.service} | {words}\n")
    return found
