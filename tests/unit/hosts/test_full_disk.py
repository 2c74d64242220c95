"""A job on a disk that fills up still leaves how it ended."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from installer.hosts.base import JobSpec, Stage
from installer.hosts.jobs.script import job_script

#: In a mount namespace of its own: a disk of 256 kB at $1, the job's script on standard input.
_RUN = """
mount -t tmpfs -o size=256k tmpfs "$1" || exit 99
mkdir "$1/job" && cd "$1/job" && cat >job.sh && : >log
sh ./job.sh >>log 2>&1
cat exit
"""


@pytest.mark.parametrize("code", [0, 137])
def test_the_exit_code_has_its_room(tmp_path: Path, code: int) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("no namespaces here")
    fill = f"cat /dev/zero >{tmp_path}/zeros; exit {code}"
    stage = Stage("start", ("sh", "-c", fill))
    spec = JobSpec(id="j", folder=f"{tmp_path}/job", cwd="/", stages=(stage,))
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", _RUN, "sh", str(tmp_path)],
        input=job_script(spec, "T"),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode == 99 or "Operation not permitted" in done.stderr:
        pytest.skip("no mounts for this user")
    assert done.stdout == f"{code}\n" + "\n" * (8 - len(str(code)) - 1), done.stderr
