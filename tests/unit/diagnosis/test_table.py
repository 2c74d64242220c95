"""The table of symptoms is well formed: every pattern can be searched fast, every name exists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from installer.answers import Answers
from installer.apply.plan import all_steps
from installer.core.errors import Code, catalogue_of
from installer.core.repair_ids import IDS
from installer.core.resources import table
from installer.diagnosis.rules import STATES, WEIGHTS, needle, pattern, rules
from installer.texts import LANGUAGES, Texts
from installer.texts import table as text_table
from tests.unit.diagnosis.catalogue import CATALOGUE, needs_catalogue

LISTS = {*WEIGHTS, *STATES, "here", "last", "repeated", "alone", "settled"}
FIELDS = {
    "stages",
    "services",
    "sources",
    "causes",
    "pairs",
    "by_state",
    "source",
    "repair",
    "answer",
    *LISTS,
}
ENTRIES: Mapping[str, Mapping[str, Any]] = table("diagnosis")["entry"]


def patterns() -> Iterator[str]:
    for entry in ENTRIES.values():
        for name in LISTS:
            yield from entry.get(name, ())
        for pair in entry.get("pairs", ()):
            yield from pair
    for entry in table("diagnosis")["harmless"]:
        yield from entry["patterns"]


@needs_catalogue
def test_the_table_has_exactly_the_entries_of_the_catalogue() -> None:
    assert list(ENTRIES) == re.findall(
        r"^### ([A-Z]+-\d+) ", CATALOGUE.read_text(encoding="utf-8"), re.MULTILINE
    )


def test_there_is_an_entry_for_every_failure_that_an_error_names() -> None:
    assert {name for code in Code if (name := catalogue_of(code))} <= set(ENTRIES)


@pytest.mark.parametrize("code", ENTRIES)
def test_entries_are_well_formed(code: str) -> None:
    entry = ENTRIES[code]
    assert set(entry) <= FIELDS and entry["source"] and entry["stages"]
    assert any(entry.get(name) for name in WEIGHTS)
    known = {stage.lower() for stage in table("diagnosis")["stage"]}
    assert {stage.lower() for stage in entry["stages"]} <= known
    members = {*ENTRIES, *(f"@{name}" for name in table("diagnosis")["group"])}
    assert set(entry.get("causes", ())) <= members


def test_services_exist() -> None:
    known = {*table("services")["service"], "db", "vector store"}  # an earlier name; any store
    assert {name for rule in rules() for name in rule.services} <= known


def test_causes_have_no_circle() -> None:
    left = {rule.code: set(rule.causes) for rule in rules()}
    while free := [code for code, causes in left.items() if not causes & set(left)]:
        for code in free:
            del left[code]
    assert not left


def test_every_rule_can_be_chosen_by_its_stage() -> None:
    for rule in rules():
        assert rule.sources, rule.code


def test_patterns_are_for_cleaned_text_and_cannot_run_away() -> None:
    for regex in patterns():
        assert pattern(regex).needle in needle(regex)
        plain = re.sub(r"\\.", "x", regex)
        assert plain == plain.lower() and not re.search("['`]|  ", plain), regex
        units = re.sub(r"\[[^\]]+\]", "C", re.sub(r"\\[^SswWdDb]", "x", regex))
        assert "*" not in units and units.count("+") <= 2 and not re.search(r"[.)]\+|\)\{", units), regex


@pytest.mark.parametrize(
    ("regex", "expected"),
    [
        ("plain words", "plain words"),
        (r"a\.b\(c", "a.b(c"),
        (r"(?:one|two) after", " after"),
        (r"before[^x]and after", "and after"),
        (r"abcd?ef", "abc"),
        (r"x{1,3}yz \d{2} abc", " abc"),
        (r"lookups+ on", "lookups"),
    ],
)
def test_needles(regex: str, expected: str) -> None:
    assert needle(regex) == expected


@pytest.mark.parametrize("regex", ["a|bcdef", r"\d+", "(abc)"])
def test_patterns_that_cannot_be_searched_are_refused(regex: str) -> None:
    with pytest.raises(ValueError, match=re.escape(regex)):
        pattern(regex)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_has_its_text_and_no_text_is_left_over(language: str) -> None:
    texts = text_table(language, "diagnosis")
    assert list(texts) == list(ENTRIES)
    for code, entry in texts.items():
        assert set(entry) == {"what", "why", "do"} and entry["what"] and entry["do"], code
        assert Texts(language).failure(code).do == entry["do"]


def test_japanese_is_polite() -> None:
    for code, entry in text_table("ja", "diagnosis").items():
        for part in filter(None, entry.values()):
            assert re.search(r"(です|ます|ません|ました|でした|ください|（?\d*）?)。$", part), (code, part)


def test_english_are_sentences() -> None:
    for code, entry in text_table("en", "diagnosis").items():
        assert all(not part or part[-1] in ".?" for part in entry.values()), code


def test_repairs_and_answers_exist() -> None:
    for code, entry in ENTRIES.items():
        assert entry.get("repair", IDS[0]) in IDS, code
        group, _, name = entry.get("answer", "ports.http").partition(".")
        assert hasattr(getattr(Answers(), group), name), code


def test_every_step_of_ours_has_the_catalogue_s_stages() -> None:
    known = {stage.lower() for stage in table("diagnosis")["stage"]}
    steps = table("diagnosis")["evidence"]["step"]
    assert {step.id for step in all_steps()} <= set(steps)
    for name, step in {
        **steps,
        **{n: {"stage": s} for n, s in table("diagnosis")["evidence"]["stages"].items()},
    }.items():
        for stage in step["stage"].split(" / "):
            assert stage in known, (name, stage)
