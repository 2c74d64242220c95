"""Detached jobs on this computer. Run as a program, this module *is* the detached runner.

Same files as on a server (``job_log``): ``log``, ``pid``, ``exit``, ``token``, and ``job.json`` instead of
a script. Whether the runner lives is shown by a lock that it holds on ``lock``: that works on every platform,
survives no reboot, and a reused process id cannot fake it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from installer.docker.pulls import PullImage
from installer.hosts.base import JobSpec, Part, Stage
from installer.hosts.jobs.log import EXIT, LOG, PID, TIMES, begin_mark, end_mark
from installer.hosts.jobs.script import HOPELESS_LOOKS, RETRY_WAIT_SECONDS, SOON_SECONDS, SOON_WAIT_SECONDS
from installer.hosts.local.programs import find_program, finish
from installer.untrusted.json import loads

#: ``WHOLE`` is there while a stage runs that must not be ended half-way, ``STOP`` asks to end after it.
LOCK, SPEC, WHOLE, STOP, BOOT = "lock", "job.json", "whole", "stop", "boot"
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
STOPPED = -1


def spec_text(spec: JobSpec, docker_env: Mapping[str, str], token: str) -> str:
    """``job.json``. *docker_env*: variables that choose the Docker, set beside what is kept."""
    data = asdict(spec)
    data["env"] = {**docker_env, **spec.env}
    return json.dumps({**data, "token": token}, ensure_ascii=False)


def try_lock(file: IO[Any], *, shared: bool = False) -> bool:
    """Take the lock on an open file if it is free; those who only look take it *shared*."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.flock(file.fileno(), kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class _Runner:
    """Runs the stages of one job."""

    def __init__(self, folder: Path, data: Mapping[str, Any], log: IO[bytes]) -> None:
        self._folder = folder
        self._log = log
        self._token = str(data["token"])
        self._cwd = str(data["cwd"])
        self._stages = [_stage(stage) for stage in data["stages"]]
        kept = {name.upper() for name in data["keep"]}
        inherited = {name: value for name, value in os.environ.items() if name.upper() in kept}
        self._env = {**inherited, **data["env"]}

    def run(self) -> int:
        """All stages; the exit code of the first that fails, or 0."""
        for number, stage in enumerate(self._stages):
            code = self._stage(number, stage)
            if code != 0:
                return code
        return 0

    def _stage(self, number: int, stage: Stage) -> int:
        whole = self._folder / WHOLE
        if stage.whole:
            whole.touch()
        if (self._folder / STOP).exists():
            return STOPPED
        self._note("begin")
        self._say(begin_mark(self._token, number, stage.name))
        code = self._attempt(stage)
        self._note("end")
        self._say(end_mark(self._token, number, code, stage.name))
        whole.unlink(missing_ok=True)
        return code

    def _attempt(self, stage: Stage) -> int:
        began = time.monotonic()
        end = began + stage.retry_seconds
        quiet = stage.keep_quiet and stage.retry_seconds > 0
        lost = 0
        while True:
            code, output = self._do(stage, quiet=quiet)
            over = code == 0 or time.monotonic() >= end
            lost = lost + 1 if not over and self._hopeless(stage) else 0
            if over or lost >= HOPELESS_LOOKS:
                self._log.write(output)
                return code
            time.sleep(SOON_WAIT_SECONDS if time.monotonic() - began < SOON_SECONDS else RETRY_WAIT_SECONDS)

    def _hopeless(self, stage: Stage) -> bool:
        return bool(stage.hopeless and self._once(stage.hopeless, quiet=True, errors=subprocess.DEVNULL)[1])

    def _do(self, stage: Stage, *, quiet: bool) -> tuple[int, bytes]:
        if stage.pulls:
            from installer.hosts.local.pull import pull  # late: docker-py

            return pull(stage.pulls, self._env, lambda line: _line(self._log, line)), b""
        return self._write(stage) if stage.writes else self._once(stage.argv, quiet=quiet)

    def _write(self, stage: Stage) -> tuple[int, bytes]:
        """Make the file of *stage*; exit code and the file's text."""
        pieces = []
        for part in stage.parts:
            code, said = self._once(part.argv, quiet=True, errors=self._log) if part.argv else (1, b"")
            pieces.append(said if code == 0 else part.otherwise.encode())
        path, text = Path(self._cwd, stage.writes), b"".join(pieces)
        try:
            draft = path.with_name(f"{path.name}.new")
            draft.write_bytes(text)
            draft.chmod(0o644)
            draft.replace(path)
        except OSError as exc:
            return 1, f"{exc}\n".encode()
        return 0, text

    def _once(
        self, argv: Sequence[str], *, quiet: bool, errors: IO[bytes] | int = subprocess.STDOUT
    ) -> tuple[int, bytes]:
        """Exit code and, if *quiet*, the output (else it is in the log already)."""
        program = find_program(argv[0], self._env)
        if program is None:
            self._log.write(f"{argv[0]}: not found\n".encode())
            return 127, b""
        options: dict[str, Any] = {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}
        try:
            done = finish(
                [program, *argv[1:]],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if quiet else self._log,
                stderr=errors,
                cwd=self._cwd,
                env=self._env,
                **options,
            )
        except OSError as exc:
            self._log.write(f"{exc}\n".encode())
            return 126, b""
        code = done.returncode if done.returncode >= 0 else 128 - done.returncode
        return code, done.stdout or b""

    def _note(self, word: str) -> None:
        with (self._folder / TIMES).open("a", encoding="utf-8") as times:
            times.write(f"{word} {int(time.time())}\n")  # rounded down, as `date +%s` does on a server

    def _say(self, mark: str) -> None:
        self._log.write(f"\n{mark}\n".encode())


def main(folder: str) -> int:
    """The runner: run the job in *folder* and leave its exit code there."""
    here = Path(folder)
    data = loads((here / SPEC).read_text(encoding="utf-8"))
    with (here / LOCK).open("ab") as lock, (here / LOG).open("ab", buffering=0) as log:
        while not try_lock(lock):  # another process checks whether this one lives
            time.sleep(0.01)
        _note_boot(here)
        _place(here / PID, f"{os.getpid()}\n")
        code = _Runner(here, data, log).run()
        if code != STOPPED:  # as on a server: a job that was stopped has no exit code
            _place(here / EXIT, f"{code}\n")
    return code


def _note_boot(here: Path) -> None:
    """Which run of the machine this is, where it says so (Linux)."""
    try:
        _place(here / BOOT, BOOT_ID.read_text(encoding="utf-8"))
    except OSError:
        return


def _stage(data: Mapping[str, Any]) -> Stage:
    """A stage as ``job.json`` holds it."""
    parts = tuple(Part(tuple(part["argv"]), part["otherwise"]) for part in data["parts"])
    pulls = tuple(
        PullImage(**{**pull, "parts": tuple((digest, size) for digest, size in pull["parts"])})
        for pull in data["pulls"]
    )
    lists = {name: tuple(data[name]) for name in ("argv", "hopeless")}
    return Stage(**{**data, **lists, "parts": parts, "pulls": pulls})


def _line(log: IO[bytes], line: str) -> None:
    log.write(f"{line}\n".encode())


def _place(path: Path, text: str) -> None:
    draft = path.with_name(path.name + ".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
