"""The collected wordings are well-formed: known codes, sources, sorted, none twice."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from installer.core.resources import table

WORDINGS = Path(__file__).resolve().parents[2] / "data" / "diagnosis" / "wordings"
FILES = sorted(WORDINGS.glob("*.toml"))
REQUIRED = {"code", "kind", "stage", "log", "about", "source"}
ADDRESS = re.compile(r"(?<![\d.-])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
#: Allowed: this computer, private networks, documentation, public name servers.
HARMLESS_ADDRESS = re.compile(
    r"0\.0\.0\.0|127\.|10\.|172\.|192\.168\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|1\.1\.1\.1|8\.8\.[48]\.[48]"
)


def wordings(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["wording"]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_wordings_are_well_formed(path: Path) -> None:
    known = table("diagnosis")["entry"]
    for wording in wordings(path):
        where = f"{wording.get('code')}: {wording.get('log', '')[:60]!r}"
        assert REQUIRED <= set(wording) <= REQUIRED | {"services"}, where
        assert wording["code"] in known, where
        assert wording["code"].partition("-")[0].lower() == path.stem, where
        assert wording["kind"] in {"program", "person"}, where
        assert wording["stage"] and "(" not in wording["stage"], where
        assert all(isinstance(name, str) and name for name in wording.get("services", ())), where
        assert wording["log"].strip() and wording["about"].strip(), where
        assert len(wording["log"].strip().splitlines()) <= 14, where
        assert re.fullmatch(r"https?://\S+", wording["source"]), where


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_wordings_are_sorted_by_code(path: Path) -> None:
    codes = [wording["code"] for wording in wordings(path)]
    assert codes == sorted(codes)


def test_no_wording_stands_twice() -> None:
    seen = Counter(" ".join(wording["log"].split()) for path in FILES for wording in wordings(path))
    assert seen and [log for log, times in seen.items() if times > 1] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_addresses_in_wordings_are_made_up(path: Path) -> None:
    for wording in wordings(path):
        for address in ADDRESS.findall(wording["log"]):
            assert HARMLESS_ADDRESS.match(address), f"{wording['code']}: {address}"
