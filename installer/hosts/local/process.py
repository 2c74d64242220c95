"""Running a program on this computer and ending its process tree."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from installer.hosts.base import Command, OnLine, Result
from installer.hosts.limits import Limits
from installer.hosts.lines import Collector
from installer.hosts.local.programs import find_program, finish, start, system_program

KILL_AFTER_SECONDS = 5.0
_POLL = 0.1
_CHUNK = 1 << 16
_WAITING = 64

#: Popen options that give a program its own process group and no console window
GROUP: dict[str, Any]
if sys.platform == "win32":
    GROUP = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
else:
    GROUP = {"start_new_session": True}

_Piece = tuple[str, bytes | None]  # stream, data (None: ended)


def run_local(command: Command, env: Mapping[str, str], limits: Limits, on_line: OnLine | None) -> Result:
    """Run to the end. A missing program is exit code 127, as a shell says it."""
    limits.check()
    program = find_program(command.argv[0], env)
    if program is None:
        return Result(127, b"", f"{command.argv[0]}: not found".encode())
    try:
        process = start(
            [program, *command.argv[1:]],
            stdin=subprocess.PIPE if command.stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=command.cwd,
            env=dict(env),
            **GROUP,
        )
    except OSError as exc:  # not executable, no such working folder
        return Result(126, b"", str(exc).encode())
    # a program that prints faster than its lines are taken waits, instead of filling the memory
    pieces: queue.Queue[_Piece] = queue.Queue(_WAITING)
    threads = _pump(process, command.stdin, pieces)
    try:
        return _collect(process, pieces, limits, on_line)
    except BaseException:
        end_group(process.pid, reap=process.poll)
        raise
    finally:
        _finish(process, threads, pieces)


def _pump(
    process: subprocess.Popen[bytes], stdin: bytes | None, pieces: queue.Queue[_Piece]
) -> list[threading.Thread]:
    """Threads for the three pipes: reading one at a time could deadlock."""

    def read(name: str, pipe: IO[bytes]) -> None:
        while data := os.read(pipe.fileno(), _CHUNK):
            pieces.put((name, data))
        pieces.put((name, None))

    def write(pipe: IO[bytes], data: bytes) -> None:
        with suppress(OSError), pipe:  # a program that does not read its input is its own business
            pipe.write(data)

    assert process.stdout is not None and process.stderr is not None  # noqa: S101
    threads = [
        threading.Thread(target=read, args=("stdout", process.stdout), daemon=True),
        threading.Thread(target=read, args=("stderr", process.stderr), daemon=True),
    ]
    if stdin and process.stdin is not None:
        threads.append(threading.Thread(target=write, args=(process.stdin, stdin), daemon=True))
    for thread in threads:
        thread.start()
    return threads


def _collect(
    process: subprocess.Popen[bytes], pieces: queue.Queue[_Piece], limits: Limits, on_line: OnLine | None
) -> Result:
    collector = Collector(on_line)
    running = {"stdout", "stderr"}
    while running or process.poll() is None:
        limits.check()
        try:
            name, data = pieces.get(timeout=_POLL if running else 0.01)
        except queue.Empty:
            continue
        if data is None:
            running.discard(name)
        elif name == "stdout":
            collector.add(data, b"")
        else:
            collector.add(b"", data)
    return collector.result(process.returncode)


def _finish(
    process: subprocess.Popen[bytes], threads: list[threading.Thread], pieces: queue.Queue[_Piece]
) -> None:
    process.wait()
    end = time.monotonic() + 2
    while any(thread.is_alive() for thread in threads) and time.monotonic() < end:
        with suppress(queue.Empty):  # a thread may wait for room
            pieces.get(timeout=0.01)
    for pipe, thread in zip((process.stdout, process.stderr), threads, strict=False):
        if pipe is not None and not thread.is_alive():
            pipe.close()


def end_group(
    pid: int, after: float = KILL_AFTER_SECONDS, *, reap: Callable[[], object] = lambda: None
) -> None:
    """End the process group led by *pid* with all its descendants: TERM, after *after* seconds KILL.

    Returns when nothing of it is left. No error if there is nothing. *reap* collects our own children.
    """
    if sys.platform == "win32":
        finish([system_program("taskkill.exe"), "/T", "/F", "/PID", str(pid)], capture_output=True, **GROUP)
    else:
        for number, seconds in ((signal.SIGTERM, after), (signal.SIGKILL, KILL_AFTER_SECONDS)):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, number)
            end = time.monotonic() + seconds
            while _group_lives(pid) and time.monotonic() < end:
                time.sleep(0.02)
                reap()
            if not _group_lives(pid):
                return


if sys.platform != "win32":

    def _group_lives(group: int) -> bool:
        """Whether a process group has a member that is not a zombie (it may never be reaped)."""
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return sys.platform != "darwin"  # there it means: only zombies
        states = _states(group)
        return states is None or any(state != "Z" for state in states)


def _states(group: int) -> list[str] | None:
    """States of the group's members from /proc (proc(5): pid (comm) state ppid pgrp …); None without it."""
    if not Path("/proc/self").is_dir():
        return None
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            text = path.read_text(encoding="utf-8", errors="replace")
            state, _parent, member = text.rpartition(")")[2].split()[:3]
            if int(member) == group:
                found.append(state)
    return found
