"""Docker's stream → lines, however it is cut."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.core.errors import Code, InstallError
from installer.logs.frames import LONGEST, MOST_FRAME, Frames
from tests.unit.logs.lines import at, frame

TAGS = (b"o", b"e")
#: lengths whose last byte is a line end, and texts that look like frames
TEXTS = st.one_of(
    st.binary(max_size=40).map(lambda b: b.replace(b"\n", b"")),
    st.sampled_from([b"x" * 226, b"x" * 2600, b"\x01\x00\x00\x00\x00\x00\x00\x05", b""]),
)


def feed(data: bytes, cuts: list[int]) -> list[tuple[bytes, bytes]]:
    frames, found, start = Frames(TAGS), [], 0
    for cut in [*sorted(c % (len(data) + 1) for c in cuts), len(data)]:
        found += list(zip(*frames.feed(data[start:cut]), strict=True))
        start = cut
    return found + list(zip(*frames.end(), strict=True))


@given(st.lists(st.tuples(TEXTS, st.sampled_from([1, 2]))), st.lists(st.integers(0, 10_000), max_size=6))
def test_each_frame_is_a_line(lines: list[tuple[bytes, int]], cuts: list[int]) -> None:
    data = b"".join(frame(at(n) + b" " + text + b"\n", stream) for n, (text, stream) in enumerate(lines))
    wanted = [(at(n) + TAGS[stream - 1], text + b"\n") for n, (text, stream) in enumerate(lines)]
    assert feed(data, cuts) == wanted


def test_a_line_in_parts_is_one_line_also_when_another_stream_comes_between() -> None:
    data = frame(at(1) + b" begin ") + frame(at(2) + b" error\n", 2) + frame(at(3) + b" end\n")
    assert feed(data, []) == [(at(2) + b"e", b"error\n"), (at(1) + b"o", b"begin end\n")]
    assert feed(frame(at(1) + b" never ended"), []) == [(at(1) + b"o", b"never ended\n")]


def test_times_of_other_engines_and_none_at_all() -> None:
    data = frame(b"2024-11-21T09:00:01.5Z short\n") + frame(b"no time\n") + frame(b"2024-11-21T09:00:02Z\n")
    assert feed(data, []) == [
        (b"2024-11-21T09:00:01.500000000Zo", b"short\n"),
        (b"2024-11-21T09:00:01.500000000Zo", b"no time\n"),
        (b"2024-11-21T09:00:02.000000000Zo", b"\n"),
    ]


def test_a_terminal_has_no_frames() -> None:
    data = at(1) + b" one\r\n" + at(2) + b" \r\n" + b"lost time\n" + at(3) + b" last"
    assert feed(data, [10, 50]) == [
        (at(1) + b"o", b"one\r\n"),
        (at(2) + b"o", b"\r\n"),
        (at(2) + b"o", b"lost time\n"),
        (at(3) + b"o", b"last\n"),
    ]


def test_a_frame_that_no_engine_sends_is_refused_by_its_head() -> None:
    with pytest.raises(InstallError) as caught:
        Frames(TAGS).feed(b"\x01\x00\x00\x00" + struct.pack(">I", MOST_FRAME + 1))
    assert caught.value.code is Code.DOCKER_API_FAILED
    assert Frames(TAGS).feed(b"\x01\x00\x00\x00" + struct.pack(">I", MOST_FRAME)) == ([], [])


def test_a_line_without_an_end_in_many_frames_is_given_out_in_parts() -> None:
    frames, given_out, part = Frames(TAGS), 0, 1 << 18
    piece = frame(at(1) + b" " + b"x" * part)
    for number in range(1, 13):
        given_out += sum(len(text) - 1 for text in frames.feed(piece)[1])
        assert number * part - given_out <= LONGEST  # what is kept
    assert len(frames.end()[1]) == 1


def test_a_terminal_s_line_without_an_end_is_given_out_in_parts() -> None:
    frames, given_out, part = Frames(TAGS), 0, 1 << 18
    for number in range(1, 13):
        given_out += sum(len(text) - 1 for text in frames.feed(b"x" * part)[1])
        assert number * part - given_out <= LONGEST
    assert given_out
