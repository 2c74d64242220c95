"""Changing an installation: under its lock, with its journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from installer.cancel import Cancelled
from installer.errors import InstallError
from installer.hosts.base import Host
from installer.journal import Journal
from installer.lock import Lock
from installer.secrets import Redactor
from installer.settings import Answers


@contextmanager
def working(
    host: Host, answers: Answers, client: str, redact: Redactor, what: str, **fields: Any
) -> Iterator[tuple[Lock, Journal]]:
    """Make the folders, take the lock, note *what* (with *fields*) and how it ended.

    Raises ``InstallError(INSTALLATION_LOCKED)`` if somebody else works there.
    """
    host.make_folder(answers.docker_folder)
    host.make_folder(answers.state_folder, mode=0o700)
    with Lock(host, answers.state_folder, client) as lock:
        journal = Journal(host, answers.state_folder, redact)
        journal.add(what, who=lock.data.who, **fields)
        try:
            yield lock, journal
        except Cancelled:
            with suppress(InstallError):
                journal.add("cancelled")
            raise
        except InstallError as e:
            # a full disk or a lost line must not hide what went wrong
            with suppress(InstallError):
                journal.add("failed", code=e.code.value, params=dict(e.params), detail=e.detail)
            raise
        journal.add("done")
