"""Names of images, and what manifests say."""

from __future__ import annotations

import pytest

from installer.registry.manifests import Blob, Reference, architecture, blobs_of, digest_for
from tests.unit.registry.samples import digest, listing, manifest

SHA = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("image", "url", "moving"),
    [
        (
            "langgenius/dify-api:1.16.1",
            "https://registry-1.docker.io/v2/langgenius/dify-api/manifests/1.16.1",
            False,
        ),
        ("redis", "https://registry-1.docker.io/v2/library/redis/manifests/latest", True),
        ("nginx:latest", "https://registry-1.docker.io/v2/library/nginx/manifests/latest", True),
        ("docker.io/library/redis:6", "https://registry-1.docker.io/v2/library/redis/manifests/6", False),
        ("ghcr.io/a/b/c:1", "https://ghcr.io/v2/a/b/c/manifests/1", False),
        ("registry.example.jp:5000/x", "https://registry.example.jp:5000/v2/x/manifests/latest", True),
        (f"a/b@{SHA}", f"https://registry-1.docker.io/v2/a/b/manifests/{SHA}", False),
        (f"a/b:1@{SHA}", f"https://registry-1.docker.io/v2/a/b/manifests/{SHA}", False),
    ],
)
def test_where_a_manifest_is(image: str, url: str, moving: bool) -> None:
    reference = Reference.parse(image)
    assert reference.urls() == (url,) and reference.moving is moving


@pytest.mark.parametrize("image", ["", "-x.io/y", "https://a/b"])
def test_no_name_of_an_image(image: str) -> None:
    with pytest.raises(ValueError, match=f"^{image}$"):
        Reference.parse(image)


def test_mirrors_are_for_docker_hub_alone() -> None:
    mirrors = ["https://mirror.example.jp/", "http://10.0.0.1:5000"]
    assert Reference.parse("redis:6").urls(mirrors) == (
        "https://mirror.example.jp/v2/library/redis/manifests/6",
        "http://10.0.0.1:5000/v2/library/redis/manifests/6",
        "https://registry-1.docker.io/v2/library/redis/manifests/6",
    )
    assert Reference.parse("ghcr.io/a/b:1").urls(mirrors, SHA) == (f"https://ghcr.io/v2/a/b/manifests/{SHA}",)


def test_the_parts_of_an_image() -> None:
    assert blobs_of(manifest(c=10, a=1000, b=0)) == (
        Blob(digest("c"), 10),
        Blob(digest("a"), 1000),
        Blob(digest("b"), 0),
    )


OLD = b'{"schemaVersion":1,"fsLayers":[{"blobSum":"sha256:1"}]}'


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>", b"[]", b"{}", b"null", b"[" * 100_000, OLD),
        listing({"linux/amd64": SHA}),
        b'{"config":{"digest":"sha256:1","size":1},"layers":[{"digest":"sha256:2"}]}',
        b'{"config":{"digest":"sha256:1","size":1},"layers":[{"digest":"sha256:2","size":-1}]}',
        b'{"config":{"digest":"sha256:1","size":true},"layers":[]}',
        b'{"config":{"digest":"sha256:1","size":1}}',
    ],
)
def test_what_is_no_image_is_not_known(body: bytes) -> None:
    assert blobs_of(body) is None


def test_the_platform_in_a_list() -> None:
    body = listing({"windows/amd64": digest("w"), "linux/arm64": digest("m"), "linux/amd64": digest("x")})
    assert digest_for(body, "amd64") == digest("x")
    assert digest_for(body, "arm64") == digest("m")
    assert digest_for(body, "riscv64") is None is digest_for(manifest(c=1), "amd64")
    assert digest_for(b'{"manifests":[1,{"platform":2},{}]}', "amd64") is None


@pytest.mark.parametrize(
    ("machine", "name"), [("x86_64", "amd64"), ("AMD64", "amd64"), ("aarch64", "arm64"), ("arm64", "arm64")]
)
def test_processor_types(machine: str, name: str) -> None:
    assert architecture(machine) == name
