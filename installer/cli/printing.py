"""The only module of the command line that writes to a stream; it escapes what a terminal would interpret."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import IO

from installer.untrusted.text import visible_json, visible_line, visible_text


def write_text(text: str, stream: IO[str]) -> None:
    """*text* as it is but for control characters, which are shown as escapes. Raises ``OSError``."""
    stream.write(visible_text(text))
    stream.flush()


def write_json(text: str, stream: IO[str]) -> None:
    """A line of JSON; control characters in its strings as ``\\uXXXX``. Raises ``OSError``."""
    stream.write(visible_json(text) + "\n")
    stream.flush()


def write_over(text: str, stream: IO[str], *, leave: bool) -> None:
    """*text* in the place of the line where the cursor of a terminal is; *leave* it at the line's end, else
    at its beginning."""
    line = visible_line(text)
    stream.write(f"\r{line}" if leave else f"\r{line}\r")
    stream.flush()


def to_nowhere(stream: IO[str]) -> None:
    """The reader of *stream* is gone: what is buffered goes to the null device and does not fail at exit."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
