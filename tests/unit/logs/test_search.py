"""Finding lines: the same as looking at each of them, and patterns that could take forever are refused."""

from __future__ import annotations

import re
import time
from array import array
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.core.cancel import Cancelled, CancelToken
from installer.logs import store as module
from installer.logs.byte_scan import lines_with, places_of, places_of_many
from installer.logs.log_buffer import LogBuffer, mark
from installer.logs.pattern import BadPattern, compiled
from installer.logs.search import Query, Search, TooSlow, watch
from tests.unit.logs.lines import at, head

LINES = [
    "INFO Alpha",
    "ERROR beta",
    "日本語 alpha",
    "",
    "WARNING gamma ALPHA",
    "DEBUG delta",
    "E1124 08:00:00.1       1 x.go:1] klog",
    "plain",
]


def buffer(lines: Sequence[str], block: int = 1 << 18) -> LogBuffer:
    before, module.BLOCK = module.BLOCK, block
    try:
        made = LogBuffer()
        made.tags("api")
        for n, line in enumerate(lines):
            made.append([head(n)], [line.encode() + b"\n"])
        return made
    finally:
        module.BLOCK = before


def found(made: LogBuffer, query: Query) -> list[int]:
    parts = Search(query).find(made, made.store.first, made.store.end, CancelToken())
    return [n for part in parts for n in part]


@pytest.mark.parametrize("block", [1, 30, 1 << 18])
@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (Query("alpha"), [0, 2, 4]),
        (Query("ALPHA"), [0, 2, 4]),
        (Query("日本"), [2]),
        (Query("nothing"), []),
        (Query("^(info|error)", regex=True), [0, 1]),
        (Query("al.ha$", regex=True), [0, 2, 4]),
        (Query("[^x]*mm", regex=True), [4]),
        (Query("日.語", regex=True), [2]),
        (Query(level="error"), [1, 6]),
        (Query(level="warning"), [1, 4, 6]),
        (Query(level="info"), [0, 1, 2, 3, 4, 6, 7]),
        (Query("alpha", level="warning"), [4]),
        (Query(since=at(2), until=at(5)), [2, 3, 4]),
        (Query("a", since=at(5)), [5, 7]),
        (Query("", since=at(100)), []),
    ],
)
def test_queries(block: int, query: Query, wanted: list[int]) -> None:
    assert found(buffer(LINES, block), query) == wanted


@given(
    st.lists(st.text("aAbB \n", max_size=8).map(lambda t: t.replace("\n", "")), max_size=30),
    st.text("ab", min_size=1),
)
def test_as_if_each_line_was_looked_at(lines: list[str], needle: str) -> None:
    made = buffer(lines, 40)
    wanted = [n for n, line in enumerate(lines) if needle in line.lower()]
    assert found(made, Query(needle)) == wanted
    assert found(made, Query(re.escape(needle), regex=True)) == wanted
    made.close()


def test_marks_are_never_found() -> None:
    made = buffer(["cut here"])
    head_, text = mark("cut", "api", at(3))
    made.append([head_], [text])
    assert found(made, Query("cut")) == [0]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("(", "invalid"),
        ("[a", "invalid"),
        ("*", "invalid"),
        ("(a+)+$", "slow"),
        ("(?:x*y*)*z", "slow"),
        ("((a{2,})b?){5}", "slow"),
        ("x*x*x*x*y", "slow"),
        ("(?=(a+)+)b", "slow"),
        ("(a|a)*b", "slow"),
        ("(a|aa)+$", "slow"),
        ("(?:a|b|ab)*c", "slow"),
        ("(a?a?)*b", "slow"),
        ("(a?){30}a{30}", "slow"),
        ("a?" * 30 + "a" * 30, "slow"),
        ("(?:x{0,90}){2}(?:x{0,90}){2}y", "slow"),
        (r"(a*)(?:\1)*b", "slow"),
    ],
)
def test_what_cannot_work_is_refused(text: str, kind: str) -> None:
    with pytest.raises(BadPattern) as caught:
        compiled(text)
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("Connect.*timed out", "timed out"),
        ("a|b", ""),
        ("(abc)?def", "def"),
        ("x+yzq", "yzq"),
        ("sinks", "in"),
        (r"\d{3} GET /", " get /"),
        ("é", ""),
        ("foo.*bar.*baz", "foo"),
        ("(?:ab){2}cd", "cd"),
    ],
)
def test_what_every_match_holds(text: str, literal: str) -> None:
    assert compiled(text).literal == literal


