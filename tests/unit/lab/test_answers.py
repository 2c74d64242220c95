"""Answers files are TOML with the contract's keys."""

from __future__ import annotations

import sys
import tomllib
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from tests.lab import LabError, Place, answers
from tests.lab.place import Ports

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX file modes")
PLACE = Place("unit", IPv4Network("10.99.0.0/16"), Ports(1, 2, 3, 4, 5, 6, 7))


def test_local(tmp_path: Path) -> None:
    written, secrets = answers.write(PLACE, "local", tmp_path)
    read = tomllib.loads(written.read_text())
    assert read["target"]["kind"] == "local"
    assert read["ports"] == {"http": 5, "https": 0, "plugin_debugging": 7}
    assert secrets.stat().st_mode & 0o777 == 0o600


def test_an_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="nowhere"):
        answers.write(PLACE, "nowhere", tmp_path)


def test_quotes_and_backslashes() -> None:
    assert tomllib.loads(answers.toml({"a": {"b": 'x"\\', "c": 1}})) == {"a": {"b": 'x"\\', "c": 1}}
