"""A byte for each line says how bad it is: the same as the rules say, and rules are asked once at most."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.core.cancel import CancelToken
from installer.core.resources import table
from installer.logs import levels
from installer.logs import store as module
from installer.logs.highlighting import LEVELS, Level, level_of
from installer.logs.levels import MAYBE_BAD, MAYBE_DEBUG, Levels, judged, settled
from installer.logs.log_buffer import LogBuffer
from installer.logs.search import Query, Search
from installer.logs.store import Block
from tests.unit.logs.lines import head

EXAMPLES = [text for rule in table("log_levels")["rule"] for text, _ in rule["examples"]]
QUIET = [f"INFO request {n} finished" for n in range(400)]


def joined(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def known(lines: Sequence[str]) -> list[Level]:
    """What is known of each line in the end."""
    text = joined(lines)
    kinds = settled(judged(text, len(lines)), text, (MAYBE_BAD, MAYBE_DEBUG))
    return [LEVELS[kind] for kind in kinds]


@given(st.lists(st.sampled_from([*EXAMPLES, "", "plain", "デバッグ", "no error here", "trace of debug"])))
def test_every_line_is_judged_as_the_rules_say(lines: list[str]) -> None:
    assert known(lines) == [level_of(line) or "info" for line in lines]
    assert known([*lines, *QUIET])[: len(lines)] == known(lines)


def test_few_open_lines_are_settled_at_once_and_many_are_not() -> None:
    few = [*QUIET, "ERROR one", "DEBUG two", "an error rate of 0"]
    assert [LEVELS[kind] for kind in judged(joined(few), len(few))[-3:]] == ["error", "debug", "info"]
    many = ["ERROR one", "DEBUG two", "quiet"]
    assert [*judged(joined(many), 3)] == [MAYBE_BAD, MAYBE_DEBUG, LEVELS.index("info")]


@pytest.mark.parametrize(
    ("least", "flags"),
    [("error", [0, 0, 0, 1, 0, 0]), ("warning", [0, 0, 1, 1, 0, 0]), ("info", [0, 1, 1, 1, 0, 0])],
)
def test_what_is_bad_enough(least: Level, flags: list[int]) -> None:
    wanted = Levels(least)
    assert [*wanted.flags(bytes(range(6)))] == flags
    assert wanted.unsettled(bytes([MAYBE_BAD]))
    assert wanted.unsettled(bytes([MAYBE_DEBUG])) == (least == "info")


def buffer(lines: Sequence[str]) -> LogBuffer:
    made = LogBuffer()
    made.tags("api")
    made.append([head(n) for n in range(len(lines))], [f"{line}\n".encode() for line in lines])
    return made


def errors(made: LogBuffer, level: Level = "error") -> list[int]:
    search = Search(Query(level=level))
    return [n for part in search.find(made, 0, made.store.end, CancelToken()) for n in part]


def test_a_search_by_level_reads_no_line_that_needs_no_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 100)
    made = buffer([*QUIET, "ERROR one"])
    assert not made.judge(1_000)
    monkeypatch.setattr(Block, "texts", lambda _: pytest.fail("was read"))
    assert errors(made) == [400]
    assert errors(made, "info") == [*range(401)]
    made.close()


def test_what_a_search_has_settled_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 100)
    asked: list[str] = []

    def ask(text: str) -> Level:
        asked.append(text)
        return level_of(text)

    monkeypatch.setattr(levels, "level_of", ask)
    made = buffer(["an error rate of 0", "ERROR two", "a warning", "DEBUG four", "five" * 30])
    assert asked == []
    assert errors(made) == [1] and asked == ["an error rate of 0", "ERROR two", "a warning"]
    assert errors(made) == [1] and len(asked) == 3
    assert errors(made, "info") == [0, 1, 2, 4] and asked[3:] == ["DEBUG four"]
    assert [made.line(n).text for n in (1, 4)] == [b"ERROR two", b"five" * 30]
    made.append([head(9)], [b"ERROR later" * 20 + b"\n"])
    assert errors(made) == [1, 5]
    made.close()


def test_levels_are_worked_out_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 10)
    made = buffer(["ERROR one, rather long"])
    for n in range(4):
        made.append([head(n)], [b"INFO more, as long\n"])
    known = [bool(block.kinds()) for block in made.store.blocks()]
    assert known == [False] * 5 and made.judge(2) and made.judge(2) and not made.judge(2)
    assert all(block.kinds() for block in made.store.blocks()) and not made.judge(2)
    made.append([head(5)], [b"short\n"])  # still in memory
    assert not made.judge(2)
    made.append([head(6)], [b"ERROR last\n"])
    assert not made.judge(2) and errors(made) == [0, 6]
    made.close()
    assert errors(made) == [] and not made.judge(2)


def test_before_they_are_a_search_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 20)
    made = buffer(["ERROR one", "two", "WARNING three"])
    assert errors(made) == [0] and errors(made, "warning") == [0, 2]
    assert all(block.kinds() for block in made.store.blocks())
    made.close()


def test_level_and_text_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 20)
    made = buffer(["ERROR one", "INFO one", "ERROR two"])
    for query, wanted in (
        (Query("one", level="error"), [0]),
        (Query("o.e", regex=True, level="error"), [0]),
        (Query("[tw]{2}o", regex=True, level="error"), [2]),
        (Query("nothing", level="error"), []),
    ):
        parts = Search(query).find(made, 0, made.store.end, CancelToken())
        assert [n for part in parts for n in part] == wanted
    made.close()
