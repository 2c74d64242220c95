"""Readers of what others send, and what each of them is given: random, spoiled and very long input.

``HOSTILE_EXAMPLES`` in the environment is the number of examples of each property; ``./test --all`` sets it.
"""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from installer.core.errors import InstallError

EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "0"))
FEW = settings(
    max_examples=EXAMPLES or 20,
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
#: Bytes that a reader takes at most, for input of at most ``LONGEST`` characters.
MOST_MEMORY = 96 << 20
#: Characters of the longest input: with ``HOSTILE_EXAMPLES`` twice as many.
LONGEST = 1 << 14 if EXAMPLES else 1 << 13
#: Seconds of processor time that a reader takes for one input of ``LONGEST`` characters. What grows with the
#: square of the length takes several times this.
MOST_SECONDS = LONGEST / (1 << 14)

#: Characters and words on which readers have failed elsewhere.
PIECES = (
    *(
        "",
        " ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "\x00",
        "\x0b",
        "\x1c",
        "\x85",
        "\u2028",
        "\ufeff",
        "\ud800",
        "\U0001f600",
    ),
    *(
        "=",
        ":",
        ",",
        ";",
        "/",
        "\\",
        "'",
        '"',
        "`",
        "|",
        "-",
        "--",
        ".",
        "..",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "<",
        ">",
    ),
    *(
        "0",
        "-1",
        "1",
        "65536",
        "9" * 19,
        "9" * 5000,
        "1e999",
        "0x10",
        "²",
        "٣",
        "nan",
        "inf",
        "-0",
        "1.",
        ".1",
    ),
    *("null", "true", "[]", "{}", '"', '"\\ud800"', "[[[[", "{}{}", "[1,", '{"a":'),
    *("yes", "no", "%", "%s", "{0}", "{a.b}", "$(id)", "${A}", "*", "?", "@", "#", "~", "é", "名", "a" * 300),
    *(
        "2026-12-03T01:02:03Z",
        "2026-12-03T01:02:03.123456789Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:60Z",
    ),
    *(
        "2026-02-30T25:61:61+99:99",
        "Thu, 99 Dec 99999 99:99:99 GMT",
        "::1",
        "[::1]:80",
        "300.1.1.1",
        "1.2.3.4:99999",
    ),
    *("\x1b[31m", "\x1b[", "\x1b]0;x\x07", "\x1b[999999999999m", "\u202e", "../x", "/etc/passwd", "C:\\x"),
)
TEXT = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=12).map("".join)


def spoil(data: st.DataObject, text: str, more: st.SearchStrategy[str] = TEXT) -> str:
    """*text* with some parts of it replaced, doubled, taken away or cut off."""
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, len(text)))
        end = min(len(text), begin + data.draw(st.integers(0, 40)))
        how = data.draw(st.integers(0, 3))
        text = (
            text[:begin]
            + (data.draw(more) if how == 0 else text[begin:end] * 2 if how == 1 else "")
            + text[end:]
        )
        if how == 3:
            text = text[:begin]
    return text


@contextmanager
def bounded(*errors: type[Exception], seconds: float = MOST_SECONDS, what: str = "") -> Iterator[None]:
    """The block raises nothing but our own error and *errors*, and takes at most *seconds* of processor time
    and ``MOST_MEMORY``. *what*: named in the failure."""
    tracemalloc.start()
    begin = time.thread_time()
    try:
        with suppress(InstallError, *errors):
            yield
        taken, memory = time.thread_time() - begin, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert taken < seconds and memory < MOST_MEMORY, f"{taken:.1f} s, {memory >> 20} MB {what}"


@dataclass(frozen=True)
class Reader:
    """*read* takes a text that others wrote. *examples*: some that it understands, with line breaks in
    between where it reads lines; *errors*: what it raises, besides our own, as its docstring says."""

    name: str
    read: Callable[[str], Any]
    examples: tuple[str, ...] = ()
    errors: tuple[type[Exception], ...] = ()

    def __str__(self) -> str:
        return self.name

    def take(self, text: str) -> None:
        """Read *text*. What comes out can be shown and, where it is looped over, ends."""
        with suppress(InstallError, *self.errors):
            found = self.read(text)
            if isinstance(found, Iterator):
                found = list(found)
            repr(found)

    def check(self, data: st.DataObject) -> None:
        """One example of the property."""
        known = data.draw(st.integers(0, 3)) > 0
        if self.examples and known:
            self.take(spoil(data, data.draw(st.sampled_from(self.examples))))
        else:
            self.take(data.draw(TEXT))

    def check_long(self) -> None:
        """What is repeated many times costs no more than its length is worth."""
        for piece in (*BOMBS, *self.examples, *_lines(self.examples)):
            for length in (LONGEST >> 3, LONGEST) if EXAMPLES else (LONGEST,):
                seconds = MOST_SECONDS * length / LONGEST + 0.2
                with bounded(*self.errors, seconds=seconds, what=f"{self}: {length} of {piece[:40]!r}"):
                    self.take(piece * max(1, length // len(piece)))


def _lines(examples: tuple[str, ...]) -> list[str]:
    """The first lines of *examples*, whole and without their ends."""
    found = [line for text in examples for line in text.splitlines(keepends=True)[:3] if line.strip()]
    return [*found, *(line.rstrip() for line in found)]


#: Each is repeated. Most are the beginning of something, without its end.
BOMBS = (
    *(
        "a",
        " ",
        "\n",
        "\t",
        "0",
        "9",
        ".",
        "-",
        ":",
        "=",
        "/",
        "\\",
        '"',
        "'",
        "[",
        "{",
        "(",
        "<",
        "\x1b",
        "\x1b[",
    ),
    *(
        "\x1b]",
        "a=",
        "a b ",
        "a: ",
        "a=b\n",
        " \n",
        "a.",
        "1,",
        '{"a":',
        '"\\"',
        "\x00",
        "é",
        "-----BEGIN X-----\n",
    ),
)
