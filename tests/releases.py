"""Release trees for tests: the project's own (always there) and real ones (where this machine has them)."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from installer.hosts.base import FileContent
from installer.release.archive import ReleaseTree
from installer.release.model import ReleaseModel, missing_mounts
from installer.release.version import Version

CHECKOUT = Path(__file__).resolve().parents[1]
SYNTHETIC = CHECKOUT / "tests" / "data" / "releases"
REAL = Path(os.environ.get("DIFY_RELEASES") or CHECKOUT.parent / "shared" / "dify")


def versions(folder: Path) -> tuple[str, ...]:
    """The releases in *folder*, oldest first."""
    found = (p.parent.name for p in folder.glob("*/docker") if Version.try_parse(p.parent.name))
    return tuple(sorted(found, key=Version.parse))


SYNTHETIC_VERSIONS = versions(SYNTHETIC)
REAL_VERSIONS = versions(REAL)


#: The real ones that every run looks at: both ends of the list and the middle. ``./test --all`` has all.
USUAL_VERSIONS = {*REAL_VERSIONS[:1], *REAL_VERSIONS[len(REAL_VERSIONS) // 2 :][:1], *REAL_VERSIONS[-1:]}


def of_release(version: str, *more: object, usual: bool = True) -> object:
    """A ``pytest.param`` about *version*, slow unless it is *usual* and so is the release."""
    there = usual and (version in SYNTHETIC_VERSIONS or version in USUAL_VERSIONS)
    return pytest.param(version, *more, marks=[] if there else [pytest.mark.slow])


def release_params() -> list[object]:
    """For ``parametrize``: every release; without real ones a skipped entry that says so."""
    if REAL_VERSIONS:
        return [of_release(version) for version in (*SYNTHETIC_VERSIONS, *REAL_VERSIONS)]
    skipped = pytest.param(
        "", marks=pytest.mark.skip(reason=f"no real Dify releases in {REAL} (DIFY_RELEASES)")
    )
    return [*SYNTHETIC_VERSIONS, skipped]


every_release = pytest.mark.parametrize("version", release_params())
needs_real = pytest.mark.skipif(not REAL_VERSIONS, reason=f"no real Dify releases in {REAL} (DIFY_RELEASES)")


def folder_of(version: str) -> Path:
    """The folder with the release's ``docker/``."""
    return (SYNTHETIC if version in SYNTHETIC_VERSIONS else REAL) / version


@cache
def tree_of(version: str) -> ReleaseTree:
    """The release as it is on disk; files that a set of real releases lacks are put in empty."""
    docker = folder_of(version) / "docker"
    paths = sorted(p for p in docker.rglob("*") if p.is_file())
    files = [FileContent(p.relative_to(docker).as_posix(), p.read_bytes(), _mode(p)) for p in paths]
    tree = ReleaseTree(version, tuple(files))
    missing = missing_mounts(tree, ReleaseModel.read(tree))
    files += [FileContent(path, b"#!/bin/sh\n", 0o755) for path in missing]
    return ReleaseTree(version, tuple(sorted(files, key=lambda f: f.path)))


@cache
def model_of(version: str) -> ReleaseModel:
    """The release's model."""
    return ReleaseModel.read(tree_of(version))


def _mode(path: Path) -> int:
    return 0o755 if path.stat().st_mode & 0o100 else 0o644
