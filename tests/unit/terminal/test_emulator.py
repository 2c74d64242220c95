"""The screen of a terminal, by what real programs write."""

from __future__ import annotations

import time

import pytest

from installer.terminal.emulator import PAST, Emulator, Style


def shown(*data: str | bytes, columns: int = 20, lines: int = 5) -> Emulator:
    made = Emulator(columns, lines)
    for piece in data:
        made.feed(piece.encode() if isinstance(piece, str) else piece)
    return made


def rows(made: Emulator) -> list[str]:
    first, (columns, lines) = made.last, made.size
    return [made.text((n, 0), (n, columns)) for n in range(first, first + lines)]


def test_text_and_where_the_cursor_is() -> None:
    made = shown("one\r\ntwo")
    assert rows(made) == ["one", "two", "", "", ""]
    assert made.view().cursor == (3, 1)


def test_wide_characters_take_two_cells_also_when_cut_by_the_connection() -> None:
    data = "日本語x".encode()
    made = shown(data[:4], data[4:])
    (wide, narrow) = made.view().lines[0]
    assert (wide.text, wide.cells, wide.wide) == ("日本語", 6, 2) and narrow.column == 6
    assert made.view().cursor == (7, 0)
    assert made.text((0, 2), (0, 6)) == "本語"


def test_a_mark_belongs_to_its_character() -> None:
    made = shown("e\u0323x👍🏽")
    assert "".join(c for run in made.view().lines[0] for c in run.characters).startswith("ẹx")


def test_looks() -> None:
    made = shown("\x1b[1;31mred\x1b[0m \x1b[7mturned\x1b[0m \x1b[38;5;208morange\x1b[38:2::1:2:3mrgb")
    found = {run.text.strip(): run.style for run in made.view().lines[0] if run.text.strip()}
    assert found["red"] == Style("red", bold=True)
    assert found["turned"] == Style("background", "foreground")
    assert found["orange"].fg == "ff8700"
    assert found["rgb"].fg == "010203"


def test_a_full_screen_program_leaves_the_screen_as_it_was() -> None:
    made = shown("prompt$ vi\r\n", "\x1b[?1049h\x1b[2J\x1b[Hfull screen\x1b[3;3H")
    assert rows(made)[0] == "full screen" and made.alternate
    made.feed(b"\r\n" * 20)
    assert made.last == 0, "what scrolls there is not kept"
    made.feed(b"\x1b[?1049l")
    assert rows(made) == ["prompt$ vi", "", "", "", ""]
    assert not shown("\x1b[?1049h\x1b[?1049l").alternate
    assert made.view().cursor == (0, 1)


def test_what_goes_out_at_the_top_is_kept_and_seen() -> None:
    made = shown("".join(f"line {n}\r\n" for n in range(10)))
    assert made.last == 6 and rows(made) == [*(f"line {n}" for n in range(6, 10)), ""]
    seen = made.view(2)
    assert seen.first == 2 and "".join(r.text for r in seen.lines[0]) == "line 2"
    assert seen.cursor is None and seen.last == 6 and seen.oldest == 0
    assert made.text((1, 0), (3, 4)) == "line 1\nline 2\nline"
    made.feed(b"\x1b[3J")
    assert made.view(0).oldest == 6


def test_a_region_that_scrolls_keeps_nothing() -> None:
    made = shown("\x1b[2;4r\x1b[4;1H" + "x\r\n" * 10)
    assert made.last == 0


def test_not_more_than_so_much_is_kept() -> None:
    made = shown("x\r\n" * (PAST + 100))
    view = made.view(0)
    assert view.last - view.oldest == PAST and view.first == view.oldest


@pytest.mark.parametrize("begin", ["a\r\nb\r\nc\r\nd\r\n$ ", "$ "])
def test_a_smaller_window_keeps_what_is_at_the_cursor(begin: str) -> None:
    made = shown(begin)
    made.resize(10, 3)
    view = made.view()
    assert view.cursor is not None
    assert "".join(r.text for r in view.lines[view.cursor[1]]) == "$ "
    assert made.text((0, 0), (made.last + 2, 10)).startswith(begin.replace("\r", "").rstrip())
    made.resize(30, 6)
    assert made.size == (30, 6) and made.view().cursor is not None


def test_a_smaller_window_while_a_full_screen_program_runs() -> None:
    made = shown("a\r\nb\r\nc\r\nd\r\n$ vi", "\x1b[?1049h\x1b[2J\x1b[5;1Hbottom")
    made.resize(10, 3)
    assert made.size == (10, 3)
    made.feed(b"\x1b[?1049l")
    assert rows(made) == ["c", "d", "$ vi"] and made.view().cursor == (4, 2)


def test_sequences_that_are_not_known_are_not_shown() -> None:
    """As vim 9 and neovim send them when they start; also cut anywhere."""
    start = (
        "\x1b[>4;2m\x1b[?1u\x1b[>c\x1bP+q436f;6b75\x1b\\\x1bP$q q\x1b\\\x1b]11;?\x07\x1b]2;title\x1b\\"
        "\x1b[2 q\x1b[?2004h\x1b[!p\x1b[?12$p\x1b[22;2t\x1b[=1u\x1b_Gi=1\x1b\\ok"
    )
    for cut in range(len(start)):
        made = shown(start[:cut], start[cut:])
        assert rows(made)[0] == "ok", cut
        assert made.view().lines[0][0].style == Style(), cut
    assert shown(start).bracketed


