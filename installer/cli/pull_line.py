"""The download of the images as one line for people: bytes, speed, time left, images that are there."""

from __future__ import annotations

import shutil
import sys
import time
import unicodedata
from collections.abc import Callable
from typing import IO

from installer.cli.printing import write_over, write_text
from installer.core.events import Event, ImageProgress, StepProgress, StepStarted
from installer.core.formatting import byte_size
from installer.texts import Texts
from installer.views.progress import TRANSFERS, Progress

#: On a stream that is no terminal a line so often (seconds), and at the end.
PLAIN_SECONDS = 10.0
_TERMINAL_SECONDS = 0.25


class PullLine:
    """Takes the events of the steps that fetch images. On a terminal the line is written over again and
    again; elsewhere a new one stands below the last now and then."""

    def __init__(self, texts: Texts, stream: IO[str] | None = None) -> None:
        self._texts, self._stream = texts, stream
        self._progress = Progress()
        self._shown = 0  # columns that stand there
        self._at = float("-inf")

    def take(self, event: Event, *, clock: Callable[[], float] = time.monotonic) -> bool:
        """Whether *event* is one of these; the line is shown where it is due."""
        if event.step not in TRANSFERS or not isinstance(event, StepStarted | StepProgress | ImageProgress):
            return False
        self._progress = self._progress.take(event)
        if isinstance(event, StepStarted):
            self._at = float("-inf")
            return False
        row = self._progress.row(event.step)
        if isinstance(event, ImageProgress) or row is None or row.unit != "bytes":
            return isinstance(event, ImageProgress)
        pull, now = self._progress.pull, clock()
        whole = bool(pull.total) and pull.done >= pull.total
        due = _TERMINAL_SECONDS if self._terminal else PLAIN_SECONDS
        if now - self._at >= due or (whole and self._terminal):
            self._at = now
            self._write(self.text(event.at))
        return True

    def text(self, now: float) -> str:
        """``1.2 GB of 4.1 GB · 18.4 MB/s · 2 min 36 s left · images: 3 of 12``, as far as it is known at
        *now* (seconds since the epoch)."""
        say, pull = self._texts.say, self._progress.pull
        done = byte_size(pull.done)
        if pull.total:
            percent = f"{pull.done * 100 // pull.total:3d} %"
            parts = [f"{percent}  {say('progress_bytes', done=done, total=byte_size(pull.total))}"]
        else:
            parts = [say("progress_open", done=done)]
        if self._progress.unpacking:
            parts.append(say("progress_unpacking"))
        elif pull.speed and not self._progress.stalled(now):
            parts.append(self._texts.ui("install.speed", size=byte_size(pull.speed)))
            if pull.seconds_left is not None and pull.seconds_left >= 1:
                parts.append(say("progress_left", time=self._texts.duration(pull.seconds_left)))
        if images := self._progress.images:
            done = str(self._progress.images_done)
            parts.append(say("progress_images", done=done, total=str(len(images))))
        return "    " + " · ".join(parts)

    def clear(self) -> None:
        """Make room for another line."""
        if self._shown:
            write_over(" " * self._shown, self._out, leave=False)
            self._shown = 0

    @property
    def _out(self) -> IO[str]:
        return self._stream or sys.stderr  # looked up late: tests and programs replace it

    @property
    def _terminal(self) -> bool:
        return self._out.isatty()

    def _write(self, text: str) -> None:
        if not self._terminal:
            write_text(f"{text}\n", self._out)
            return
        text = _cut(text, shutil.get_terminal_size().columns - 1)
        wide = columns(text)
        # spaces instead of a control sequence: older consoles of Windows would print it
        write_over(text + " " * max(0, self._shown - wide), self._out, leave=True)
        self._shown = max(wide, self._shown)


def columns(text: str) -> int:
    """Columns on a terminal: East Asian wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _cut(text: str, width: int) -> str:
    """*text* as far as it fits: a line that wraps is not written over."""
    while text and columns(text) > width:
        text = text[:-1]
    return text
