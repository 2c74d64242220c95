"""The last lines of the log: a ring that forgets the oldest, with a search. Knows no language, no colours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from installer.stack.logs import LogLine

#: Lines kept, and the most of one line that is painted.
LIMIT, LONGEST = 20_000, 2_000
#: The role that gives the whole ``Entry``.
ENTRY = Qt.ItemDataRole.UserRole + 1

Level = Literal["", "error", "warning"]
Index = QModelIndex | QPersistentModelIndex

_ROOT = QModelIndex()
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
#: Where programs say how bad it is: near the beginning of a line.
_HEAD = 240
_ERROR = re.compile(
    r"\b(?:ERROR|CRITICAL|FATAL|PANIC|EMERG)\b|\[(?:error|crit|alert|emerg)\]"
    r"|\blevel\W{1,4}(?:error|fatal|critical|panic)\b|^[\w.]*(?:Error|Exception|Timeout): "
)
_WORD = re.compile(r"^\W?(?:ERROR|CRITICAL|FATAL|WARNING|WARN)\b\W{0,3}\s*")
_WARNING = re.compile(r"\b(?:WARNING|WARN)\b|\[warn(?:ing)?\]|\blevel\W{1,4}warn(?:ing)?\b")


def plain(text: str) -> str:
    """*text* without colour codes and control characters; a tab is four blanks."""
    if text.isprintable():
        return text
    text = _ANSI.sub("", text).replace("\t", "    ")
    return text if text.isprintable() else "".join(c if c.isprintable() else "" for c in text)


def level_of(text: str) -> Level:
    """A guess from the words with which programs mark such lines."""
    head = text[:_HEAD]
    if _ERROR.search(head):
        return "error"
    return "warning" if _WARNING.search(head) else ""


class Entry:
    """A line as it is shown. *number* counts on, so that entries can be compared by age."""

    __slots__ = ("at", "level", "number", "service", "text")

    def __init__(self, number: int, line: LogLine) -> None:
        self.number, self.at, self.service = number, line.at, line.service
        self.text = plain(line.text)
        self.level: Level = level_of(self.text)

    @property
    def shown(self) -> str:
        """What is painted of the text, beside the level: not the same word once more."""
        text = self.text[: LONGEST + 20]
        if self.level:
            text = _WORD.sub("", text, count=1)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"

    @property
    def clock(self) -> str:
        """``HH:MM:SS.mmm`` in local time."""
        try:
            at = datetime.strptime(self.at[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC).astimezone()
        except ValueError:
            return self.at[:12]
        return f"{at:%H:%M:%S}.{self.at[20:].rstrip('Z'):0<3.3}"

    @property
    def copied(self) -> str:
        """The whole line for the clipboard, with Docker's own time (UTC), as the command line prints it."""
        return f"{self.at} {self.service} | {self.text}"


class LogModel(QAbstractListModel):
    """``append`` takes lines in batches. With a ``search`` only lines that contain it are rows."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[Entry] = []
        self._found: list[Entry] | None = None
        self._needle = ""
        self._number = 0
        #: The longest text that was a row, for the width of the list.
        self.longest = ""

    @property
    def rows(self) -> list[Entry]:
        """What is shown. Not to be changed."""
        return self._all if self._found is None else self._found

    @property
    def total(self) -> int:
        """Lines kept, whether they are found or not."""
        return len(self._all)

    @property
    def search_text(self) -> str:
        """What is searched for, in lower case."""
        return self._needle

    def append(self, lines: Sequence[LogLine]) -> None:
        """Add *lines* at the end; the oldest go when there are too many."""
        new: list[Entry] = []
        for line in lines[-LIMIT:]:
            new.append(Entry(self._number, line))
            self._number += 1
        self._forget(len(self._all) + len(new) - LIMIT)
        found = new if self._found is None else [e for e in new if self._fits(e)]
        self._measure(found)
        if found:
            first = len(self.rows)
            self.beginInsertRows(_ROOT, first, first + len(found) - 1)
        self._all.extend(new)
        if self._found is not None:
            self._found.extend(found)
        if found:
            self.endInsertRows()

    def _forget(self, count: int) -> None:
        """The *count* oldest lines go."""
        if count <= 0:
            return
        if self._found is None:
            self.beginRemoveRows(_ROOT, 0, count - 1)
            del self._all[:count]
            self.endRemoveRows()
            return
        del self._all[:count]
        first = self._all[0].number if self._all else self._number
        gone = sum(1 for e in islice(self._found, count) if e.number < first)
        if gone:
            self.beginRemoveRows(_ROOT, 0, gone - 1)
            del self._found[:gone]
            self.endRemoveRows()

    def clear(self) -> None:
        """Another log begins."""
        self.beginResetModel()
        self._all, self.longest = [], ""
        self._found = None if self._found is None else []
        self.endResetModel()

    def search(self, text: str) -> None:
        """Show only lines that contain *text*, in any case; "" shows all."""
        needle = text.casefold()
        if needle == self._needle:
            return
        self.beginResetModel()
        self._needle = needle
        self._found = [e for e in self._all if self._fits(e)] if needle else None
        self.longest = ""
        self._measure(self.rows)
        self.endResetModel()

    def _fits(self, entry: Entry) -> bool:
        return self._needle in entry.text.casefold() or self._needle in entry.service

    def _measure(self, new: Iterable[Entry]) -> None:
        longest = max((e.text for e in new), key=len, default="")
        if len(longest) > len(self.longest):
            self.longest = longest[:LONGEST]

    # ------------------------------------------------------------------ Qt's

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry = self.rows[index.row()]
        if role == ENTRY:
            return entry
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{entry.clock} {entry.service} {entry.shown}"
        return None
