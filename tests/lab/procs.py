"""Running programs, keeping daemons, and finding what belongs to this lab again.

Nothing is ever stopped by a program's name. A process is ours if a pid file with its start time says so,
if its environment carries ``DIFY_LAB_ID=<id>`` or if it lives in this lab's control group.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from .errors import LabError

MARKER = "DIFY_LAB_ID"


def run(
    command: Sequence[str | Path],
    *,
    check: bool = True,
    stdin: str | bytes | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = 600,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run to the end with captured output; LabError with the last lines when it fails."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    words = [str(word) for word in command]
    raw = subprocess.run(
        words,
        input=data,
        stdin=subprocess.DEVNULL if data is None else None,
        capture_output=True,
        env=None if env is None else dict(env),
        timeout=timeout,
        cwd=cwd,
        check=False,
    )
    out, err = raw.stdout.decode(errors="replace"), raw.stderr.decode(errors="replace")
    if check and raw.returncode:
        tail = "\n".join((err or out).strip().splitlines()[-15:])
        raise LabError(f"{' '.join(words)[:300]}: exit {raw.returncode}\n{tail}")
    return subprocess.CompletedProcess(words, raw.returncode, out, err)


def start_time(pid: int) -> str | None:
    """Ticks since boot at which *pid* started: together with the pid it names one process for ever."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


class Daemon:
    """A process in the background, known by a pid file with its start time and what it was made from."""

    def __init__(self, pid_file: Path, log_file: Path, lab: str) -> None:
        self.pid_file, self.log_file, self.lab = pid_file, log_file, lab

    def start(self, command: Sequence[str | Path], key: str, env: Mapping[str, str] | None = None) -> int:
        """Not by subprocess: its object would complain when it is forgotten while the child runs on."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        words = ["env", "--chdir=/", *(str(word) for word in command)]
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        pid = os.posix_spawn(
            "/usr/bin/env",
            words,
            {**(env or os.environ), MARKER: self.lab},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(self.log_file), flags, 0o644),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )
        self.pid_file.write_text(json.dumps({"pid": pid, "started": start_time(pid), "key": key}))
        return pid

    def pid(self) -> int | None:
        """The pid if that very process still runs."""
        note = self._note()
        pid = note.get("pid")
        return pid if isinstance(pid, int) and start_time(pid) == note.get("started") else None

    def key(self) -> str:
        """What the running process was made from (sources, options)."""
        return str(self._note().get("key", ""))

    def _note(self) -> dict[str, object]:
        try:
            note = json.loads(self.pid_file.read_text())
        except (OSError, ValueError):
            return {}
        return note if isinstance(note, dict) and note.get("started") else {}

    def stop(self, grace: float = 20) -> None:
        pid = self.pid()
        if pid is not None:
            terminate([pid], grace)
        self.pid_file.unlink(missing_ok=True)


def terminate(pids: Sequence[int], grace: float) -> None:
    """SIGTERM, and SIGKILL for what is still there after *grace* seconds. Reaps own children."""
    alive = {pid: start_time(pid) for pid in pids}
    for sig, wait in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        alive = {pid: at for pid, at in alive.items() if at is not None and start_time(pid) == at}
        for pid in alive:
            _kill(pid, sig)
        wait_until(partial(_all_gone, alive), wait)
    for pid in pids:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def _all_gone(processes: Mapping[int, str | None]) -> bool:
    return not any(start_time(pid) == at for pid, at in processes.items())


def _kill(pid: int, sig: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, sig)


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Poll *condition*; False when time is up."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def belonging(lab: str, cgroup: str) -> list[int]:
    """Processes of this lab that run now, by the environment they inherited or their control group."""
    mark, found = f"{MARKER}={lab}".encode(), []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            ours = mark in (folder / "environ").read_bytes().split(b"\0")
            ours = ours or f"/{cgroup}/" in (folder / "cgroup").read_text()
        except OSError:
            continue
        if ours:
            found.append(int(folder.name))
    return found
