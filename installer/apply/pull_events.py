"""A pull's log as events: progress for all, progress of each image, and the error that it ends with."""

from __future__ import annotations

import time
from collections.abc import Callable

from installer.core.errors import InstallError
from installer.core.events import Emit
from installer.core.secrets import Redactor
from installer.core.step_events import ImageReports
from installer.docker.pull_errors import pull_error
from installer.docker.pull_output import PullProgress
from installer.docker.pulls import TICK

STEP = "pull"
#: At most this many seconds apart while lines come; the log has its ticks besides.
PROGRESS_SECONDS = 0.25
#: Ticks that come faster were written before: a log that is read from its beginning. Its bytes are no news,
#: and as news they would look like a speed.
LIVE_SECONDS = 0.3


class PullEvents:
    """Takes the lines of the stage ``pull``."""

    def __init__(self, emit: Emit, redact: Redactor, clock: Callable[[], float] = time.monotonic) -> None:
        self._redact, self._clock = redact, clock
        self._progress = PullProgress()
        self._reports = ImageReports(emit, STEP)
        self._at, self._ticked = float("-inf"), float("inf")
        self._live = False

    def line(self, text: str) -> str:
        """Take one line; what of it is for people."""
        # a secret inside of JSON may be spelled with escapes: hidden once it is read, too
        said = self._redact(self._progress.feed(text))
        now = self._clock()
        if text == TICK:
            self._live = self._live or now - self._ticked >= LIVE_SECONDS
            self._ticked = now
        if self._live and now - self._at >= PROGRESS_SECONDS:
            self._at = now
            self.report()
        return said

    def report(self) -> None:
        """The bytes as they are."""
        progress = self._progress
        self._reports.report(progress.done, progress.total, progress.images)

    def error(self, exit_code: int, lines: str) -> InstallError:
        """What the stage failed with; *lines*: the end of its output."""
        image, text = map(self._redact, self._progress.failed)
        return pull_error(image, text or lines, exit_code, detail="\n".join(filter(None, (text, lines))))
