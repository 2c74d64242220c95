"""Less is drawn of a flood, and the screen is the same."""

from __future__ import annotations

import pytest

from installer.terminal.emulator import Emulator
from installer.terminal.flood import FLOOD, shorter

LINES = 40


def last(data: bytes) -> object:
    made = Emulator(30, 8)
    made.feed(data)
    view = made.view()
    return (
        [made.text((view.last - n, 0), (view.last - n, 30)) for n in range(LINES - 10)],
        view.lines,
        view.cursor,
    )


BEGINS = (b"", b"prompt\r\n", b"\x1b[?1049h\x1b[2J\x1b[31m", b"\x1b]2;title\x07\x1b[?25l\r\n")
REPEATED = (b"y\r\n", b"\x1b[31mred\x1b[m plain\r\n", b"\x1b[1mbold for ever\r\n")
ENDS = (b"", b"and more", b"\x1b[32mgreen")


@pytest.mark.parametrize(
    ("begin", "line", "end"),
    [  # in every run all pairs of two of them, the whole table with --all
        pytest.param(begin, line, end, marks=[] if (b + n + e) % 3 == 0 else [pytest.mark.slow])
        for b, begin in enumerate(BEGINS)
        for n, line in enumerate(REPEATED)
        for e, end in enumerate(ENDS)
    ],
)
def test_the_same_with_less(begin: bytes, line: bytes, end: bytes) -> None:
    data = begin + line * (2 * FLOOD // len(line)) + end
    less = shorter(data, LINES)
    assert len(less) < 4000
    assert last(less) == last(data)


def test_little_is_drawn_as_it_is() -> None:
    assert shorter(b"y\r\n" * 1000, LINES) == b"y\r\n" * 1000


def test_what_moves_the_cursor_is_drawn() -> None:
    data = b"\x1b[H\x1b[2Kframe\r\n" * 8000
    assert shorter(data, LINES) == data
    bar = b"".join(b"\r%3d %%" % (n % 100) for n in range(20000))
    assert shorter(bar, LINES) == bar, "a line that is written over and over is one line"


@pytest.mark.parametrize("cut", [b"\x1b", b"\x1b[", b"\x1b[1;3"])
def test_a_sequence_that_the_end_cuts_keeps_nothing_from_being_left_out(cut: bytes) -> None:
    line = b"\x1b[32mINFO\x1b[0m something was done\r\n"
    made = shorter(line * 5000 + cut, 100)
    assert made.endswith(line + cut) and made.count(b"INFO") <= 102
