"""What is written to a file is cleaned in pieces, and no secret is cut in two by that."""

from __future__ import annotations

import pytest

from installer.logs.export import TOGETHER, pieces
from installer.logs.log_buffer import LogBuffer
from installer.redaction.scrub import Scrubber
from tests.unit.logs.lines import at

KEY = ["-----BEGIN PRIVATE KEY-----", *(f"MIIEvQ{n:02}NobodyKnowsThisLine" for n in range(40))]
KEY.append("-----END PRIVATE KEY-----")
SECRET = "Correct-Horse-Battery-77"


def buffer(*lines: str) -> LogBuffer:
    made = LogBuffer()
    tag = made.tags("api")[0]
    made.append([at(n / 10) + tag for n in range(len(lines))], [f"{text}\n".encode() for text in lines])
    return made


@pytest.mark.parametrize("before", [TOGETHER - 41, TOGETHER - 20, TOGETHER - 2, TOGETHER - 1, TOGETHER])
def test_a_key_over_many_lines_is_taken_out_wherever_it_stands(before: int) -> None:
    made = buffer(*["all is well"] * before, *KEY, *["all is well"] * 300)
    text = "".join(text for _, text in pieces(made, Scrubber().text))
    assert "NobodyKnows" not in text and text.count("all is well") == before + 300


@pytest.mark.parametrize("before", [TOGETHER - 2, TOGETHER - 1, TOGETHER])
def test_a_value_broken_over_two_lines_is_taken_out_wherever_it_stands(before: int) -> None:
    made = buffer(*["all is well"] * before, f"password {SECRET[:12]}", f"{SECRET[12:]} refused", "the end")
    text = "".join(text for _, text in pieces(made, Scrubber([SECRET]).text))
    assert SECRET[:12] not in text and SECRET[12:] not in text and "the end" in text


def test_all_lines_are_there_once_and_uncleaned_where_that_was_asked_for() -> None:
    made = buffer(*(f"line {n}." for n in range(2 * TOGETHER + 5)))
    found = list(pieces(made, None))
    assert [end for end, _ in found] == [TOGETHER, 2 * TOGETHER, 2 * TOGETHER + 5]
    lines = "".join(text for _, text in found).splitlines()
    assert [line.rpartition("line ")[2] for line in lines] == [f"{n}." for n in range(2 * TOGETHER + 5)]
