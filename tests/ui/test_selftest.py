"""The self-test finds what is broken, and nothing in this checkout is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from installer.texts import LANGUAGES
from installer.views.panel import SECTIONS
from installer.views.wizard import PageId

ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    *("program", "modules", "libraries", "tables", "scripts"),
    *(f"texts {language}" for language in LANGUAGES),
    *("licences", "tls", "keyring", "window", "icons"),
    *(f"page {page.value}" for page in PageId),
    "dialogs",
    *(f"panel {section}" for section in SECTIONS),
)


def run_selftest(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """As people start it, with *folder* as the first place where Python looks for ``resources``."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment |= {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen", "PYTHONIOENCODING": "cp932"}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "ui", "--selftest", *more],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_everything_here_is_whole(tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    done = run_selftest(ROOT, "--report", str(report))
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(":")[0].removeprefix("ok").strip() for line in lines[:-1]] == list(PARTS)
    assert lines[-1] == f"{len(PARTS)} whole, 0 broken"
    assert report.read_text(encoding="utf-8").splitlines() == lines
    assert not done.stderr


#: (path, its text or None for no file, the part that fails)
BROKEN = (
    ("icons/box.svg", "<svg", "icons"),
    ("icons/info.svg", None, "page welcome"),
    ("scripts/probe.sh", "", "scripts"),
    ("folders.toml", "[", "tables"),
    ("texts/ja/ui/review.toml", None, "texts ja"),
)


@pytest.mark.parametrize(
    "broken", [BROKEN, *(pytest.param([one], id=one[0], marks=pytest.mark.slow) for one in BROKEN)]
)
def test_a_broken_resource_is_named(tmp_path: Path, broken: Sequence[tuple[str, str | None, str]]) -> None:
    shutil.copytree(ROOT / "resources", tmp_path / "resources")
    for path, text, _part in broken:
        if text is None:
            (tmp_path / "resources" / path).unlink()
        else:
            (tmp_path / "resources" / path).write_text(text, encoding="utf-8")
    report = tmp_path / "report.txt"
    done = run_selftest(tmp_path, "--report", str(report))
    assert done.returncode == 1, done.stdout + done.stderr
    failed = [line for line in done.stdout.splitlines() if line.startswith("failed")]
    named = {line.split(":")[0] for line in failed}
    assert {f"failed  {part}" for _path, _text, part in broken} <= named, done.stdout
    assert failed[0] in report.read_text(encoding="utf-8").splitlines()
