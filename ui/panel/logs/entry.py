"""A line of the log as a row shows it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache

from installer.logs.highlighting import Look, look, plain
from installer.logs.line import Line


class Entry:
    """A line as it is shown. *after*: lines that are folded, or could be, under it; *error* is their last."""

    __slots__ = ("after", "clock", "error", "folded", "line", "look", "number", "width")

    def __init__(
        self, number: int, line: Line, after: int = 0, *, folded: bool = False, error: str = ""
    ) -> None:
        self.number, self.line, self.after, self.folded, self.error = number, line, after, folded, error
        self.look: Look = look(b"" if line.mark else line.text)
        self.clock = clock(line.at)
        #: Of the text in the list's font; not measured yet.
        self.width = -1

    @property
    def shown(self) -> str:
        """The text of the row: of what is folded the error that it ends with."""
        return self.error if self.folded and self.error else self.look.text

    @property
    def copied(self) -> str:
        """The whole line for the clipboard, with Docker's own time (UTC), as the command line prints it."""
        return copied(self.line)


def clock(at: bytes) -> str:
    """``HH:MM:SS.mmm`` in local time; of another day with its date instead of the milliseconds."""
    if at.startswith(b"1970"):
        return ""
    local, today = _local(at[:19], date.today())
    return f"{local}.{at[20:23].decode()}" if today else local


@lru_cache(maxsize=4096)
def _local(second: bytes, today: date) -> tuple[str, bool]:
    """A second as local time, with its date if that is not *today*; and whether it is. Kept, as many lines
    share one and working it out takes longer than painting it."""
    try:
        when = datetime.strptime(second.decode(), "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC).astimezone()
    except ValueError:
        return "", False
    same = when.date() == today
    return (f"{when:%H:%M:%S}" if same else f"{when:%m-%d %H:%M:%S}"), same


def copied(line: Line) -> str:
    """A line as text."""
    at = line.at.decode("ascii", "replace")
    return f"{at} {line.service} | {plain(line.text.decode('utf-8', 'replace'))}"
