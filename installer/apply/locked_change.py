"""Changing an installation: under its lock, with its journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from installer.answers import Answers
from installer.apply.lock import Lock, LockData, how_ended, job_folder
from installer.apply.trusted import ensure
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import InstallError
from installer.core.events import Emit, TookOver
from installer.core.secrets import Redactor
from installer.hosts.base import Host
from installer.state.journal import Journal

#: Of a failure so many causes are noted, and so many characters of a line that proves one.
CAUSES, LINE = 3, 400


@dataclass(frozen=True)
class Operation:
    """Work on the installation of *answers* on *host*. *client*: this computer's id, *emit* gets the events,
    *redact* takes secrets out of what is said and noted."""

    host: Host
    answers: Answers
    client: str
    emit: Emit
    redact: Redactor
    cancel: CancelToken


@contextmanager
def working(
    operation: Operation, what: str, *, explain: Callable[[InstallError], None] | None = None, **fields: Any
) -> Iterator[tuple[Lock, Journal]]:
    """Make the folders, take the lock, note *what* (with *fields*) and how it ended: of a failure also what
    *explain* finds for it. A lock that was taken over from another client is noted, and reported by an event.

    Before and after the folders are created their owners are checked: they may have changed since the probe.
    Raises ``InstallError(INSTALLATION_LOCKED)`` if another client works there, and what ``ensure`` raises.
    """
    host, answers = operation.host, operation.answers
    ensure(host, answers)
    host.make_folder(answers.docker_folder)
    host.make_folder(answers.state_folder, mode=0o700)
    ensure(host, answers, made=True)
    with Lock(host, answers.state_folder, operation.client) as lock:
        journal = Journal(host, answers.state_folder, operation.redact)
        if lock.former is not None:
            tell_former(operation, lock.former, journal)
        journal.add(what, who=lock.data.who, **fields)
        try:
            yield lock, journal
        except Cancelled:
            with suppress(InstallError):
                journal.add("cancelled", part=what)
            raise
        except InstallError as e:
            # a full disk or a lost line must not hide what went wrong
            with suppress(InstallError):
                if operation.cancel.cancelled:  # what was ended looks like a failure
                    journal.add("cancelled", part=what)
                else:
                    if explain is not None:
                        explain(e)
                    journal.add("failed", **why(e))
            raise
        journal.add("done")


def why(error: InstallError) -> dict[str, Any]:
    """An error as a journal keeps it, with what was found to be its cause."""
    known = {"code": error.code.value, "params": dict(error.params), "detail": error.detail}
    found = [
        {"code": f.code, "service": f.service, "lines": [line[:LINE] for line in f.lines]}
        for f in error.known_failures[:CAUSES]
    ]
    return {**known, "findings": found} if found else known


def tell_former(operation: Operation, former: LockData, journal: Journal) -> None:
    """Whose lock was left behind, and what became of the job under it."""
    folder = job_folder(operation.answers.state_folder, former.job)
    ended = how_ended(operation.host, folder) if former.job else ""
    journal.add("took_over", who=former.who, since=former.since, job=former.job, ended=ended)
    operation.emit(
        TookOver(step=former.step, who=former.who, since=former.since, job=former.job, ended=ended)
    )
