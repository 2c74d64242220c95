"""Run stages as a detached job, follow it, and turn its log into events.

A job belongs to the installation, not to this process: it is named in the lock before it starts, so
that the next client (a restarted program, another computer) finds and follows it.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from installer.acme.explain import explain
from installer.acme.stages import DRY_RUN, ISSUE
from installer.answers import Answers
from installer.apply.lock import REBOOTED, Lock, how_ended, job_folder
from installer.apply.locked_change import Operation
from installer.apply.pull_events import STEP as PULL
from installer.apply.pull_events import PullEvents
from installer.apply.repair import stage_error
from installer.core.cancel import Cancelled
from installer.core.errors import Code, InstallError
from installer.core.events import Emit, Finishing, Line, StepFailed, StepFinished, StepStarted
from installer.core.formatting import file_time
from installer.core.secrets import Redactor
from installer.core.step_names import WEBSERVER, WEBSERVER_OFF, repair_of, step_of
from installer.hosts.base import Host, JobEnd, JobLine, JobOutput, JobSpec, Stage, StageChange
from installer.hosts.jobs.log import stage_times
from installer.hosts.local.job_runner import STOP, WHOLE
from installer.release.services import probe

#: Output kept as evidence for an error.
KEPT_LINES = 30
#: Between two looks whether a package transaction has ended.
FINISHING_SECONDS = 1.0

Watch = Callable[[JobLine], None]


def stage_code(stage: str) -> Code:
    """The error code of a failed stage; ``STEP:SERVICE`` asks a service whether it answers."""
    if probe(stage.partition(":")[2]):
        return Code.DATABASE_NOT_READY
    if stage.startswith(("databases", "start")):
        return Code.START_FAILED
    if stage == f"{WEBSERVER}:test":
        return Code.WEBSERVER_BROKEN
    if step_of(stage) in (WEBSERVER, WEBSERVER_OFF):
        return Code.WEBSERVER_REFUSED
    return Code.ACTION_FAILED


@dataclass
class _Open:
    """The stage being followed."""

    step: str
    stage: str
    lines: deque[str]


class JobFollower:
    """Turns a job's output into events; ``finish`` says how it ended."""

    def __init__(self, emit: Emit, redact: Redactor) -> None:
        self._emit, self._redact = emit, redact
        self._open: _Open | None = None
        self._pull = PullEvents(emit, redact)
        self._failed: InstallError | None = None
        self._times: deque[tuple[str, float]] = deque()
        self._at: float | None = None

    def know(self, times: Iterable[tuple[str, float]]) -> None:
        """When the stages that are to come in the log began and ended (``job_times.stage_times``)."""
        self._times.extend(times)

    def take(self, entry: JobLine | StageChange) -> None:
        """One entry of the log."""
        if isinstance(entry, JobLine):
            self._line(entry)
        elif entry.exit_code is None:
            self._begin(entry.stage, self._time("begin"))
        else:
            self._at = self._time("end")
            self._end(entry.stage, entry.exit_code)

    def _time(self, word: str) -> float | None:
        """When that was, if the job noted it; else it is now."""
        while self._times:
            what, at = self._times.popleft()
            if what == word:
                return at
        return None

    def _begin(self, stage: str, at: float | None) -> None:
        step = step_of(stage)
        if self._open and self._open.step == step:
            self._open.stage = stage
            self._open.lines.clear()
            return
        self._close_step()
        self._open = _Open(step, stage, deque(maxlen=KEPT_LINES))
        self._emit(StepStarted(step=step, at=at or time.time()))

    def _line(self, entry: JobLine) -> None:
        text = self._redact(entry.text)
        step = step_of(entry.stage)
        if entry.stage == PULL:
            text = self._pull.line(text)
            if not text:
                return
        if self._open:
            self._open.lines.append(text)
        self._emit(Line(step=step, text=text))

    def _end(self, stage: str, exit_code: int) -> None:
        if stage == PULL:
            self._pull.report()
        if exit_code == 0:
            return
        lines = list(self._open.lines) if self._open else []
        self._failed = self._error(stage, exit_code, "\n".join(lines))
        self._fail_step(self._failed)

    def _error(self, stage: str, exit_code: int, output: str) -> InstallError:
        if repair_of(stage):
            return stage_error(stage, exit_code, output)
        if stage == PULL:
            return self._pull.error(exit_code, output)
        if stage in (DRY_RUN, ISSUE):
            return explain(output)
        code = stage_code(stage)
        service = stage.partition(":")[2] if code is Code.DATABASE_NOT_READY else ""
        params = {"exit_code": str(exit_code), "service": service, "stage": stage}
        return InstallError(code, params, detail=output)

    def _fail_step(self, error: InstallError) -> None:
        if self._open:
            at = self._at or time.time()
            self._emit(StepFailed(step=self._open.step, code=error.code, params=error.params, at=at))
            self._open = None

    def _close_step(self) -> None:
        if self._open:
            self._emit(StepFinished(step=self._open.step, changed=True, at=self._at or time.time()))
            self._open = None

    def report(self) -> None:
        """How far a download under way is; a log that is read at once tells it nowhere else."""
        if self._open and self._open.stage == PULL:
            self._pull.report()

    @property
    def step(self) -> str:
        """The step under way, "" before the first."""
        return self._open.step if self._open else ""

    def finish(self, end: JobEnd, *, rebooted: bool = False) -> None:
        """Raises what the job ended with; returns if it ended well. *rebooted*: the machine was restarted
        meanwhile."""
        if self._failed:
            raise self._failed
        if end.exit_code == 0:
            self._close_step()
            return
        error = InstallError(Code.JOB_REBOOTED if rebooted else Code.JOB_VANISHED)
        if end.exit_code is not None and self._open:  # a full disk had no room for the stage's last words
            error = self._error(self._open.stage, end.exit_code, "\n".join(self._open.lines))
        elif end.exit_code is not None:
            error = InstallError(Code.ACTION_FAILED, {"exit_code": str(end.exit_code)})
        self._fail_step(error)
        raise error


