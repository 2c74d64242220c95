"""The data folder of the lab registry: all images under their real names, composed once per content.

Kept beside the raw images in the cache that all labs of a machine share, and only ever read by them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from dataclasses import asdict
from pathlib import Path

from .build import IMAGES, raw_folder, temporary_registry
from .composer import Layer, Registry, compose, tar_layer
from .imageplan import Image, padscale, plan
from .locks import held
from .place import CACHE, PREFIX, ROOT
from .releases import Release

STANDIN = Path(__file__).parent / "standin"
COMPOSER = Path(__file__).parent / "composer.py"
OWN = ("vps", "vps-bare", "pebble")  # run by the lab itself, pulled from its registry like any other
LAUNCHER = """#!/usr/bin/python3
import sys

sys.path.insert(0, "/opt/lab")
from standin.{0} import main

main()
"""
STAMP = "own-images"  # in a lab's run folder: the registry folder its images came from


def images(releases: list[Release]) -> list[Image]:
    return plan(releases) + [Image(f"dify-lab/{name}", "latest", name, 0) for name in OWN]


def overlay(raw: str) -> Layer | None:
    """Our own files on top of a raw image."""
    files: dict[str, tuple[bytes, int]] = {}
    links: dict[str, str] = {}
    for source in (raw, "vps-bare") if raw == "vps" else (raw,):
        base = IMAGES / source / "files"
        for path in sorted(p for p in base.rglob("*") if p.is_file()):
            content = path.read_bytes()
            mode = 0o755 if content.startswith(b"#!") else 0o644
            files[path.relative_to(base).as_posix()] = (content, mode)
    if raw.startswith("vps"):
        wanted = "etc/systemd/system/multi-user.target.wants/lab-boot.service"
        links[wanted] = "/etc/systemd/system/lab-boot.service"
    if raw == "standin":
        files |= _standin()
    return tar_layer(files, links) if files else None


def _standin() -> dict[str, tuple[bytes, int]]:
    files = {f"opt/lab/standin/{p.name}": (p.read_bytes(), 0o644) for p in sorted(STANDIN.glob("*.py"))}
    for name in ("standin", "celery", "flask"):
        module = {"standin": "roles"}.get(name, name)
        files[f"usr/local/bin/{name}"] = (LAUNCHER.format(module).encode(), 0o755)
    return files


def registry_key(releases: list[Release]) -> str:
    """Hash of everything the registry's content follows from."""
    wanted = [asdict(image) for image in images(releases)]
    layers = {raw: made.diff_id for raw in _raws(releases) if (made := overlay(raw)) is not None}
    parts = [raw_folder().name, json.dumps(wanted), json.dumps(layers), str(padscale()), COMPOSER.read_text()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _raws(releases: list[Release]) -> list[str]:
    return sorted({image.raw for image in images(releases)})


def ensure_registry(releases: list[Release]) -> Path:
    """The registry's data folder; composed from the raw images when this content was never made before."""
    folder = CACHE / f"registry-{registry_key(releases)}"
    with held(CACHE / f"{folder.name}.lock"):
        if not (folder / "done").is_file():
            draft = folder.with_name(folder.name + ".draft")
            shutil.rmtree(draft, ignore_errors=True)
            # blobs never change: links instead of copies
            shutil.copytree(raw_folder() / "registry", draft / "data", copy_function=os.link)
            sizes = _compose_all(draft / "data", releases)
            (draft / "sizes.json").write_text(json.dumps(sizes, indent=1))
            (draft / "done").write_text("")
            shutil.rmtree(folder, ignore_errors=True)
            draft.rename(folder)
        os.utime(folder)
    return folder


def _compose_all(data: Path, releases: list[Release]) -> dict[str, int]:
    sizes = {}
    overlays = {raw: overlay(raw) for raw in _raws(releases)}
    with temporary_registry(data) as port:
        registry = Registry("127.0.0.1", port)
        for image in images(releases):
            sizes[image.name] = compose(registry, image, overlays[image.raw], padscale())
        registry.close()
    return sizes


def in_use() -> set[str]:
    """Registry folders that a lab of this machine reads from."""
    return {path.read_text() for path in ROOT.glob(f"{PREFIX}*/run/{STAMP}")}


def prune() -> list[Path]:
    """Remove composed registries that no lab has used for two days, raw images after two weeks."""
    used, removed = in_use(), []
    for pattern, days in (("registry-*", 2), ("raw-*", 14)):
        for folder in CACHE.glob(pattern):
            old = folder.stat().st_mtime < time.time() - days * 86400
            if folder.is_dir() and folder.name not in used and old:
                shutil.rmtree(folder, ignore_errors=True)
                removed.append(folder)
    return removed
