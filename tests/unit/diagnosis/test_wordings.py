"""Wordings of other people: the entry comes first; entries that no log proves have words for a search."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from installer.core.resources import table
from tests.wordings import files, outcome, wordings

DATA = Path(__file__).resolve().parents[2] / "data" / "diagnosis"
FOLDERS = [DATA / "wordings", DATA / "held_out"]
ALL = [wording for path in files(FOLDERS) for wording in wordings(path)]
PEOPLE = [wording for path in files(FOLDERS) for wording in wordings(path, "person")]

#: Wordings whose entry does not come first, by their entry and words of theirs, and why.
ALLOWED: Mapping[tuple[str, str], str] = {
    ("DPY-01", "[Errno 51] Network is unreachable"): "the cause comes first: SSH-16",
    ("DPY-01", "stderr=Permission denied, please try again."): "the cause comes first: SSH-15",
    ("ENV-10", "Authentication Fails, Your api key"): "what a model provider says to any wrong key",
    ("PG-05", "Database migration failed: (psycopg2.OperationalError)"): "the cause comes first: PG-06",
    ("PG-06", "FATAL:  the database system is starting up"): "every healthy start says it",
    ("PLG-01", "failed to lookup address information"): "the cause comes first: PULL-11",
    ("PLG-01", "pip._vendor.urllib3.connection"): "the cause comes first: PULL-11",
    ("SBX-03", "Aborted (core dumped)"): "the cause comes first: HOST-03",
}


def allowed(wording: Mapping[str, Any]) -> bool:
    """Whether *wording* is one that may be missed."""
    return any(code == wording["code"] and words in wording["log"] for code, words in ALLOWED)


@pytest.mark.parametrize("wording", ALL, ids=lambda w: f"{w['code']}-{w['log'].strip()[:30]}")
def test_the_entry_comes_first(wording: Mapping[str, Any]) -> None:
    one = outcome(wording)
    assert (one.result == "first") != allowed(wording), one.found


def test_most_that_no_pattern_was_written_for_are_named() -> None:
    """Only the counts: authors of patterns must not see which (docs/dev/wordings.md)."""
    results = [outcome(w).result for w in wordings(DATA / "measured" / "fourth.toml")]
    assert len(results) > 100
    assert results.count("first") >= len(results) * 0.9
    assert results.count("wrong") <= len(results) * 0.03


def test_few_misses_are_allowed() -> None:
    missed = [wording for wording in ALL if allowed(wording)]
    assert len(missed) == len(ALLOWED)
    assert len(missed) <= len(ALL) * 0.05


def test_entries_without_a_log_have_words_for_a_search() -> None:
    """Three sentences in English and one in Japanese for each entry that is found by looking at the state."""
    japanese = re.compile("[\u3040-\u30ff]")
    for code, entry in table("diagnosis")["entry"].items():
        if entry.get("by_state"):
            logs = [wording["log"] for wording in PEOPLE if wording["code"] == code]
            assert sum(not japanese.search(log) for log in logs) >= 3, code
            assert any(japanese.search(log) for log in logs), code
