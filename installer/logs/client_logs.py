"""Logs of several containers by Docker's client alone, where no POSIX script runs: twin of ``logs.sh``."""

from __future__ import annotations

import queue
import re
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.hosts.base import Command, Host

#: Between looks whether a container runs again.
AGAIN_SECONDS = 1.0
_POLL = 0.1
_SHORT_SECONDS = 20.0
#: Not the "no such file" of a socket that is not there.
_GONE = re.compile(r"no such (container|object)", re.IGNORECASE)
_STATE = "{{.State.Running}} {{.State.FinishedAt}}"
_STREAMS = {"stdout": "o", "stderr": "e"}


@dataclass(frozen=True)
class Entry:
    """A container to read: its id, and since when (empty: from the beginning)."""

    container: str
    since: str


def run(
    host: Host,
    entries: tuple[Entry, ...],
    take: Callable[[str, str], None],
    *,
    follow: bool,
    tail: str,
    cancel: CancelToken | None,
) -> int:
    """Give each line to *take* in this thread, in the form of ``logs.sh`` (stream is always ``stdout``).

    The exit code: 1 if docker failed for a container that is still there. ``Cancelled`` when cancelled.
    """
    if not entries:
        return 0
    lines: queue.Queue[str] = queue.Queue()
    token = CancelToken()
    reader = _Reader(host, lines.put, tail, token)
    work = reader.again if follow else reader.once
    with ThreadPoolExecutor(len(entries), thread_name_prefix="logs") as pool:
        futures = [pool.submit(work, number, entry) for number, entry in enumerate(entries)]
        try:
            if cancel is None:
                _deliver(lines, futures, take)
            else:
                with cancel.on_cancel(token.cancel):
                    _deliver(lines, futures, take)
        finally:
            token.cancel()
    if cancel is not None:
        cancel.check()
    return 0 if all(future.result() for future in futures) else 1


def _deliver(lines: queue.Queue[str], futures: list[Future[bool]], take: Callable[[str, str], None]) -> None:
    while True:
        over = all(future.done() for future in futures)  # first: nothing that came before is missed
        try:
            take("stdout", lines.get(timeout=0 if over else _POLL))
        except queue.Empty:
            if over:
                return


@dataclass(frozen=True)
class _Reader:
    host: Host
    put: Callable[[str], None]
    tail: str
    cancel: CancelToken

    def once(self, number: int, entry: Entry) -> bool:
        """The lines so far; whether docker did not fail, or the container is gone."""
        code = self._logs(number, entry.container, f"--tail={self.tail}", *_since(entry.since))
        return code == 0 or self._state(entry.container) == "gone"

    def again(self, number: int, entry: Entry) -> bool:
        """Follow, each time that it runs, until it is gone; the first time also what it has left."""
        now, since, tail = "true ", entry.since, self.tail
        first = True
        while now != "gone":
            if not now:
                return False
            if now.startswith("true"):
                if not first:
                    self.put(f"{number} r")
                first = False
                code = self._logs(number, entry.container, "--follow", f"--tail={tail}", *_since(since))
                now = self._state(entry.container)
                if code != 0 and now != "gone":
                    return False
                since, tail = now.partition(" ")[2], "all"
                if since.startswith("0001-"):  # it never ended yet
                    since = ""
            if now != "gone":
                self.cancel.wait(AGAIN_SECONDS)
                now = self._state(entry.container)
        return True

    def _logs(self, number: int, container: str, *options: str) -> int:
        command = Command(("docker", "logs", "--timestamps", *options, container))

        def line(stream: str, text: str) -> None:
            self.put(f"{number} {_STREAMS[stream]} {text}")

        return self.host.run(command, cancel=self.cancel, on_line=line).exit_code

    def _state(self, container: str) -> str:
        """``true TIME`` or ``false TIME`` (running, end of its last run), ``gone``; empty when docker cannot
        tell."""
        asked = ("docker", "inspect", "--type", "container", "--format", _STATE, container)
        try:
            said = self.host.run(Command(asked), cancel=self.cancel, timeout=_SHORT_SECONDS)
        except InstallError as exc:
            if exc.code is Code.HOST_TIMEOUT:
                return "false "  # a busy Engine: to be asked again
            raise
        if said.exit_code == 0:
            return said.text.strip()
        return "gone" if _GONE.search(said.errors) else ""


def _since(since: str) -> tuple[str, ...]:
    return (f"--since={since}",) if since else ()
