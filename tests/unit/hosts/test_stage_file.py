"""A stage that makes a file, by a server's shell and by the runner of this computer."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from installer.hosts.base import JobLine, JobSpec, Part, Stage
from installer.hosts.jobs.log import JobLog
from installer.hosts.jobs.script import job_script
from installer.hosts.local import job_runner

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX shell and rights"),
    pytest.mark.parametrize("local", [False, True]),
]
_T = "f00dfeed"


def ran(folder: Path, stage: Stage, *, local: bool) -> tuple[str, list[str]]:
    """What the job left as its exit code, and the lines of its log."""
    spec = JobSpec("1", str(folder / "job"), str(folder), (stage,))
    job = folder / "job"
    job.mkdir()
    if local:
        (job / job_runner.SPEC).write_text(job_runner.spec_text(spec, {}, _T))
        job_runner.main(str(job))
        data = (job / "log").read_bytes()
    else:
        script = job_script(spec, _T).encode()
        data = subprocess.run(
            ["sh"], input=script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        ).stdout
    log = JobLog(_T)
    lines = [o.text for o in [*log.feed(data), *log.end(0)] if isinstance(o, JobLine)]
    return (job / "exit").read_text().strip(), lines


def test_made_of_its_parts(local: bool, tmp_path: Path) -> None:
    """A command that fails is replaced, and what it complains is no content."""
    parts = (
        Part(otherwise="head 'quoted' $HOME\n"),
        Part(("printf", r"%s\n", "{{said}}"), "not this\n"),
        Part(("sh", "-c", "echo complaint >&2; exit 3"), "instead\n"),
        Part(("no-such-program-here",), "nor that\n"),
    )
    stage = Stage("pull:pins", writes="made here.yaml", parts=parts)
    code, lines = ran(tmp_path, stage, local=local)
    file, text = tmp_path / "made here.yaml", ["head 'quoted' $HOME", "{{said}}", "instead", "nor that"]
    assert file.read_text().splitlines() == text
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert (code, lines[0], lines[-4:]) == ("0", "complaint", text)
    assert not (tmp_path / "made here.yaml.new").exists()


def test_what_cannot_be_written_takes_nothings_place(local: bool, tmp_path: Path) -> None:
    (tmp_path / "taken.new").mkdir()
    (tmp_path / "taken").write_text("stays")
    stage = Stage("pull:pins", writes="taken", parts=(Part(otherwise="x"),))
    code, lines = ran(tmp_path, stage, local=local)
    assert code not in ("", "0") and "taken.new" in " ".join(lines)
    assert (tmp_path / "taken").read_text() == "stays"
