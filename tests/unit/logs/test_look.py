"""How lines look: levels by the table's own examples, colours, records, very long ones."""

from __future__ import annotations

import pytest

from installer.core.resources import table
from installer.logs.highlighting import LONGEST, Span, coloured, detail, level_of, look, plain

EXAMPLES = [(text, level) for rule in table("log_levels")["rule"] for text, level in rule["examples"]]


@pytest.mark.parametrize(("text", "level"), EXAMPLES)
def test_the_rules_examples(text: str, level: str) -> None:
    assert level_of(text) == level


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("x" * 300 + " ERROR", ""),
        ('203.0.113.7 - - [x] "GET /error/warning HTTP/1.1" 200 5', "info"),
        ("no word at all", ""),
        ("1:M 21 Nov 2024 # WARNING overcommit_memory", "warning"),
        ('{"level":"strange","msg":"ERROR in text"}', ""),
        ("", ""),
    ],
)
def test_levels(text: str, level: str) -> None:
    assert level_of(text) == level


def test_every_bad_example_has_a_hint() -> None:
    """Else a filter by level would not find it."""
    hints = table("log_levels")["hints"]
    for text, level in EXAMPLES:
        low = text.lower()
        if level in ("error", "warning"):
            assert any(h in low for h in hints["bad"]), text
        elif level == "debug":
            assert any(h in low for h in hints["debug"]), text


def test_colour_codes_and_control_characters_are_left_out() -> None:
    assert plain("\x1b[32mINFO\x1b[0m ok\x1b]8;;http://x\x07\x1b(B") == "INFO ok"
    assert plain("a\tb\r\x00\x07c") == "a    bc"
    assert plain("文字化けしない") == "文字化けしない"


def test_colours_become_spans() -> None:
    text, spans = coloured("\x1b[1;31mbad\x1b[0m and \x1b[38;5;12mblue\x1b[39m \x1b[38;2;1;2;3mmixed\x1b[m")
    assert text == "bad and blue mixed"
    assert spans == (Span(0, 3, 1, True), Span(8, 12, 12, False))


def test_the_level_is_not_said_twice_and_colours_stay_in_place() -> None:
    assert look(b"WARNING slow").text == "slow"
    assert look(b"INFO ok").text == "INFO ok"
    found = look(b"ERROR \x1b[33myellow\x1b[0m rest")
    assert found.text == "yellow rest" and found.spans == (Span(0, 6, 3, False),)


def test_a_record_shows_its_words_first() -> None:
    line = b'{"level":"error","time":"2026","msg":"no backup","count":3,"on":{"a":true},"who":"\\u001b[31mx"}'
    found = look(line)
    assert (found.level, found.whole) == ("error", False)
    assert found.text == 'no backup  count=3 on={"a": true} who=x'
    assert '\n  "count": 3' in detail(line)
    assert look(b'{"a":1}').text == "a=1"
    assert look(b"{not json}").text == "{not json}" and look(b"{}").text == "{}"


def test_a_very_long_line_is_cut() -> None:
    found = look(b"x" * 100_000)
    assert len(found.text) == LONGEST + 1 and not found.whole
    assert len(detail(b"x" * 100_000)) == 100_000
    assert look("日".encode() * LONGEST).whole
