"""Reading a file refuses what is no regular file: a FIFO without a writer would block for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from installer.hosts import file_scripts
from installer.hosts.base import Command
from tests.shells import SHELLS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="FIFOs of POSIX")

READS: dict[str, Callable[[str], Command]] = {
    "whole": lambda path: file_scripts.read(path, None),
    "beginning": lambda path: file_scripts.read(path, 5),
    "end": lambda path: file_scripts.read_end(path, 5),
}


def run(shell: str, command: Command) -> subprocess.CompletedProcess[str]:
    words = (*SHELLS[shell], *command.argv[1:]) if command.argv[0] == "sh" else command.argv
    environment = {**os.environ, "LC_ALL": "C"}
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=5)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("kind", READS)
def test_a_server_reads_regular_files_alone(tmp_path: Path, shell: str, kind: str) -> None:
    fifo, file = tmp_path / "fifo", tmp_path / "-n $(x)"
    os.mkfifo(fifo)
    file.write_text("12345")
    done = run(shell, READS[kind](str(fifo)))
    assert done.returncode != 0 and "not a regular file" in done.stderr
    done = run(shell, READS[kind](str(file)))
    assert (done.returncode, done.stdout) == (0, "12345")
    done = run(shell, READS[kind](str(tmp_path / "none")))
    assert done.returncode != 0 and file_scripts.MISSING_TEXTS[0] in done.stderr


@pytest.mark.parametrize("read", ["read_file", "read_end", "checksum_of", "jobs"])
def test_this_computer_reads_regular_files_alone(tmp_path: Path, read: str) -> None:
    fifo = tmp_path / "job" / "exit"
    fifo.parent.mkdir()
    os.mkfifo(fifo)
    calls = {
        "read_file": f"local_files.read_file({str(fifo)!r}, None)",
        "read_end": f"local_files.read_end({str(fifo)!r}, 9)",
        "checksum_of": f"facts_files.checksum_of(Path({str(fifo)!r}))",
        "jobs": f"print(facts_files._jobs(Path({str(tmp_path)!r})))",
    }
    code = (
        "from pathlib import Path\nfrom installer.facts.local import files as facts_files\n"
        f"from installer.hosts.local import files as local_files\n{calls[read]}"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=20
    )
    if read == "jobs":
        assert (done.returncode, done.stdout.strip()) == (0, "")
    else:
        assert "not a regular file" in done.stderr
