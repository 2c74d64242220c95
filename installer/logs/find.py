"""The line that somebody cites, among those that are there."""

from __future__ import annotations

from collections.abc import Sequence

from installer.cancel import CancelToken
from installer.logs.book import Book
from installer.logs.look import plain
from installer.logs.search import Query, Search

#: Characters of a citation that must agree: it may have been cut, or cleaned.
_SAME = 120


def newest(book: Book, service: str, lines: Sequence[str], cancel: CancelToken) -> int:
    """The number of the newest line of *service* (empty: of any) that holds the first of *lines* that is
    there at all; -1 if none is. ``Cancelled``."""
    for wanted in lines:
        text = plain(wanted).strip()[:_SAME]
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