def follow(
    operation: Operation,
    folder: str,
    *,
    lock: Lock | None = None,
    watch: Watch | None = None,
    late: bool = False,
    ours: bool = True,
) -> None:
    """Follow the job in *folder* from its beginning to its end. *watch* sees every line; following waits
    for it. *late*: it was started by another client, or earlier; events then have its own times.

    A cancel ends the job on the target, too, unless the program only leaves or the job is not *ours*. Raises
    what the job failed with.
    """
    host, cancel = operation.host, operation.cancel
    follower = JobFollower(operation.emit, operation.redact)
    try:
        if late:
            follower.know(stage_times(host, folder))
        end = _until_end(host.follow_job(folder, cancel=cancel), follower, lock, watch)
        if end is not None:
            follower.finish(end, rebooted=end.exit_code is None and how_ended(host, folder) == REBOOTED)
    except (Cancelled, InstallError, OSError) as e:  # OSError: Ctrl-C ended the reader of our output first
        if not isinstance(e, Cancelled) and not cancel.cancelled:
            raise
        completed = False
        if ours and not cancel.leaving:
            completed = _stop(host, folder, follower.step, operation.emit)
            if lock:
                lock.job_ended()
        raise Cancelled(completed=completed) from e


def _until_end(
    entries: Iterable[JobOutput], follower: JobFollower, lock: Lock | None, watch: Watch | None
) -> JobEnd | None:
    for entry in entries:
        if isinstance(entry, JobEnd):
            if lock:
                lock.job_ended()
            return entry
        follower.take(entry)
        if watch and isinstance(entry, JobLine):
            watch(entry)
        if lock:
            lock.renew()
    return None


def _stop(host: Host, folder: str, step: str, emit: Emit) -> bool:
    """Whether the job had ended well before it was stopped."""
    try:
        stop(host, folder, step, emit)
        return how_ended(host, folder) == "0"
    except (InstallError, Cancelled) as e:  # it could not be stopped: the next client follows it
        raise Cancelled(still_running=True) from e


def stop(host: Host, folder: str, step: str, emit: Emit) -> None:
    """End the job in *folder*. A package transaction is let end first, and events tell for how long."""
    began = time.time()
    while host.read_file(f"{folder}/{WHOLE}") is not None and host.job_running(folder):
        host.write_file(f"{folder}/{STOP}", b"")
        emit(Finishing(step=step, seconds=time.time() - began))
        time.sleep(FINISHING_SECONDS)
    host.stop_job(folder)


def new_job(name: str) -> str:
    """A name for a job that no other has, in order of time."""
    return f"{name}-{file_time()}-{secrets.token_hex(3)}"


def job_spec(
    answers: Answers, job: str, stages: Iterable[Stage], env: Mapping[str, str] = MappingProxyType({})
) -> JobSpec:
    """*stages* as the job named *job*, which runs in the docker folder."""
    folder = job_folder(answers.state_folder, job)
    return JobSpec(id=job, folder=folder, cwd=answers.docker_folder, stages=tuple(stages), env=env)


def run_job(operation: Operation, spec: JobSpec, lock: Lock, watch: Watch | None = None) -> None:
    """Start *spec* under *lock* and follow it."""
    cancel = operation.cancel
    cancel.check()
    lock.renew(job=spec.id)
    try:
        operation.host.start_job(spec)
    except InstallError as e:
        if cancel.cancelled:  # it may have been started when the line was given up
            raise Cancelled(still_running=True) from e
        raise
    follow(operation, spec.folder, lock=lock, watch=watch)
    lock.renew(force=True)
