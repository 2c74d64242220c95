"""The cache of images' sizes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from installer.registry.cache import MOVING_SECONDS, SECONDS, SizeCache
from installer.registry.manifests import Blob
from tests.unit.registry.samples import digest

FIXED, MOVING = "langgenius/dify-api:1.16.1", "nginx:latest"
PARTS = {
    FIXED: (Blob(digest("a"), 1), Blob(digest("b"), 0)),
    MOVING: (Blob(digest("c"), 3),),
    "redis": (Blob(digest("d"), 4),),
}


class Clock:
    now = 1_780_000_000.0

    def __call__(self) -> float:
        return self.now


def test_what_was_kept_is_known_for_its_time(tmp_path: Path) -> None:
    clock = Clock()
    cache = SizeCache(tmp_path / "cache", "amd64", now=clock)
    assert cache.known(PARTS) == {}
    cache.keep(PARTS)
    assert cache.known([*PARTS, "other:1"]) == PARTS
    assert SizeCache(tmp_path / "cache", "arm64", now=clock).known(PARTS) == {}
    clock.now += MOVING_SECONDS
    assert cache.known(PARTS) == {FIXED: PARTS[FIXED]}
    clock.now += SECONDS - MOVING_SECONDS
    assert cache.known(PARTS) == {}
    cache.keep({"other:1": PARTS[MOVING]})
    assert len(json.loads(cache.path.read_bytes())["images"]) == 1  # what is over has gone
    clock.now -= 2 * SECONDS
    assert cache.known(["other:1"]) == {}  # of the future: some clock was wrong


def test_no_draft_is_left_and_only_the_owner_reads_it(tmp_path: Path) -> None:
    cache = SizeCache(tmp_path / "cache", "amd64")
    cache.keep(PARTS)
    cache.keep({"a/b:1": PARTS[MOVING]})
    assert [path.name for path in cache.path.parent.iterdir()] == ["image-sizes.json"]
    if sys.platform != "win32":
        assert cache.path.stat().st_mode & 0o777 == 0o600
    assert len(cache.known([*PARTS, "a/b:1"])) == 4


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "{",
            "[]",
            '{"version":2,"images":{}}',
            '{"version":1}',
            '{"version":1,"images":[]}',
            "[" * 99_999,
        ),
        '{"version":1,"images":{"nginx:latest amd64":7}}',
        '{"version":1,"images":{"nginx:latest amd64":{"at":"x"}}}',
        '{"version":1,"images":{"nginx:latest amd64":{"at":1780000000,"parts":[["a"]]}}}',
        '{"version":1,"images":{"nginx:latest amd64":{"at":1780000000,"parts":[["a","b"]]}}}',
        '{"version":1,"images":{"nginx:latest amd64":{"at":1780000000,"parts":3}}}',
    ],
)
def test_a_damaged_file_is_ignored_and_replaced(tmp_path: Path, text: str) -> None:
    cache = SizeCache(tmp_path, "amd64", now=Clock())
    cache.path.write_text(text)
    assert cache.known(PARTS) == {}
    cache.keep(PARTS)
    assert cache.known(PARTS) == PARTS


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    SizeCache(tmp_path / "cache", "amd64").keep(PARTS)
    folder = tmp_path / "folder"
    (folder / "image-sizes.json").mkdir(parents=True)
    cache = SizeCache(folder, "amd64")
    cache.keep(PARTS)
    assert cache.known(PARTS) == {}
