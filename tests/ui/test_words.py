"""The window's words: the same in every language, all there, all used."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.core.errors import Code
from installer.texts import LANGUAGES, TABLES, UI_TABLES, table
from installer.views.wizard import PageId
from tests.unit.test_texts import leaves

ROOT = Path(__file__).resolve().parents[2]
_KEY = re.compile(rf'["\'](?P<key>(?:{"|".join(UI_TABLES)})\.[a-z0-9_]+)["\']')
_MADE = re.compile(rf'f["\'](?P<start>(?:{"|".join(UI_TABLES)})\.[a-z0-9_]*)\{{')


def keys(language: str) -> dict[str, str]:
    return {f"{name}.{k}": str(v) for name in UI_TABLES for k, v in table(language, f"ui/{name}").items()}


def sources() -> Iterator[str]:
    for path in (*(ROOT / "ui").rglob("*.py"), *(ROOT / "installer").rglob("*.py")):
        yield path.read_text(encoding="utf-8")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_keys_and_fields_are_those_of_english(language: str) -> None:
    english, other = keys("en"), keys(language)
    assert other.keys() == english.keys()
    assert {k for k in english if fields(english[k]) != fields(other[k])} == set()


def test_every_key_in_the_code_has_its_text() -> None:
    named = {
        m["key"]
        for text in sources()
        for m in _KEY.finditer(text)
        if not m["key"].endswith((".toml", ".json"))
    }
    assert named - keys("en").keys() - {code.value for code in Code} == set()


def test_every_text_is_used() -> None:
    texts = list(sources())
    named = {m["key"] for text in texts for m in _KEY.finditer(text)}
    starts = tuple({m["start"] for text in texts for m in _MADE.finditer(text)})
    unused = {k for k in keys("en") if k not in named and not k.startswith(starts)}
    assert unused == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_wizard_may_lack_has_a_sentence(language: str) -> None:
    source = (ROOT / "installer" / "views" / "wizard" / "missing.py").read_text(encoding="utf-8")
    named = set(re.findall(r'Missing\("([a-z_]+)"', source)) | set(re.findall(r'return "([a-z_]+)"', source))
    assert {f"missing.{n}" for n in named} <= keys(language).keys() | {"missing."}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_its_name_in_the_rail(language: str) -> None:
    assert {f"shell.page_{p.value}" for p in PageId} <= keys(language).keys()


def test_every_mnemonic_is_a_letter() -> None:
    for language in LANGUAGES:
        for key, text in keys(language).items():
            if "&" in text:
                assert re.search(r"&[A-Za-z0-9]", text), (language, key)
                assert text.count("&") == 1, (language, key)


def test_japanese_is_written_for_people() -> None:
    for key, text in keys("ja").items():
        assert "！" not in text and "!" not in text, key
        assert not re.search(r"[０-９Ａ-Ｚａ-ｚ]", text), key


def test_japanese_has_a_blank_between_its_letters_and_latin_ones() -> None:
    """One way of setting type everywhere, or two sentences side by side look foreign to each other."""
    japanese = "ぁ-んァ-ヶ一-龠々"
    touching = re.compile(rf"[A-Za-z0-9}}][{japanese}]|[{japanese}][A-Za-z0-9{{]")
    texts = {**keys("ja"), **{f"{t}{path}": text for t in TABLES for path, text in leaves(table("ja", t))}}
    allowed = {"settings.date"}  # a format of the calendar
    assert {k for k, text in texts.items() if touching.search(text)} - allowed == set()
