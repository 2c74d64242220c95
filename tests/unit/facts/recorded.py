"""Answers of the probe kept in ``tests/data/probe``; each file's first line says whether it was recorded on
a real machine or constructed, and from what."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from installer.facts.model import Facts
from installer.facts.parsers import answer

FOLDER = Path(__file__).parents[2] / "data" / "probe"
MARK = "===abc"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.txt")))


def text_of(name: str) -> str:
    """The answer as it came."""
    return (FOLDER / f"{name}.txt").read_bytes().decode()


@cache
def facts_of(name: str) -> Facts:
    """What is made of it, for the folder ``/opt/dify``."""
    facts = answer.facts(text_of(name), MARK, "/opt/dify")
    assert facts is not None
    return facts
