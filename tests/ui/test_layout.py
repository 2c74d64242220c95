"""No clipped or overlapping text on any page, at the smallest sizes, in every language and scale."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("scale", "language", "sizes"),
    [
        # where room is scarcest; ``./test --all`` looks at every scale with every language at both sizes
        pytest.param("1.5", "pseudo", ["--smallest"], id="usual"),
        *(
            pytest.param(scale, language, [], marks=pytest.mark.slow)
            for scale in ("1", "1.25", "1.5")
            for language in ("en", "ja", "pseudo")
        ),
    ],
)
@pytest.mark.timeout(300)
def test_every_page_fits(scale: str, language: str, sizes: list[str]) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
    command = [sys.executable, "-m", "tests.ui.layout_check", "--language", language, *sizes]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1]["looked"] > 50
    found = [f"{x['state']} {x['size']}: {x['finding']}" for x in lines[:-1]]
    assert not found, "\n".join(found)
