"""The set-up that ``./run`` and ``./test`` share."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SETUP = Path(__file__).resolve().parents[2] / ".ci" / "setup.sh"
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="bash")


def test_an_active_environment_is_not_made_from_itself(tmp_path: Path) -> None:
    """It is removed before it is made anew."""
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("python3.13", "python3.12", "python3.11", "python3.14", "python3"):
        (programs / name).write_text("#!/bin/sh\nexit 0\n")
        (programs / name).chmod(0o755)
    env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "PYTHON": ""}
    env.pop("VIRTUAL_ENV", None)
    script = f'. "{SETUP}"; cd "{tmp_path}"; find_python'
    done = subprocess.run(["bash", "-c", script], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() and not done.stdout.startswith(str(programs))
