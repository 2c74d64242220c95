"""The releases that tests look at: the project's own, made up, and how one is read.

Whoever uses real ones, where this machine has them, imports ``tests.real_releases``.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from installer.core.version import Version
from installer.hosts.base import FileContent
from installer.release.archive import ReleaseTree
from installer.release.model import ReleaseModel, missing_mounts

CHECKOUT = Path(__file__).resolve().parents[1]
SYNTHETIC = CHECKOUT / "tests" / "data" / "releases"
REAL = Path(os.environ.get("DIFY_RELEASES") or CHECKOUT.parent / "shared" / "dify")
#: Those with all stores and services elsewhere. NEW has everything that today's releases have, in their
#: layout with ``envs/``; OLD has one long ``.env.example``, the database's old name, and fewer variables.
#: 98.0.0 and 99.0.0 are the same two layouts with three stores.
OLD, NEW = "96.0.0", "97.0.0"


def versions(folder: Path) -> tuple[str, ...]:
    """The releases in *folder*, oldest first."""
    found = (p.parent.name for p in folder.glob("*/docker") if Version.try_parse(p.parent.name))
    return tuple(sorted(found, key=Version.parse))


SYNTHETIC_VERSIONS = versions(SYNTHETIC)


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
    if version in SYNTHETIC_VERSIONS:
        return tree
    missing = missing_mounts(tree, ReleaseModel.read(tree))
    files += [FileContent(path, b"#!/bin/sh\n", 0o755) for path in missing]
    return ReleaseTree(version, tuple(sorted(files, key=lambda f: f.path)))


@cache
def model_of(version: str) -> ReleaseModel:
    """The release's model."""
    return ReleaseModel.read(tree_of(version))


def _mode(path: Path) -> int:
    return 0o755 if path.stat().st_mode & 0o100 else 0o644
