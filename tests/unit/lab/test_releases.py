"""Archives in GitHub's shape, and which releases are listed."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from installer.release.verify import load_release
from tests.lab import releases
from tests.lab.imageplan import plan, split_reference
from tests.lab.releases import Release, archive, listed, tree, with_images

COMPOSE = """
services:
  api:
    image: langgenius/dify-api:7.0.0
  {database}:
    image: postgres:15-alpine
  kibana:
    image: docker.elastic.co/kibana/kibana:8.14.3
"""


def make(folder: Path, tag: str, database: str = "db_postgres") -> None:
    docker = folder / tag / "docker"
    docker.mkdir(parents=True)
    (docker / "docker-compose.yaml").write_text(COMPOSE.format(database=database))
    (docker / "start.sh").write_text("#!/bin/sh\n")


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "real"
    for tag in ("7.0.0", "7.10.0", "7.9.0"):
        make(folder, tag)
    monkeypatch.setenv("DIFY_RELEASES", str(folder))
    monkeypatch.setenv("LAB_TAGS", "7.0.0 7.10.0 7.9.0")
    monkeypatch.setattr(releases, "CHECKOUT", tmp_path)
    make(tmp_path / "tests" / "data" / "releases", "99.0.0", "db")
    return folder


def test_real_releases_hide_synthetic_ones_in_the_list(real: Path) -> None:
    assert [release.tag for release in listed()] == ["7.10.0", "7.9.0", "7.0.0"]


def test_without_real_ones_the_synthetic_are_listed(real: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIFY_RELEASES", str(real / "nothing"))
    assert [release.tag for release in listed()] == ["99.0.0"]


def test_the_one_with_all_stores_is_run_only_where_there_is_no_real_one(
    real: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tag in (releases.WHOLE, *releases.NEVER_RUN):
        make(real.parent / "tests" / "data" / "releases", tag)
    assert {r.tag for r in with_images() if not r.real} == {"99.0.0"}
    monkeypatch.setenv("DIFY_RELEASES", str(real / "nothing"))
    assert {r.tag for r in with_images()} == {"99.0.0", releases.WHOLE}


def test_scripts_are_added_to_real_trees_only(real: Path) -> None:
    added = tree(Release("7.0.0", real / "7.0.0", True))
    assert added["nginx/docker-entrypoint.sh"][1] == 0o755
    assert "nginx/docker-entrypoint.sh" not in tree(Release("7.0.0", real / "7.0.0", False))


def test_the_archive_has_one_top_folder_and_is_reproducible(real: Path) -> None:
    release = Release("7.0.0", real / "7.0.0", True)
    data = archive(release)
    assert data == archive(release)
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        members = {member.name: member for member in tar.getmembers()}
    assert {name.split("/")[0] for name in members} == {"dify-7.0.0"}
    assert members["dify-7.0.0/docker"].isdir()
    assert members["dify-7.0.0/docker/start.sh"].mode == 0o775
    assert members["dify-7.0.0/docker/docker-compose.yaml"].mode == 0o664


@pytest.mark.parametrize(
    "release", [r for r in releases.available() if not r.real], ids=lambda release: release.tag
)
def test_the_program_accepts_every_made_up_release(release: Release, tmp_path: Path) -> None:
    """Every file that its Compose file mounts is there, and its images have its version."""
    file = tmp_path / "release.tar.gz"
    file.write_bytes(archive(release))
    assert load_release(file)[0].version == release.tag


@pytest.mark.parametrize(
    ("reference", "wanted"),
    [
        ("nginx", ("library/nginx", "latest")),
        ("postgres:15-alpine", ("library/postgres", "15-alpine")),
        ("docker.elastic.co/kibana/kibana:8.14.3", ("kibana/kibana", "8.14.3")),
        ("localhost:5000/a/b", ("a/b", "latest")),
        ("${IMAGE:-langgenius/dify-api:1.2.3}", ("langgenius/dify-api", "1.2.3")),
    ],
)
def test_references_lose_their_host(reference: str, wanted: tuple[str, str]) -> None:
    assert split_reference(reference) == wanted


def test_the_api_s_user_follows_from_the_release(real: Path) -> None:
    new = {image.repository: image for image in plan([Release("7.0.0", real / "7.0.0", True)])}
    assert new["langgenius/dify-api"].user == "1001"
    assert new["kibana/kibana"].env["LAB_PORTS"] == "5601"
    synthetic = real.parent / "tests" / "data" / "releases" / "99.0.0"
    old = {image.repository: image for image in plan([Release("99.0.0", synthetic, False)])}
    assert old["langgenius/dify-api"].user is None
