"""Which images are whose, and which of them nobody needs."""

from __future__ import annotations

from typing import Any

from installer.facts.model import Record
from installer.operations.space import images_of, profiles_in_use

PULLED = [
    "langgenius/dify-api:1.13.3",
    "langgenius/dify-api:1.16.1",
    "nginx:latest@sha256:aa",
    "semitechnologies/weaviate:1.19",
]
RECORD = Record("1.16.1", "dify", "", 0, {"services": ["api", "nginx"], "pulled": PULLED})
NEEDED = frozenset({"langgenius/dify-api:1.16.1", "nginx:latest@sha256:aa", "redis:6-alpine"})


def image(n: int, tags: list[str], digests: list[str] | None = None, size: int = 100) -> dict[str, Any]:
    return {
        "Id": f"sha256:{n:064x}",
        "RepoTags": tags,
        "RepoDigests": digests or [],
        "Size": size,
        "Created": 1,
    }


def used(n: int, name: str, project: str = "dify", of: str = "x") -> dict[str, Any]:
    return {
        "ImageID": f"sha256:{n:064x}",
        "Names": [f"/{name}"],
        "Image": of,
        "Labels": {"com.docker.compose.project": project},
    }


def test_what_an_upgrade_left_is_free_and_nothing_else() -> None:
    listed = [
        image(1, ["langgenius/dify-api:1.16.1"]),
        image(2, ["langgenius/dify-api:1.13.3"], size=900),
        image(3, ["<none>:<none>"], ["nginx@sha256:aa"]),
        image(4, ["<none>:<none>"], ["nginx@sha256:bb"]),
        image(5, ["postgres:15"]),
        image(6, ["redis:6-alpine"]),
        image(7, ["semitechnologies/weaviate:1.19"]),
        image(8, ["langgenius/dify-api:0.9"]),
    ]
    containers = [used(1, "dify-api-1"), used(8, "theirs", "other")]
    found = {i.names[0]: i for i in images_of(listed, containers, RECORD, NEEDED)}
    free = {name for name, i in found.items() if i.free}
    assert free == {"langgenius/dify-api:1.13.3", "nginx@sha256:bb", "semitechnologies/weaviate:1.19"}
    assert found["langgenius/dify-api:1.16.1"].used_by == ("dify-api-1",)
    assert found["langgenius/dify-api:0.9"].used_by == ("theirs",), "somebody else's container needs it"
    assert found["redis:6-alpine"].ours and not found["redis:6-alpine"].free, "its container is only gone"
    assert not found["postgres:15"].ours
    assert next(iter(found)) == "langgenius/dify-api:1.13.3", "the largest first"


def test_what_renews_certificates_is_needed_while_it_does() -> None:
    """Its service stands in a profile that nobody activates otherwise."""
    record = Record("1.16.1", "dify", "", 0, {"pulled": ["certbot/certbot:latest"]})
    env = {"COMPOSE_PROFILES": "weaviate,postgresql"}
    assert profiles_in_use(env, record) == env and profiles_in_use({}, record) == {}
    renewing = Record("1.16.1", "dify", "", 0, {**record.data, "renewal": {"unit": "x"}})
    assert profiles_in_use(env, renewing) == {"COMPOSE_PROFILES": "weaviate,postgresql,certbot"}
    assert profiles_in_use({}, renewing) == {"COMPOSE_PROFILES": "certbot"}
    listed = [image(1, ["certbot/certbot:latest"])]
    assert images_of(listed, [], record, NEEDED)[0].free
    assert not images_of(listed, [], renewing, NEEDED | {"certbot/certbot"})[0].free


def test_an_image_without_a_name() -> None:
    (found,) = images_of([image(255, [])], [], RECORD, NEEDED)
    assert found.names == ("000000000000",) and not found.ours
