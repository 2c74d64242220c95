"""Following what others began: their living job, or their work without one."""

from __future__ import annotations

import time

from installer.apply.jobs import follow
from installer.apply.lock import LockData, job_folder, stale
from installer.apply.locked_change import Operation
from installer.core.errors import InstallError
from installer.core.events import StepFinished, StepStarted

STEP = "attach"
POLL_SECONDS = 1.0


def attach(operation: Operation, folder: str, *, ours: bool) -> None:
    """Follow the job in *folder* to its end. Its failure is not ours: the plan looks at what is left.

    A cancel ends a job of *ours* (started by this computer); another one's is only followed no more.
    """
    operation.emit(StepStarted(step=STEP))
    try:
        follow(operation, folder, late=True, ours=ours)
    except InstallError as e:
        if e.code.startswith(("ssh.", "sudo.")):
            raise
    operation.emit(StepFinished(step=STEP, changed=True))


def follow_others(operation: Operation) -> bool:
    """Until no client is at work there: a running job is followed, everything else waited for. Whether there
    was a client."""
    host, emit, client = operation.host, operation.emit, operation.client
    state_folder = operation.answers.state_folder
    there, waits = False, False
    while True:
        lock = LockData.parse(host.read_file(f"{state_folder}/lock") or b"")
        folder = job_folder(state_folder, lock.job) if lock and lock.job else ""
        if lock and folder and host.job_running(folder):
            if waits:
                emit(StepFinished(step=STEP, changed=False))
            attach(operation, folder, ours=lock.client == client)
            there, waits = True, False
        elif lock is None or stale(lock, client, time.time()):
            if waits:
                emit(StepFinished(step=STEP, changed=False))
            return there
        elif not waits:
            emit(StepStarted(step=STEP))
            there = waits = True
        operation.cancel.wait(POLL_SECONDS)