def test_a_pattern_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installer.logs.search.SLOWEST", -1.0)
    with pytest.raises(TooSlow):
        found(buffer(LINES), Query("a.", regex=True))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x*y", b"x" * 5000),
        ("x*x*y", b"x" * 5000),
        ("x*x*x*y", b"x" * 5000),
        (".*.*.*x", b"a" * 5000),
        ("a.*b.*c", b"ab" * 2500),
        (r"\w+ .*\w+ .*z", b"word " * 1000),
        (r"user=\w+.*status=\d+", b"user=a status= " * 400),
        ("x{1,90}y", b"x" * 5000),
        ("(a|b)(a|b)(a|b)c", b"ab" * 2500),
    ],
)
def test_the_slowest_allowed_patterns_are_quick_enough(text: str, line: bytes) -> None:
    pattern, begin = compiled(text), time.thread_time()
    assert not pattern.fits(line)
    assert time.thread_time() - begin < 4


def test_text_between_anything_is_seen_in_long_lines() -> None:
    assert compiled(r"user=\w+.*status=\d+").fits(b"user=anna" + b" " * 3000 + b"status=200")
    assert compiled("a.+.+b").fits(b"a12b") and not compiled("a.+.+b").fits(b"a1b")


_ATOMS = st.sampled_from(
    ["a", "b", ".", "[ab]", "(?:a|ab)", "(b)", "^", "$", r"\b", "(?=a)", ".*", ".+", ".*?"]
)
_MARKS = st.sampled_from(["", "", "", "*", "+", "?", "{1,2}", "*?"])


@given(st.lists(st.tuples(_ATOMS, _MARKS), min_size=1, max_size=6), st.text("ab ", max_size=12))
def test_what_is_found_is_what_re_finds(items: list[tuple[str, str]], line: str) -> None:
    text = "".join(atom + mark for atom, mark in items)
    try:
        pattern = compiled(text)
    except BadPattern:
        return
    assert pattern.fits(line.encode()) == bool(re.search(text, line, re.IGNORECASE)), text


def test_it_goes_on_with_what_comes() -> None:
    made = buffer(LINES)
    cancel = CancelToken()
    hits: list[int] = []
    ends: list[int] = []

    def put(new: array[int], end: int) -> None:
        hits.extend(new)
        ends.append(end)
        if ends[-1] == len(LINES):
            made.append([head(50), head(51)], [b"late alpha\n", b"late beta\n"])
        elif ends[-1] == len(LINES) + 2:
            cancel.cancel()

    with pytest.raises(Cancelled):
        watch(made, Search(Query("alpha")), put, cancel, poll=0.001)
    assert hits == [0, 2, 4, 8]
    assert ends[-1] == 10


@given(
    st.lists(st.sampled_from([b"aa", b"", b"XAxa", b"b", b"ba"]), max_size=60),
    st.sampled_from([b"a", b"b", b"c"]),
)
def test_places_in_every_way(lines: list[bytes], needle: bytes) -> None:
    text = b"".join(line + b"\n" for line in lines)
    wanted = [n for n, line in enumerate(lines) if needle in line.lower()]
    assert places_of(text.lower(), needle) == wanted
    assert places_of_many(text.lower(), needle) == wanted
    assert lines_with(text, text.lower(), needle) == (wanted, [lines[n] for n in wanted])
