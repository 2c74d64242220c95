"""Following a detached job's log over a line that may break."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.hosts.base import MOST_OUTPUT, JobEnd, JobOutput
from installer.hosts.jobs import script
from installer.hosts.jobs.log import JobLog
from installer.hosts.limits import Limits
from installer.hosts.lines import Lines
from installer.hosts.ssh.pool import TRANSIENT
from installer.hosts.ssh.run import Runner
from installer.untrusted.values import whole

_WAITS = (1.0, 2.0, 4.0, 8.0, 15.0)
_KEPT_TEXTS = 50


def follow(
    runner: Runner, folder: str, offset: int, cancel: CancelToken, patience: float
) -> Iterator[JobOutput]:
    """Everything from *offset* to ``JobEnd``; continues from the same offset after a lost connection.

    *patience*: seconds without reaching the server after which its error is raised.
    """
    failures = 0
    last_good = time.monotonic()
    while True:
        try:
            for output in _once(runner, folder, offset, cancel):
                failures, last_good, offset = 0, time.monotonic(), output.offset
                yield output
                if isinstance(output, JobEnd):
                    return
        except InstallError as exc:
            if exc.code not in TRANSIENT or time.monotonic() - last_good > patience:
                raise
            if failures == 0:
                last_good = time.monotonic()
        cancel.wait(_WAITS[min(failures, len(_WAITS) - 1)])
        failures += 1


def _once(runner: Runner, folder: str, offset: int, cancel: CancelToken) -> Iterator[JobOutput]:
    """One follow command. Ends without ``JobEnd`` if the command ended too early."""
    limits = Limits(cancel)
    process = runner.start(script.follow(folder, offset), limits)
    notes = _Notes(offset)
    try:
        while (pieces := process.read(limits)) is not None:
            out, err = pieces
            notes.add(err)
            if notes.log is not None:
                held, notes.held = notes.held + out, b""
                yield from notes.log.feed(held)
            else:
                notes.hold(out)
    finally:
        process.close()  # its standard input ends, and so does the follow script
    if notes.log is None:
        raise InstallError(Code.JOB_VANISHED, {"folder": folder}, detail="\n".join(notes.texts))
    if notes.ended:
        yield from notes.log.end(notes.exit_code)


class _Notes:
    """What the follow script tells on standard error beside the log."""

    def __init__(self, offset: int) -> None:
        self._lines = Lines()
        self._offset = offset
        self._token = self._last = ""
        self.log: JobLog | None = None
        self.held = b""
        self.ended = False
        self.exit_code: int | None = None
        self.texts: deque[str] = deque(maxlen=_KEPT_TEXTS)

    def hold(self, data: bytes) -> None:
        """What came before it is known what it is. Raises ``InstallError(HOST_PROBE_FAILED)``."""
        self.held += data
        if len(self.held) > MOST_OUTPUT:
            detail = f"more than {MOST_OUTPUT} bytes of output"
            raise InstallError(Code.HOST_PROBE_FAILED, detail=detail)

    def add(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            word, _, rest = line.partition(" ")
            if word == "token":
                self._token = rest
            elif word == "last":
                self._last = rest
            elif line == "log":
                self.log = JobLog(self._token, offset=self._offset, last=self._last)
            elif word in {"exit", "gone"}:
                self.ended = True
                code = whole(rest.strip(), -1)
                self.exit_code = code if code >= 0 else None
            else:
                self.texts.append(line)
