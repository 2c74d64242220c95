"""Bytes from the log of a job that fetches images, as Engine 26.1.5 wrote it."""

from __future__ import annotations

import json

from installer.core.step_events import ImageBytes
from installer.docker.pull_output import PullProgress
from installer.docker.pulls import PullImage, plan_line

A, B, C, CONFIG = "a" * 12, "b" * 12, "c" * 12, "f" * 12


def plan(**images: list[tuple[str, int]]) -> str:
    return json.dumps({"images": images})


def layer(image: str, what: str, part: str, current: int = 0, total: int = 0) -> str:
    detail = {"current": current, "total": total} if total else {}
    return f"{image} {json.dumps({'status': what, 'progressDetail': detail, 'id': part})}"


def feed(*lines: str) -> tuple[PullProgress, list[tuple[int, int]], list[str]]:
    progress, seen, said = PullProgress(), [], []
    for line in lines:
        said.append(progress.feed(line))
        seen.append((progress.done, progress.total))
    return progress, seen, [text for text in said if text]


def test_sizes_that_are_known_make_the_total_from_the_beginning() -> None:
    progress, seen, said = feed(
        plan(web=[(CONFIG, 10), (A, 100), (B, 1000)], api=[(A, 100), (C, 500)]),
        'web {"status":"Pulling from langgenius/dify-web","id":"1.16.1"}',
        layer("web", "Pulling fs layer", A),
        layer("web", "Pulling fs layer", B),
        layer("api", "Already exists", C),
        layer("web", "Downloading", B, 400, 1000),
        layer("api", "Downloading", A, 60, 100),
        layer("web", "Downloading", A, 50, 100),
        layer("web", "Verifying Checksum", A),
        layer("api", "Download complete", A),
        layer("web", "Extracting", A, 3, 999),
        "tick",
        layer("web", "Pull complete", B),
        'web {"status":"Status: Downloaded newer image for langgenius/dify-web:1.16.1"}',
        "web done",
        "api done",
    )
    done = [d for d, _ in seen]
    assert done == sorted(done) and done[5:8] == [400, 460, 460] and done[8] == 500
    assert [t for _, t in seen[:5]] == [1610, 1610, 1610, 1610, 1110]  # C was there
    assert seen[-1] == (1100, 1100)
    assert progress.images == {"web": ImageBytes("done", 1100, 1100), "api": ImageBytes("done", 100, 100)}
    assert said == [
        "web: Pulling from langgenius/dify-web",
        "web: Status: Downloaded newer image for langgenius/dify-web:1.16.1",
    ]


def test_without_sizes_the_total_is_known_once_every_layer_has_begun() -> None:
    _, seen, _ = feed(
        plan(web=[], api=[(C, 500)]),
        layer("api", "Already exists", C),
        layer("web", "Pulling fs layer", A),
        layer("web", "Pulling fs layer", B),
        layer("web", "Downloading", A, 50, 100),
        layer("web", "Downloading", B, 5, 10),
    )
    assert [t for _, t in seen] == [0, 0, 0, 0, 0, 110]


def test_a_second_try_does_not_fall_back() -> None:
    progress, seen, said = feed(
        plan(web=[(A, 100), (B, 1000)]),
        layer("web", "Download complete", A),
        layer("web", "Downloading", B, 700, 1000),
        'web {"errorDetail":{"message":"unexpected EOF"},"error":"unexpected EOF"}',
        "web again 2",
        layer("web", "Already exists", A),
        layer("web", "Pulling fs layer", B),
        layer("web", "Downloading", B, 10, 1000),
    )
    assert [d for d, _ in seen][2:] == [800] * 6
    assert progress.total == 1100
    assert said == ["web: unexpected EOF", "web: again in 2 s"]
    assert progress.failed == ("", "")
    progress.feed('web {"message":"toomanyrequests: wait"}')
    progress.feed("web failed")
    assert progress.failed == ("web", "toomanyrequests: wait")
    assert progress.images["web"].state == "failed"


def test_an_image_that_is_there_counts_nothing() -> None:
    progress, _, _ = feed(
        plan(web=[(CONFIG, 10), (A, 100)], api=[(C, 500)]),
        'web {"status":"Status: Image is up to date for web:1"}',
        "web done",
    )
    assert (progress.done, progress.total) == (0, 500)


def test_containerd_s_store_says_nothing_of_layers_that_are_there() -> None:
    """Engine 26.1.5 with ``containerd-snapshotter``; bytes come by the mebibyte."""
    complete = '{"status":"Download complete","progressDetail":{"hidecounts":true},"id":"%s"}'
    _, seen, _ = feed(
        plan(sandbox=[(CONFIG, 10), (A, 48_163_500), (C, 4_055_373)]),
        layer("sandbox", "Pulling fs layer", C),
        layer("sandbox", "Downloading", C, 1_048_576, 4_055_373),
        f"sandbox {complete % C}",
        'sandbox {"status":"Status: Downloaded newer image for langgenius/dify-sandbox:0.2.12"}',
        "sandbox done",
    )
    assert seen[2] == (1_048_576, 52_218_883) and seen[-1] == (4_055_373, 4_055_373)


def test_the_client_tells_layers_without_bytes() -> None:
    """Where it has a login: ``docker pull`` of Docker's client 26.1.5, not on a terminal."""
    progress, seen, said = feed(
        plan(web=[(CONFIG, 10), (A, 100), (B, 1000)]),
        "web 1.16.1: Pulling from langgenius/dify-web",
        f"web {A}: Pulling fs layer",
        f"web {B}: Pulling fs layer",
        f"web {B}: Verifying Checksum",
        f"web {B}: Download complete",
        f"web {B}: Pull complete",
        f"web {A}: Download complete",
        "web Digest: sha256:7d4a",
        "web Status: Downloaded newer image for langgenius/dify-web:1.16.1",
        "web done",
    )
    assert [d for d, _ in seen] == [*[0] * 4, *[1000] * 3, *[1100] * 4]
    assert said[1:] == [
        "web: Digest: sha256:7d4a",
        "web: Status: Downloaded newer image for langgenius/dify-web:1.16.1",
    ]
    progress.feed("web Error response from daemon: no such host")
    progress.feed("web failed")
    assert progress.failed == ("web", "Error response from daemon: no such host")


def test_what_is_not_understood_is_passed_on() -> None:
    _, seen, said = feed('{"images":5}', "sh: docker: not found", plan(web=[]), "web {broken")
    assert said == ['{"images":5}', "sh: docker: not found", "web {broken"]
    assert {*seen} == {(0, 0)}


def test_the_plan_names_layers_as_the_engine_does() -> None:
    digest = "sha256:" + "0123456789abcdef" * 4
    line = plan_line([PullImage("web", "docker.io/web", "1", "", ((digest, 7),)), PullImage("x", "x", "1")])
    progress, _, _ = feed(line, layer("web", "Downloading", "0123456789ab", 5, 7))
    assert progress.done == 5 and progress.images["x"].total == 0
