"""Runs ``docker compose config`` (needs no engine) for tests that compare with the real program."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest


@cache
def compose_version() -> str:
    """The version, empty without the program."""
    if shutil.which("docker") is None:
        return ""
    found = subprocess.run(
        ["docker", "compose", "version", "--short"], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() if found.returncode == 0 else ""


needs_compose = pytest.mark.skipif(not compose_version(), reason="no docker compose program here")


def compose_config(
    folder: Path, files: Mapping[str, str | bytes], program: Sequence[str] = ("docker", "compose")
) -> Any:
    """What Compose (*program*) makes of *files*, unescaped; fails with its message."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    env = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME")}
    argv = [*program, "config", "--format", "json"]
    done = subprocess.run(
        argv, cwd=folder, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stderr
    return _unescaped(json.loads(done.stdout))


def _unescaped(value: Any) -> Any:
    """``config`` writes ``$`` as ``$$`` so that its output can be read again."""
    if isinstance(value, str):
        return value.replace("$$", "$")
    if isinstance(value, list):
        return [_unescaped(v) for v in value]
    if isinstance(value, dict):
        return {k: _unescaped(v) for k, v in value.items()}
    return value
