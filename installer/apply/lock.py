"""One lock per installation, so that two people never change it at once.

The lock is a file on the target, created exclusively. It names who holds it, until when, and the
detached job that works under it: a job that is alive keeps the lock whatever happened to its client.
A lock is stale when its job is over and its holder is either this very computer's dead process or
has not renewed it in time.
"""

from __future__ import annotations

import getpass
import json
import os
import platform
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from installer.core.errors import Code, InstallError
from installer.core.formatting import moment
from installer.hosts.base import Host
from installer.untrusted.json import loads
from installer.untrusted.values import integer, timestamp

if TYPE_CHECKING:
    from installer.facts.model import Facts

#: Long enough for clocks that differ by minutes.
LEASE_SECONDS = 300.0
RENEW_AFTER = 30.0
#: How often it is tried to take one that others give back or take at the same time.
_TRIES = 5
#: Bytes; ours have some hundred.
_LARGEST = 1 << 16
BOOT_ID = "/proc/sys/kernel/random/boot_id"
VANISHED, REBOOTED = "vanished", "rebooted"


@dataclass(frozen=True)
class LockData:
    """What the lock file says. Times are seconds since the epoch by the holder's clock."""

    token: str
    client: str
    who: str
    pid: int
    since: float
    until: float
    job: str = ""
    step: str = ""

    @classmethod
    def parse(cls, text: str | bytes) -> LockData | None:
        """The lock, None if the text is not one (half-written)."""
        try:
            d = loads(text)
            return cls(
                token=str(d["token"]),
                client=str(d["client"]),
                who=str(d["who"]),
                pid=integer(d["pid"]),
                since=timestamp(d["since"]),
                until=timestamp(d["until"]),
                job=str(d.get("job", "")),
                step=str(d.get("step", "")),
            )
        except (ValueError, KeyError, TypeError):
            return None

    def dump(self) -> bytes:
        """The file's content."""
        return (json.dumps(asdict(self)) + "\n").encode()


def process_alive(pid: int) -> bool:
    """Whether a process of this computer has that id."""
    if pid <= 0:
        return False
    if os.name == "nt":
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)  # type: ignore[attr-defined]
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)  # type: ignore[attr-defined]
        return bool(handle)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def stale(lock: LockData, client: str, now: float, alive: Callable[[int], bool] = process_alive) -> bool:
    """Whether *lock* may be taken over, its job being over: its lease ran out, or its holder was a process
    of this very computer that is gone."""
    if now > lock.until:
        return True
    here = lock.client == client and lock.who.rpartition("@")[2] == platform.node()
    return here and (lock.pid == os.getpid() or not alive(lock.pid))


