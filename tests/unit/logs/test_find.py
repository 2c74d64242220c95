"""A cited line is found whatever stands before it where it is cited."""

from __future__ import annotations

import pytest

from installer.cancel import CancelToken
from installer.logs.book import Book
from installer.logs.find import cited, newest, whose
from tests.unit.logs.lines import head

SAID = "FATAL:  password authentication failed"


@pytest.mark.parametrize(
    "before",
    [
        "",
        "api  | ",
        "api-1  | ",
        "2026-11-24T08:00:00.512345678Z ",
        "api | 2026-11-24T08:00:00.5Z ",
        "\x1b[36mapi-1  | \x1b[0m",
    ],
)
def test_what_others_write_before_a_line_is_not_cited(before: str) -> None:
    assert cited(before + SAID) == SAID


def test_a_citation_that_is_only_a_beginning_is_kept() -> None:
    assert cited("api | ") == "api |"
    assert len(cited("x" * 500)) == 120


@pytest.mark.parametrize(
    ("service", "line", "found"),
    [
        ("worker", "api | x", "worker"),
        ("", "api | x", "api"),
        ("", "db_postgres-1  | x", "db_postgres"),
        ("", "no_such_service | x", ""),
        ("", "x", ""),
        ("", "2026-11-24T08:00:00.5Z x", ""),
    ],
)
def test_whose_line_it_is(service: str, line: str, found: str) -> None:
    assert whose(service, (line,)) == found


def test_the_newest_one_is_found() -> None:
    book = Book()
    book.tags("api")
    for n, text in enumerate([SAID, "fine", f"again: {SAID}", "fine"]):
        book.append([head(n)], [text.encode() + b"\n"])
    assert newest(book, "api", (f"api-1  | {SAID}",), CancelToken()) == 2
    assert newest(book, "worker", (SAID,), CancelToken()) == -1
    book.close()
