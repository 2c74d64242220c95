"""Bytes from what ``docker compose pull`` prints."""

import json

import pytest

from installer.docker.compose_output import PullProgress

PLAIN = """ api Skipped - Image is already being pulled by worker
 worker Pulling
 web Pulling
 aaaaaaaaaaaa Pulling fs layer
 bbbbbbbbbbbb Pulling fs layer
 cccccccccccc Already exists
 bbbbbbbbbbbb Waiting
 aaaaaaaaaaaa Downloading [=>    ]  1.5MB/3MB
 aaaaaaaaaaaa Downloading [=>    ]  1.5MB/3MB
 bbbbbbbbbbbb Downloading [=>    ]  250kB/1MB
 aaaaaaaaaaaa Download complete
 aaaaaaaaaaaa Extracting [=>    ]  32.77kB/3MB
 aaaaaaaaaaaa Pull complete
 bbbbbbbbbbbb Verifying Checksum
 bbbbbbbbbbbb Pull complete
 web Pulled
 worker Pulled
"""


def feed(lines: list[str]) -> tuple[PullProgress, list[tuple[int, int]]]:
    progress, seen = PullProgress(), []
    for line in lines:
        progress.feed(line)
        seen.append((progress.done, progress.total))
    return progress, seen


def test_plain() -> None:
    progress, seen = feed(PLAIN.splitlines())
    assert (progress.done, progress.total) == (4_000_000, 4_000_000)
    assert (progress.images_done, len(progress.images)) == (2, 2)
    assert [d for d, _ in seen] == sorted(d for d, _ in seen)
    totals = [t for _, t in seen]
    assert totals[7] == 0, "the total is not known before every layer's size is"
    assert set(totals) == {0, 4_000_000}


def test_json_lines_count_a_shared_layer_once() -> None:
    def line(**entry: object) -> str:
        return json.dumps(entry)

    lines = [
        line(id="web", text="Pulling"),
        line(id="api", text="Pulling"),
        line(id="aaaaaaaaaaaa", parent_id="web", text="Pulling fs layer"),
        line(id="aaaaaaaaaaaa", parent_id="web", text="Downloading", current=10, total=100),
        line(id="aaaaaaaaaaaa", parent_id="api", text="Downloading", current=40, total=100),
        line(id="aaaaaaaaaaaa", parent_id="api", text="Pull complete"),
        line(id="web", text="Pulled"),
        "{broken",
    ]
    progress, seen = feed(lines)
    assert seen[4] == (40, 100)
    assert (progress.done, progress.total, progress.images_done) == (100, 100, 1)


def test_nothing_to_download() -> None:
    progress, _ = feed([" web Pulling", " cccccccccccc Already exists", " web Pulled"])
    assert (progress.done, progress.total, progress.images_done) == (0, 0, 1)


def test_what_is_for_people() -> None:
    progress = PullProgress()
    assert progress.feed(" web Pulled") == " web Pulled"
    assert progress.feed(" aaaaaaaaaaaa Waiting") == ""
    assert progress.feed('{"id":"web","text":"Pulled"}') == "web Pulled"
    assert progress.feed('{"id":"api","text":"Skipped - Image is already being pulled by worker"}') == (
        "api Skipped - Image is already being pulled by worker"
    )
    assert progress.feed('{"id":"aaaaaaaaaaaa","parent_id":"web","text":"Verifying Checksum"}') == ""
    assert progress.feed('{"level":"warning","msg":"version is obsolete"}') == "version is obsolete"
    assert progress.feed("{broken") == "{broken"
    assert not progress.failures


@pytest.mark.parametrize(
    "line",
    [
        " web Error manifest unknown",
        " Image web Error manifest unknown",
        '{"id":"web","text":"Error","status":"manifest unknown"}',
        '{"id":"Image web","status":"Error","text":"manifest unknown"}',
        '{"id":"Image web","status":"Error","text":"Error","details":"manifest unknown"}',
    ],
)
def test_failures(line: str) -> None:
    progress = PullProgress()
    assert "web Error manifest unknown" in progress.feed(line)
    assert progress.feed('{"error":true,"message":"manifest unknown"}') == "manifest unknown"
    assert progress.failures == ["web: manifest unknown"]


def test_compose_5() -> None:
    progress = PullProgress()
    progress.feed('{"id":"Image nginx:latest","status":"Working","text":"Pulling"}')
    assert (progress.images_done, len(progress.images)) == (0, 1)
    done = progress.feed('{"id":"Image nginx:latest","status":"Done","text":"Pulled"}')
    assert done == "Image nginx:latest Pulled"
    assert progress.images_done == 1