class Lock:
    """Our hold on one installation, as a context manager. ``renew`` it while working.

    While a job of ours may be alive the lock is not released: the next client finds the job by it.
    """

    def __init__(self, host: Host, folder: str, client: str) -> None:
        self._host, self._path, self._client = host, f"{folder}/lock", client
        self._folder = folder
        now = time.time()
        self.data = LockData(
            token=secrets.token_hex(8),
            client=client,
            who=f"{_user()}@{platform.node()}",
            pid=os.getpid(),
            since=now,
            until=now + LEASE_SECONDS,
        )
        self._renewed = now
        #: Whose lock was left behind, if there was one.
        self.former: LockData | None = None

    def take(self) -> None:
        """Take it. Raises ``InstallError(INSTALLATION_LOCKED)`` naming the holder."""
        other = None
        for _ in range(_TRIES):
            if self._host.create_file(self._path, self.data.dump()):
                return
            text = self._read()
            if text is None:
                continue  # given back meanwhile
            other = LockData.parse(text)
            if other is not None and self._in_use(other):
                break
            if self._host.swap_file(self._path, text, self.data.dump()):  # of all that see it, one gets it
                self.former = other
                return
        raise self._locked(other)

    def _locked(self, holder: LockData | None) -> InstallError:
        """Who it is, since when, and what they are at."""
        if holder is None:
            return InstallError(
                Code.INSTALLATION_LOCKED, {"who": "?", "since": "-", "step": "", "progress": ""}
            )
        since = moment(holder.since)
        step, progress = holder.step, ""
        if holder.job:
            from installer.apply.job_now import now_at  # late: it follows jobs, which know locks

            step, progress = now_at(self._host, job_folder(self._folder, holder.job)) or (step, "")
        params = {"who": holder.who, "since": since, "step": step, "progress": progress}
        return InstallError(Code.INSTALLATION_LOCKED, params)

    def _read(self) -> bytes | None:
        return self._host.read_file(self._path, limit=_LARGEST)

    def _in_use(self, other: LockData) -> bool:
        if other.job and self._host.job_running(job_folder(self._folder, other.job)):
            return True
        return not stale(other, self._client, time.time())

    def __enter__(self) -> Lock:
        self.take()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Give it back. Its own failure must not hide what went wrong before."""
        if self.data.job:
            return
        if error is None:
            self.release()
        else:
            with suppress(InstallError):
                self.release()

    def renew(self, *, job: str | None = None, step: str = "", force: bool = False) -> None:
        """Extend the lease, at most every half minute unless the job or the step changes.

        Raises ``InstallError(INSTALLATION_LOCKED)`` if another client took it over meanwhile. A full disk
        ends no job: what works there has its own word to say about it.
        """
        now = time.time()
        step = step or self.data.step
        if job is None and step == self.data.step and not force and now - self._renewed < RENEW_AFTER:
            return
        self._renewed = now
        job = self.data.job if job is None else job
        named = job != self.data.job
        before, self.data = self.data, replace(self.data, until=now + LEASE_SECONDS, job=job, step=step)
        try:
            lost = self._exchange(before, self.data.dump())
        except InstallError as error:
            if named or error.code is not Code.HOST_FILE_FAILED:
                raise
            return
        if lost is not None:
            raise lost

    def job_ended(self) -> None:
        """The job is known to be over."""
        self.data = replace(self.data, job="")

    def release(self) -> None:
        """Give it back, if it is still ours."""
        self._exchange(self.data, None)

    def _exchange(self, before: LockData, after: bytes | None) -> InstallError | None:
        """Put *after* in the place of our lock (None: remove it). The error that says whose it is now, if it
        is not ours any more; one that is gone is made again, as it was removed by hand."""
        if self._host.swap_file(self._path, before.dump(), after):
            return None
        text = self._read()
        if text is None:
            if after is None or self._host.create_file(self._path, after):
                return None
            text = self._read() or b""
        holder = LockData.parse(text)
        ours = holder is not None and holder.token == self.data.token
        # ours: the answer to an earlier exchange was lost, or it failed on a full disk
        if ours and self._host.swap_file(self._path, text, after):
            return None
        return self._locked(holder)


def how_ended(host: Host, folder: str) -> str:
    """How the job in *folder* ended, as ``events.TookOver`` says it."""
    code = (host.read_file(f"{folder}/exit", limit=20) or b"").decode("utf-8", "replace").strip()
    if code:
        return code
    former = (host.read_file(f"{folder}/boot", limit=100) or b"").decode("utf-8", "replace").strip()
    if not former:
        words = (host.read_file(f"{folder}/pid", limit=200) or b"").decode("utf-8", "replace").split()
        former = words[2] if len(words) > 2 else ""
    now = (host.read_file(BOOT_ID, limit=100) or b"").decode("utf-8", "replace").strip() if former else ""
    return REBOOTED if former and now and former != now else VANISHED


def job_folder(state_folder: str, job: str) -> str:
    """Where job *job* keeps its log and state."""
    return f"{state_folder}/jobs/{job}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "?"


def job_unfinished(facts: Facts) -> bool:
    """Whether *facts* were gathered while the lock's job had not ended: what it started last may be half in
    them, a port without its container."""
    lock = LockData.parse(facts.lock)
    return lock is not None and bool(lock.job) and lock.job not in facts.jobs
