"""Whole logs from Docker into one compressed file, merged by time; what a window shows has no part in it."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from installer.cancel import CancelToken
from installer.hosts.base import Host
from installer.logs.book import Book
from installer.logs.follow import follow
from installer.logs.store import Store
from installer.stack.containers import Container

#: All of it is wanted, whatever the window keeps.
_ENDLESS = 1 << 50
#: Lines that are cleaned at once: a secret may be broken over two of them.
_TOGETHER = 2_000


def export(
    host: Host,
    containers: Sequence[Container],
    path: Path,
    clean: Callable[[str], str] | None,
    on_progress: Callable[[int], object],
    cancel: CancelToken,
) -> int:
    """Write the logs of *containers* to *path* (gzip, mode 0600), whole or not at all; *clean* takes secrets
    out. Returns the number of lines; *on_progress* gets it while they are written.

    Raises as ``follow``; ``OSError`` for the file.
    """
    book = Book(store=Store(_ENDLESS))
    draft = path.with_name(f"{path.name}.part")
    try:
        follow(host, containers, book, cancel=cancel, live=False)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as raw, gzip.open(raw, "wb", compresslevel=6) as file:
            count = 0
            for first in range(0, book.store.end, _TOGETHER):
                cancel.check()
                text = "".join(_lines(book, first, min(first + _TOGETHER, book.store.end)))
                file.write((clean(text) if clean else text).encode("utf-8", "replace"))
                count = min(first + _TOGETHER, book.store.end)
                on_progress(count)
        draft.replace(path)
        return count
    finally:
        book.close()
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _lines(book: Book, first: int, end: int) -> list[str]:
    found = []
    for head, text in book.store.lines(first, end):
        line = book.as_line(head, text)
        words = text.decode("utf-8", "replace")
        if line.mark:
            found.append(f"--- {words}\n")
        else:
            found.append(f"{line.at.decode('ascii', 'replace')} {line.service} | {words}\n")
    return found
