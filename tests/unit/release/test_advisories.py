"""Known security holes: ranges, order, and that each is told in words and with a source."""

from __future__ import annotations

import pytest

from installer.core.resources import table
from installer.core.version import Version
from installer.release.advisories import advisories, enough
from installer.texts import LANGUAGES, Texts
from installer.texts import table as texts

ENTRIES = table("advisories")["advisory"]


def names(version: str) -> set[str]:
    return {a.name for a in advisories(version)}


@pytest.mark.parametrize(
    ("version", "there"),
    [
        ("1.1.2", False),
        ("1.1.3", True),
        ("1.9.2", True),
        ("1.10.1", True),
        ("1.10.1-fix.1", False),
        ("1.10.1-rc1", True),
        ("1.16.1", False),
        ("0.15.3", False),
    ],
)
def test_react2shell(version: str, there: bool) -> None:
    assert ("react2shell" in names(version)) is there


def test_the_newest_release_that_is_known_has_none_of_them() -> None:
    assert advisories("1.16.1") == () and enough(()) == ""


def test_the_worst_come_first_and_one_release_ends_them_all() -> None:
    found = advisories("1.9.0")
    assert found[0].severity == "critical"
    assert [a.severity for a in found] == sorted(
        (a.severity for a in found), key=["critical", "high", "medium"].index
    )
    assert not advisories(enough(found))
    assert all(Version.parse(a.fixed) <= Version.parse(enough(found)) for a in found)


@pytest.mark.parametrize("version", ["", "latest", "main", "1.x"])
def test_nothing_is_said_of_what_is_no_version(version: str) -> None:
    assert advisories(version) == ()


def test_the_table_is_whole() -> None:
    for entry in ENTRIES:
        assert set(entry) <= {"name", "from", "until", "severity", "ids", "source"}
        assert entry["severity"] in ("critical", "high", "medium")
        assert entry["ids"] and entry["source"].startswith("https://")
        assert Version.parse(entry.get("from", "0.1.0")) < Version.parse(entry["until"])
    named = [entry["name"] for entry in ENTRIES]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_is_told_in_words(language: str) -> None:
    assert set(texts(language, "advisories")) == {entry["name"] for entry in ENTRIES}
    assert all(Texts(language).advisory(entry["name"]) for entry in ENTRIES)
