"""Getting a release over a bad line, and without GitHub: from the lab's release server, no target needed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from installer.release.download import cached_archive
from installer.release.partial import part_of
from tests.cli_runner import ROOT, Cli
from tests.lab import Lab, releases
from tests.lab.fixtures import calm, lab
from tests.lab_apply.conftest import toml

__all__ = ["calm", "lab"]
pytestmark = [pytest.mark.lab, pytest.mark.timeout(120)]

TAG = next(r.tag for r in releases.available())
Person = Callable[..., Cli]


@pytest.fixture
def person(calm: Lab, tmp_path: Path) -> Person:
    """Somebody with these answers about the release, and a home of their own."""

    def make(**release: Any) -> Cli:
        answers, _ = calm.answers("local", tmp_path / "files")
        tables = tomllib.loads(answers.read_text())
        # not where another test may have left a Dify, which would stay with its own version
        tables["target"]["directory"] = str(tmp_path / "dify")
        tables["release"] = {"source": calm.place.release_url, **release}
        answers.write_text(toml(tables))
        return Cli(tmp_path / "home", answers)

    return make


def asked(lab: Lab) -> list[tuple[int, str]]:
    log = lab.releases.state()["log"]
    return [(entry["status"], entry["range"]) for entry in log if entry["path"].endswith(".tar.gz")]


def archive(lab: Lab) -> bytes:
    url = f"{lab.place.release_url}/langgenius/dify/archive/refs/tags/{TAG}.tar.gz"
    with urllib.request.urlopen(url, timeout=10) as answer:
        found: bytes = answer.read()
    return found


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "as github"])
def test_a_killed_download_is_gone_on_with(calm: Lab, person: Person, ranges: bool) -> None:
    whole = archive(calm)
    someone = person(version=TAG)
    calm.releases.set({"ranges": ranges, "bps": len(whole) // 4})
    target = cached_archive(TAG, calm.place.release_url, someone.home / "cache")
    process = someone.start("stores")
    end = time.monotonic() + 30
    while not part_of(target).exists() or part_of(target).stat().st_size < len(whole) // 4:
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()
    came = part_of(target).stat().st_size
    assert 0 < came < len(whole) and not target.exists()
    calm.releases.set({"ranges": ranges})
    again = someone.json("stores")
    assert again.exit_code == 0, again.stderr
    assert asked(calm) == ([(206, f"bytes={came}-")] if ranges else [(200, "")])
    assert target.read_bytes() == whole


def test_a_cut_line_is_gone_on_with_in_one_run(calm: Lab, person: Person) -> None:
    calm.releases.set({"ranges": True, "cut_after": len(archive(calm)) // 3})
    assert person(version=TAG).run("stores").exit_code == 0
    statuses = [status for status, _ in asked(calm)]
    assert statuses[0] == 200 and len(statuses) > 2 and set(statuses[1:]) == {206}


def test_the_ways_on_when_the_list_cannot_be_had(calm: Lab, person: Person, tmp_path: Path) -> None:
    """The list of the last time; else the reason with what to do, and each of those things does it."""
    limited = {"status": {"/api/v3/": [429, -1]}}
    calm.releases.set(limited)
    failed = person().json("stores")
    assert (failed.exit_code, failed.last["code"]) == (1, "release.rate_limited")
    said = person().run("stores").stderr
    assert "release.version" in said and "release.source" in said
    assert person(version=TAG).run("stores").exit_code == 0
    file = tmp_path / f"dify-{TAG}.tar.gz"
    file.write_bytes(archive(calm))
    assert person(source=str(file)).run("stores").exit_code == 0

    calm.releases.set({})
    assert person().json("plan").last["warnings"] is not None
    calm.releases.set(limited)
    plan = person().json("plan").last
    assert "release.list_old" in {w["code"] for w in plan["warnings"]}
    listed = json.loads(_releases(calm, tmp_path / "home"))
    assert listed[0]["listed_at"] > 0 and listed[0]["notes"] and listed[0]["notes_url"]


def _releases(lab: Lab, home: Path) -> str:
    words = [sys.executable, "-m", "installer", "releases", "--source", lab.place.release_url, "--json"]
    env = Cli(home, home).env()
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout
