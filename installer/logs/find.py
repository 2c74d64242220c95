"""The line that somebody cites, among those that are there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from installer.cancel import CancelToken
from installer.logs.book import Book
from installer.logs.look import plain
from installer.logs.search import Query, Search
from installer.stack.knowledge import service as knows

#: What ``docker compose logs`` and an installation's own log write before a line: whose it is, Docker's time.
_BEFORE = re.compile(
    r"\s*(?:(?P<service>[A-Za-z0-9][\w.-]{0,80}?)(?:-\d{1,3})? {1,40}\| ?)?"
    r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z )?"
)
#: Characters of a citation that must agree: it may have been cut, or cleaned.
_SAME = 120


def cited(line: str) -> str:
    """What of a cited *line* a program wrote, as far as a log must agree with it."""
    text = plain(line)
    found = _BEFORE.match(text)
    return (text[found.end() if found else 0 :].strip() or text.strip())[:_SAME]


def whose(service: str, lines: Sequence[str]) -> str:
    """The service whose log *lines* are of: *service* where that is known, or the one they begin with. Empty:
    of none that is known."""
    found = _BEFORE.match(plain(lines[0])) if lines and not service else None
    name = (found["service"] or "") if found else service
    return name if service or knows(name) else ""


def newest(book: Book, service: str, lines: Sequence[str], cancel: CancelToken) -> int:
    """The number of the newest line of *service* (empty: of any) that holds the first of *lines* that is
    there at all; -1 if none is. ``Cancelled``."""
    for wanted in lines:
        text = cited(wanted)
        if text:
            found = _newest(book, service, text, cancel)
            if found >= 0:
                return found
    return -1


def _newest(book: Book, service: str, text: str, cancel: CancelToken) -> int:
    found = -1
    for hits in Search(Query(text)).find(book, book.store.first, book.store.end, cancel):
        for number in reversed(hits):
            try:
                fits = not service or book.line(number).service == service
            except IndexError:
                continue
            if fits:
                found = number
                break
    return found
