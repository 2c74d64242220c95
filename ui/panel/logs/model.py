"""The rows of the log: of a million lines in a buffer only those in view are read. Knows no language, no
colours."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer

from installer.logs.highlighting import look
from installer.logs.line import Line
from installer.logs.log_buffer import LogBuffer
from installer.logs.search import Query
from ui.background.switch_interval import undisturbed
from ui.panel.logs.entry import Entry
from ui.panel.logs.rows import Rows

#: The role that gives the whole ``Entry``.
ENTRY = Qt.ItemDataRole.UserRole + 1
#: How often what came is shown, in milliseconds; entries at hand for painting.
REFRESH_MS, _AT_HAND = 120, 2_000
#: More new lines than this between two refreshes cannot be read: then the view is refreshed less often.
_FLOOD, FLOOD_MS = 2_000, 300

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class LogModel(QAbstractListModel):
    """``open`` shows a buffer; what is appended to it appears by itself. ``show_hits`` narrows it to what a
    search has found so far. *say_mark* gives the words of a mark."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.buffer = LogBuffer()
        self.query = Query()
        self.say_mark: Callable[[Line], str] = lambda line: line.text.decode()
        self._rows = Rows()
        self._hits: array[int] | None = None
        self._folds = 0
        self._reset = False
        self._entries: dict[int, Entry] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)

    @property
    def total(self) -> int:
        """Lines there, whether they are found or not."""
        return self._rows.end - self._rows.first

    @property
    def searching(self) -> bool:
        """Whether only what was found is shown."""
        return self._hits is not None

    @property
    def hits(self) -> array[int] | None:
        """The numbers of what was found; None if nothing is searched for."""
        return self._hits

    def number(self, row: int) -> int:
        """The number of the line in *row*."""
        return self._rows.number(row) if self._hits is None else self._hits[row]

    def row(self, number: int) -> int:
        """The row of the line with *number*, or of what stands for it; with a search of the next hit."""
        return self._rows.row(number) if self._hits is None else bisect_left(self._hits, number)

    def entry(self, row: int) -> Entry | None:
        """What stands in *row*; None if it went meanwhile."""
        number = self.number(row)
        found = self._entries.get(number)
        if found is None:
            found = self._made(number)
            if found is not None:
                if len(self._entries) > _AT_HAND:
                    self._entries.clear()
                self._entries[number] = found
        return found

    def _made(self, number: int) -> Entry | None:
        try:
            line = self.buffer.line(number)
            after = self._rows.after(number) if self._hits is None else 0
            folded = bool(after) and self._rows.folded(number)
            error = look(self.buffer.line(number + after).text).text if folded else ""
        except IndexError:
            return None
        is_error = after and not error.startswith("    at ")
        return Entry(number, line, after, folded=folded, error=error if is_error else "")

    def block(self, row: int) -> Iterable[Line]:
        """The line in *row* with everything that belongs to it."""
        number = self.number(row)
        head = self._rows.head(number)
        for n in range(head, head + self._rows.after(head) + 1):
            try:
                yield self.buffer.line(n)
            except IndexError:
                return

    # ----------------------------------------------------------------- changes

    def watch(self, on: bool) -> None:
        """Show new lines while the list is visible."""
        if on:
            self.refresh()
            self._timer.start()
        else:
            self._timer.stop()

    def open(self, buffer: LogBuffer) -> None:
        """Show another log."""
        self.beginResetModel()
        self.buffer, self._rows, self._folds = buffer, Rows(), 0
        self._rows.first = self._rows.end = buffer.store.first
        self._hits = None if self.query.empty else array("q")
        self._entries.clear()
        self.endResetModel()
        self.refresh()

    def refresh(self) -> None:
        """Show what came, and let go of what is no longer kept."""
        before = self._rows.end
        with undisturbed:
            self._refresh()
        wanted = FLOOD_MS if self._rows.end - before > _FLOOD else REFRESH_MS
        if wanted != self._timer.interval():
            self._timer.setInterval(wanted)

    def _refresh(self) -> None:
        store = self.buffer.store
        first, end = store.first, store.end
        if first > self._rows.first:
            self._forget(first)
        fresh: list[tuple[int, int]] = []
        found = self.buffer.folds.found
        while self._folds < len(found) and sum(found[self._folds]) < end:
            head, after = found[self._folds]
            self._folds += 1
            if head < first + bool(first):  # a mark stands where lines went
                continue
            if head + 1 < self._rows.end:
                self._fold_shown(head, after)
            else:
                fresh.append((head, after))
        if end > self._rows.end:
            self._insert(end, fresh)

    def _insert(self, end: int, folds: list[tuple[int, int]]) -> None:
        """Lines up to *end*, with *folds* among them."""
        came = end - self._rows.end - sum(after for _, after in folds)
        if self._hits is None:
            self.beginInsertRows(_ROOT, len(self._rows), len(self._rows) + came - 1)
        for fold in folds:
            self._rows.fold(*fold)
        self._rows.end = end
        if self._hits is None:
            self.endInsertRows()

    def _fold_shown(self, head: int, after: int) -> None:
        """A fold of which something is shown already."""
        if head + after >= self._rows.end:
            self._insert(head + after + 1, [])
        if self._hits is None:
            row = self._rows.row(head)
            self.beginRemoveRows(_ROOT, row + 1, row + after)
            self._rows.fold(head, after)
            self.endRemoveRows()
        else:
            self._rows.fold(head, after)
        self._entries.pop(head, None)

    def _forget(self, first: int) -> None:
        self._entries.pop(first, None)  # a mark stands there now
        if self._hits is None and first < self._rows.end:
            head = self._rows.head(first)
            if self._rows.folded(head):  # its end stays without the head that hides it
                self.toggle(self._rows.row(head))
        if self._hits is None:
            gone = self._rows.row(first) if first < self._rows.end else len(self._rows)
            if gone:
                self.beginRemoveRows(_ROOT, 0, gone - 1)
            self._rows.forget(first)
            if gone:
                self.endRemoveRows()
        else:
            self._rows.forget(first)
            gone = bisect_left(self._hits, first)
            if gone:
                self.beginRemoveRows(_ROOT, 0, gone - 1)
                del self._hits[:gone]
                self.endRemoveRows()

    def reveal(self, number: int) -> int:
        """The row of the line with *number*, unfolded if it had none."""
        head = self._rows.head(number)
        if self._hits is None and head != number and self._rows.folded(head):
            self.toggle(self._rows.row(head))
        return self.row(number)

    def toggle(self, row: int) -> None:
        """Fold or unfold what stands in *row*."""
        head = self.number(row)
        after = self._rows.after(head)
        if self._hits is not None or not after:
            return
        if self._rows.folded(head):
            self.beginInsertRows(_ROOT, row + 1, row + after)
            self._rows.toggle(head)
            self.endInsertRows()
        else:
            self.beginRemoveRows(_ROOT, row + 1, row + after)
            self._rows.toggle(head)
            self.endRemoveRows()
        self._entries.pop(head, None)
        self.dataChanged.emit(self.index(row, 0), self.index(row, 0))

    def expect(self) -> None:
        """A search begins: what it finds next takes the place of former hits."""
        self._reset = True

    def show_hits(self, query: Query, hits: array[int] | None) -> None:
        """What *query* has found, more if it is the one that is shown; None: everything is shown again."""
        if hits is None and self._hits is None:  # what is selected stays
            self.query, self._reset = query, False
            return
        if hits is None or query != self.query or self._hits is None or self._reset:
            self.beginResetModel()
            self._reset = False
            self.query = query
            self._hits = None if hits is None else array("q", hits)
            self._entries.clear()
            self.endResetModel()
        elif hits:
            before = len(self._hits)
            self.beginInsertRows(_ROOT, before, before + len(hits) - 1)
            self._hits.extend(hits)
            self.endInsertRows()

    # ------------------------------------------------------------------ Qt's

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        if parent.isValid():
            return 0
        return len(self._rows) if self._hits is None else len(self._hits)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role not in (ENTRY, Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        entry = self.entry(index.row())
        if role == ENTRY or entry is None:
            return entry
        if entry.line.mark:
            return self.say_mark(entry.line)
        return f"{entry.clock} {entry.line.service} {entry.shown}"
