"""Names, comments, messages and docs use the terms of Docker, SSH and Qt; these words are not among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("installer", "ui", "docs", "README.md", "CONTRIBUTING.md", "ARCHITECTURE.md")
_WORDS = re.compile(
    r"(?<![a-z])("
    r"(some|no|any|every)body|whoever|anew|begun|told"
    r"|goes[ _]on|leads[ _]to|(is|are|was|were|be|been)[ _]made[ _]to"
    r"|one's[ _]own|own[ _]accord"
    r")(?![a-z])",
    re.IGNORECASE,
)
#: path (or folder), a part of the line, why it stays
EXCEPTIONS = (
    (
        "installer/config/pins.py",
        "is made anew, from the image",
        "another header would change the file on servers",
    ),
    ("installer/cli/output.py", '{"goes_on": True}', "a key of the JSON that scripts read"),
    ("docs/cli.md", '"goes_on":true', "a key of the JSON that scripts read"),
    ("docs/window.md", ": make anew, a shell", "quotes a button"),
    ("docs/window.md", 'anybody" is shown', "quotes a card"),
)


def _lines() -> Iterator[tuple[str, int, str]]:
    """Path, number and text of each line; of the changelog those of its newest section."""
    for place in PLACES:
        top = ROOT / place
        files = [top] if top.is_file() else sorted(p for p in top.rglob("*") if p.suffix in (".py", ".md"))
        for file in files:
            name = file.relative_to(ROOT).as_posix()
            yield from ((name, n, line) for n, line in enumerate(file.read_text("utf-8").splitlines(), 1))
    newest = (ROOT / "CHANGELOG.md").read_text("utf-8").split("\n## ")[1]
    yield from (("CHANGELOG.md", n, line) for n, line in enumerate(newest.splitlines(), 1))


def test_no_line_has_one_of_these_words() -> None:
    used = set()
    found = []
    for name, number, line in _lines():
        if _WORDS.search(line) is None:
            continue
        mine = [e for e in EXCEPTIONS if name.startswith(e[0]) and e[1] in line]
        used.update(mine)
        if not mine:
            found.append(f"{name}:{number}: {line.strip()}")
    assert found == []
    assert [e for e in EXCEPTIONS if e not in used] == [], "exceptions that no line needs"


@pytest.mark.parametrize(
    "line",
    ["def _told(self)", "NOTHING_GOES_ON", "somebody's", "told_every", "it goes on", "is made to wait"],
)
def test_they_are_found_in_names_too(line: str) -> None:
    assert _WORDS.search(line)


@pytest.mark.parametrize("line", ["the untold", "bytold", "made to order", "a leader", "goes once"])
def test_other_words_are_not(line: str) -> None:
    assert _WORDS.search(line) is None
