"""Starting, following and stopping the detached jobs of this computer (see ``local_job``)."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import installer
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.hosts.base import JobOutput, JobSpec
from installer.hosts.framing import new_token
from installer.hosts.jobs.log import EXIT, LOG, PID, TOKEN, JobLog
from installer.hosts.local.files import create_file, file_errors, read_file, write_file
from installer.hosts.local.job_runner import LOCK, SPEC, STOP, WHOLE, spec_text, try_lock
from installer.hosts.local.process import end_group

STOP_SECONDS = 10.0
_START_SECONDS = 15.0
_POLL = 0.1
#: Bytes of a log that are read at once.
_PIECE = 1 << 20
_DETACHED: dict[str, Any]
if sys.platform == "win32":
    _DETACHED = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
else:
    _DETACHED = {"start_new_session": True}


class _Runner(subprocess.Popen[bytes]):
    """Started by this process, and outlives it on purpose: no warning when it is forgotten."""

    def __del__(self) -> None:
        pass


#: only to collect them when they end
_started: list[_Runner] = []


def start(spec: JobSpec, env: Mapping[str, str], docker_env: Mapping[str, str]) -> None:
    """Make the folder and start the runner; returns when it runs (or is done already)."""
    folder = Path(spec.folder)
    token = new_token()
    with file_errors(spec.folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        if (folder / PID).exists():
            raise InstallError(
                Code.HOST_COMMAND_FAILED, {"command": spec.id}, detail="there is a job already"
            )
        write_file(str(folder / SPEC), spec_text(spec, docker_env, token).encode(), 0o600)
        write_file(str(folder / TOKEN), f"{token}\n".encode(), 0o600)
        create_file(str(folder / LOG), b"", 0o600)
        create_file(str(folder / LOCK), b"", 0o600)
        with (folder / LOG).open("ab") as log:
            process = _Runner(
                _runner_command(spec.folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=Path(installer.__file__).parent.parent,
                env=_runner_environment(env),
                **_DETACHED,
            )
    _collect(process)
    end = time.monotonic() + _START_SECONDS
    while True:
        # asked first: a short one may end between the two looks
        over = process.poll() is not None or time.monotonic() > end
        if (folder / PID).exists():
            return
        if over:
            detail = (read_file(str(folder / LOG), 4096) or b"").decode("utf-8", "replace")
            raise InstallError(Code.HOST_COMMAND_FAILED, {"command": spec.id}, detail=detail)
        time.sleep(0.01)


def follow(folder: str, offset: int, cancel: CancelToken) -> Iterator[JobOutput]:
    """The log from *offset* to the job's end."""
    token = (read_file(str(Path(folder, TOKEN)), None) or b"").decode().strip()
    if not token:
        raise InstallError(Code.JOB_VANISHED, {"folder": folder})
    with file_errors(folder), Path(folder, LOG).open("rb") as log:
        parser = JobLog(token, offset=offset, last=_last_mark(log.read(offset), token))
        while True:
            ended, code = _ending(folder)
            data = log.read(_PIECE)  # after the look at its state: nothing written before its end is missed
            yield from parser.feed(data)
            if ended and not data:
                yield from parser.end(code)
                return
            if not data:
                cancel.wait(_POLL)


def running(folder: str) -> bool:
    """Whether the runner holds its lock and has not left its exit code: with that the work is over, even if
    the process takes a moment to go."""
    _collect()
    if Path(folder, EXIT).exists():
        return False
    try:
        with Path(folder, LOCK).open("rb") as lock:
            return not try_lock(lock, shared=True)
    except OSError:
        return False


def stop(folder: str) -> None:
    """End the job's process group; no error if it is not running. A stage that is ``whole`` is let end."""
    if not running(folder):
        return
    Path(folder, STOP).touch()
    while Path(folder, WHOLE).exists() and running(folder):
        time.sleep(_POLL)
    pid = read_file(str(Path(folder, PID)), None)
    if pid and running(folder):  # else the pid may be another process's by now
        end_group(int(pid), STOP_SECONDS, reap=_collect)
    _collect()


def _ending(folder: str) -> tuple[bool, int | None]:
    """Whether the job is over, and its exit code (None: it vanished)."""
    alive = running(folder)
    text = (read_file(str(Path(folder, EXIT)), None) or b"").decode().strip()
    if text:
        return True, int(text)
    return not alive, None


def _last_mark(log: bytes, token: str) -> str:
    """The last marker line in *log*."""
    at = log.rfind(f"{token} ".encode())
    return "" if at < 0 else log[at:].split(b"\n", 1)[0].decode("utf-8", "replace")


def _runner_command(folder: str) -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, "--job-runner", folder]
    return [sys.executable, "-m", "installer.hosts.local.job_runner", folder]


def _runner_environment(env: Mapping[str, str]) -> dict[str, str]:
    """A frozen program that starts itself must unpack its own libraries (PyInstaller manual, "Run-time
    information: starting another instance")."""
    more = {"PYINSTALLER_RESET_ENVIRONMENT": "1"} if getattr(sys, "frozen", False) else {}
    return {**env, **more}


def _collect(*new: _Runner) -> None:
    """Remember *new* runners, forget those that ended."""
    _started[:] = [process for process in [*_started, *new] if process.poll() is None]
