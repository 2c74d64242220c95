"""When work must stop: cancelled, or too late."""

from __future__ import annotations

import time
from dataclasses import dataclass

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError


@dataclass(frozen=True)
class Limits:
    """When to stop waiting: a token and a point of ``time.monotonic`` (None: never), for *what*."""

    cancel: CancelToken
    deadline: float | None = None
    what: str = ""

    @classmethod
    def of(cls, cancel: CancelToken | None, timeout: float | None, what: str = "") -> Limits:
        """*timeout* seconds from now."""
        return cls(cancel or CancelToken(), None if timeout is None else time.monotonic() + timeout, what)

    def check(self) -> None:
        """Raise ``Cancelled`` or ``InstallError(HOST_TIMEOUT)``."""
        self.cancel.check()
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise InstallError(Code.HOST_TIMEOUT, {"command": self.what}, detail=self.what)

    def at_most(self, seconds: float) -> Limits:
        """The same, but over in *seconds* at the latest."""
        end = time.monotonic() + seconds
        return Limits(self.cancel, end if self.deadline is None else min(end, self.deadline), self.what)
