"""What strangers wrote, before it is shown."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.state.history import entries, known
from installer.untrusted.text import safe_json, safe_line, safe_text

TRICK = "a\x1b]0;title\x07\x1b[2J\x9b31m\u202eb\ud800c\nforged"


def acts(text: str) -> bool:
    """Whether a terminal or a text field would do more than show *text*."""
    return any(
        (ord(c) < 32 and c not in "\t\n") or 0x7F <= ord(c) < 0xA0 or c in "\u061c\u200e\u200f\ufeff" or
        "\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069" or "\ud800" <= c <= "\udfff"
        for c in text
    )  # fmt: skip


def test_what_is_left() -> None:
    assert acts(TRICK)
    assert safe_text(TRICK) == "a31mb?c\nforged"
    assert safe_line(TRICK) == "a31mb?c forged"


@given(st.text(st.characters(exclude_categories=())))
def test_any_text(text: str) -> None:
    assert not acts(safe_text(text)) and "\n" not in safe_line(text)
    safe_text(text).encode()


def test_strings_in_json_are_cleaned_where_ever_they_stand() -> None:
    data = {TRICK: [TRICK, {"k": TRICK}, 1, None]}
    assert safe_json(json.dumps(data)) == {
        "a31mb?c\nforged": ["a31mb?c\nforged", {"k": "a31mb?c\nforged"}, 1, None]
    }
    with pytest.raises(ValueError, match="Expecting"):
        safe_json("{")


def test_no_entry_of_a_journal_acts() -> None:
    fields = dict.fromkeys(("what", "who", "code", "detail", "steps", TRICK), TRICK)
    (entry,) = entries([json.dumps({"at": 1, **fields, "params": {TRICK: [TRICK, {"x": TRICK}]}})])
    said = [entry.what, entry.who, entry.code, *entry.params, *entry.params.values()]
    assert len(said) > 5 and not any(acts(text) or "\n" in text for text in said)
    assert not acts(entry.detail)


def test_no_known_failure_acts() -> None:
    one = known({"code": TRICK, "member": TRICK, "lines": [TRICK]})
    assert not any(acts(text) or "\n" in text for text in (one.code, one.member, *one.lines))