def test_questions_are_answered() -> None:
    made = Emulator(20, 5)
    assert made.feed(b"ab\x1b[6n") == b"\x1b[1;3R"
    assert made.feed(b"\x1b[c").startswith(b"\x1b[?")
    assert made.feed(b"x") == b""


def test_line_drawing_as_in_ncurses_programs() -> None:
    made = shown("\x1b(0lqk\x1b(B x")
    assert rows(made)[0] == "┌─┐ x"


def test_modes() -> None:
    made = shown("\x1b[?1h\x1b[?25l")
    assert made.cursor_keys and made.view().cursor is None
    made = shown("\x1b[?1h\x1b[?25l\x1b[?1l\x1b[?25h")
    assert not made.cursor_keys and made.view().cursor == (0, 0)
    made.feed(b"\x1b[?3h")
    assert made.size == (20, 5), "132 columns are nothing a program decides"
    made.feed(b"text\x1bc")
    assert rows(made)[0] == ""


def test_bytes_that_are_no_text() -> None:
    """Whatever comes: nothing is raised, and it goes on."""
    made = shown(bytes(range(256)) * 4, b"\x18\x1bc\x1b[2J\x1b[Hfine")
    assert rows(made)[0] == "fine"


def test_a_line_is_wrapped_at_the_edge() -> None:
    made = shown("x" * 25)
    assert rows(made)[:2] == ["x" * 20, "x" * 5]
    wide = shown("あ" * 11, columns=21)
    assert rows(wide)[:2] == ["あ" * 10, "あ"]


def test_lines_above_the_screen_look_as_they_did() -> None:
    """They are kept in a smaller form."""
    lines = [
        "plain text",
        "\x1b[31mred\x1b[0m and \x1b[1mbold\x1b[0m",
        "日本語 mixed",
        "a\tb",
        "",
        "e\u0301 combined",
        "\x1b[7mturned\x1b[0m",
        "   ",
        "\x1b[5Cfurther right",
    ]
    made = shown(*(f"{line}\r\n" for line in lines), lines=len(lines) + 2)
    before = [made.line(n) for n in range(len(lines))]
    made.feed(b"x\r\n" * 40)
    assert made.last > len(lines)
    assert [made.line(n) for n in range(len(lines))] == before
    assert isinstance(made._screen.past[0], str), "no work for the collector of garbage"


def test_rows_that_look_the_same_are_the_same_objects() -> None:
    made = shown("one\r\ntwo\r\nthree")
    before = made.view()
    made.feed(b"\x1b[2;1HTWO")
    after = made.view(None, before)
    same = [old is new for old, new in zip(before.lines, after.lines, strict=True)]
    assert same == [True, False, True, True, True]
    assert after == made.view()


# ------------------------------------------------------------------- programs that are hostile


@pytest.mark.parametrize(
    "sequence",
    [
        "\x1b[" + "9" * 5000 + "m",
        "\x1b[" + "9" * 5000 + "A",
        "\x1b[" + "1;" * 5000 + "m",
        "\x1b[1;2;3H",
        "\x1b[1;2;3;4;5r",
        "\x1b[?5A",
        "\x1b[?1;2;3J",
        "\x1b[5;5;5K",
        "\x1b[²m",
        "\x1b[1\b²m",
        "\x9b" + "9" * 5000 + "m",
        "\x9b²m",
        "\x1b[99999;99999H\x1b[H",
        "\x1b[\x18",
    ],
)
def test_no_sequence_ends_the_emulator(sequence: str) -> None:
    for pieces in ((sequence,), sequence.partition("["), (sequence[:50], sequence[50:])):
        made = shown(*pieces, "\x1b[2J\x1b[Hfine")
        assert rows(made)[0].endswith("fine"), sequence[:20]


@pytest.mark.parametrize("begin", ["\x1b]0;", "\x1bP", "\x1b_", "\x9d", "\x1b]\x1b]"])
def test_a_string_without_an_end_is_given_up(begin: str) -> None:
    """Nothing of it is kept, and what comes after so much is shown."""
    made = shown(begin)
    for _ in range(200):
        made.feed(b"x" * 512)
    made.feed(b"\x1b[2J\x1b[Hfine")
    assert rows(made)[0] == "fine"


def test_marks_on_one_character_are_not_collected_for_ever() -> None:
    began = time.thread_time()
    made = shown("e" + "\u0323" * 200_000)
    assert len(made.view().lines[0][0].text) < 50
    assert time.thread_time() - began < 20


def test_positions_that_are_saved_do_not_fill_the_memory() -> None:
    made = shown("\x1b7" * 5000)
    assert len(made._screen.savepoints) <= 16
    made.feed(b"\x1b[5;5H\x1b8")
    assert made.view().cursor == (0, 0)
