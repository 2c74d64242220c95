"""The list of log lines: it stays at the newest one unless the user scrolls up."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from installer.logs.log_buffer import LogBuffer
from ui.background.switch_interval import undisturbed
from ui.panel.logs.entry import copied
from ui.panel.logs.line import LinePainter, Part
from ui.panel.logs.model import LogModel
from ui.style.context import Ui

#: Lines that are copied at most: more are for a file.
MOST_COPIED = 10_000
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)

Index = QModelIndex | QPersistentModelIndex


class _Rows:
    """The rows of ranges."""

    def __init__(self, ranges: list[tuple[int, int]]) -> None:
        self._ranges = ranges

    def __contains__(self, row: object) -> bool:
        return isinstance(row, int) and any(top <= row <= bottom for top, bottom in self._ranges)


class LogList(QTableView):
    """A table of one column, as a list view lays out all its rows again for each new line.

    ``following`` tells whether the list stays at its end, ``missed`` how many rows came since it does not;
    ``copy`` gives the selected lines as text, ``opened`` the row that is to be read as a whole."""

    following_changed = Signal(bool)
    missed_changed = Signal(int)
    copy = Signal(str)
    opened = Signal(int)

    def __init__(self, ui: Ui, model: LogModel) -> None:
        super().__init__()
        self._following, self._ours = True, False
        self.missed = 0
        self._log = model
        self.lines = LinePainter(ui, model, self)
        self.lines.wider.connect(self._widen_soon)
        self.setModel(model)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().hide()
        down = self.verticalHeader()
        down.hide()
        down.setMinimumSectionSize(1)
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setDefaultSectionSize(self.lines.height)
        self.setAccessibleName(ui.t("logs.list"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(self._moved)
        bar.rangeChanged.connect(self._range_changed)
        model.rowsInserted.connect(self._came)
        model.rowsAboutToBeRemoved.connect(self._about_to_forget)
        model.rowsRemoved.connect(self._forgot)
        model.modelReset.connect(self._range_changed)
        self._widen()

    @property
    def following(self) -> bool:
        """Whether it stays at the newest line."""
        return self._following

    def follow(self, on: bool) -> None:
        """Jump to the end and stay there, or stay where it is."""
        if on != self._following:
            self._following = on
            self._missed(0)
            self.following_changed.emit(on)
        if on:
            self._range_changed()

    def show_services(self, services: tuple[str, ...]) -> None:
        """Room for the names of these services."""
        if self.lines.show_services(services):
            self._widen()
            self.viewport().update()

    def open_buffer(self, buffer: LogBuffer) -> None:
        """Show *buffer*; if the user had scrolled up, at the same line."""
        top = self.indexAt(QPoint(0, 0)).row()
        head = self._log.buffer.store.head(self._log.number(top)) if top >= 0 and not self._following else b""
        self._log.open(buffer)
        if head and len(buffer.store):
            self._scroll(self._log.row(buffer.store.at_time(head)))

    def show_line(self, number: int) -> None:
        """Go to a line and select it."""
        self.follow(False)
        row = min(self._log.reveal(number), self._log.rowCount() - 1)
        if row < 0:
            return
        index = self._log.index(row, 0)
        flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.selectionModel().setCurrentIndex(index, flag)
        self._ours = True
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        self._ours = False

    def _widen_soon(self) -> None:
        QTimer.singleShot(0, self, self._widen)

    def _widen(self) -> None:
        """Room for the longest line, at least the whole width: colours behind a line reach to its end."""
        wanted = max(self.lines.width, self.viewport().width())
        if wanted != self.columnWidth(0):
            self.setColumnWidth(0, wanted)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._widen()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        with undisturbed:
            painter = QPainter(self.viewport())
            try:
                self.lines.paint(painter, self._part(event.rect()))
            finally:
                painter.end()

    def _part(self, place: QRect) -> Part:
        """The rows in *place*."""
        height, offset = self.lines.height, self.verticalOffset()
        first = max(0, (place.top() + offset) // height)
        return Part(
            first,
            min((place.bottom() + offset) // height, self._log.rowCount() - 1),
            top=first * height - offset,
            left=-self.horizontalOffset(),
            width=self.columnWidth(0),
            seen=self.viewport().width(),
            selected=_Rows(self._ranges()),
            focused=self.currentIndex().row() if self.hasFocus() else -1,
        )

    def _ranges(self) -> list[tuple[int, int]]:
        """First and last rows of what is selected, in order."""
        selection = self.selectionModel().selection()
        return sorted((r.top(), r.bottom()) for r in map(selection.at, range(selection.count())))

    def selected_rows(self) -> list[int]:
        """In order, the last ``MOST_COPIED``."""
        rows: list[int] = []
        for top, bottom in reversed(self._ranges()):
            rows[:0] = range(max(top, bottom + 1 - (MOST_COPIED - len(rows))), bottom + 1)
            if len(rows) >= MOST_COPIED:
                break
        return rows

    def selected_text(self) -> str:
        """The selected lines, oldest first; of what is folded everything."""
        found: list[str] = []
        for row in self.selected_rows():
            entry = self._log.entry(row)
            if entry is not None and entry.folded:
                found += map(copied, self._log.block(row))
            elif entry is not None and not entry.line.mark:
                found.append(entry.copied)
        return "\n".join(found)

    def _moved(self, value: int) -> None:
        """The user scrolls up: the list stops following. At the end it follows again."""
        if self._ours:
            return
        if self._following and value < self.verticalScrollBar().maximum():
            self.follow(False)

    def _range_changed(self, *_: object) -> None:
        if self._following:
            self._scroll(self.verticalScrollBar().maximum())

    def _scroll(self, value: int) -> None:
        before, self._ours = self._ours, True
        self.verticalScrollBar().setValue(value)
        self._ours = before

    def _came(self, _parent: Index, first: int, last: int) -> None:
        if not self._following and last == self._log.rowCount() - 1:
            self._missed(self.missed + last - first + 1)

    def _missed(self, count: int) -> None:
        if count != self.missed:
            self.missed = count
            self.missed_changed.emit(count)

    def _about_to_forget(self, _parent: Index, _first: int, _last: int) -> None:
        self._ours = True  # the bar moves by itself while rows go

    def _forgot(self, _parent: Index, first: int, last: int) -> None:
        """Lines went: what one reads stays where it is."""
        value = self.verticalScrollBar().value()
        if not self._following and first < value:
            self._scroll(max(0, value - (min(last, value) - first + 1)))
        self._ours = False

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """The keyboard begins at the last line in view, not at the oldest one (which Qt would take)."""
        rows = self._log.rowCount()
        if not self.currentIndex().isValid() and rows:
            at = self.indexAt(self.viewport().rect().bottomLeft() - QPoint(0, self.lines.height))
            place = at.row() if at.isValid() else rows - 1
            flag = QItemSelectionModel.SelectionFlag.NoUpdate
            self.setAutoScroll(False)
            self.selectionModel().setCurrentIndex(self._log.index(place, 0), flag)
            self.setAutoScroll(True)
        super().focusInEvent(event)

    def event(self, event: QEvent) -> bool:
        """Return is ours while the focus is here, not the window's."""
        override = event.type() == QEvent.Type.ShortcutOverride
        if (
            override
            and isinstance(event, QKeyEvent)
            and event.key() in _ENTER
            and self.currentIndex().isValid()
        ):
            event.accept()
            return True
        return super().event(event)

    def moveCursor(  # noqa: N802
        self, action: QAbstractItemView.CursorAction, keys: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Home and End are those of the log; a table's are those of its row."""
        ends = (QAbstractItemView.CursorAction.MoveHome, QAbstractItemView.CursorAction.MoveEnd)
        return super().moveCursor(
            action, keys | Qt.KeyboardModifier.ControlModifier if action in ends else keys
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        row, key = self.currentIndex().row(), event.key()
        if event.matches(QKeySequence.StandardKey.Copy):
            if text := self.selected_text():
                self.copy.emit(text)
        elif key in _ENTER and row >= 0:
            self.opened.emit(row)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._fold(row, key == Qt.Key.Key_Left):
            event.accept()
        else:
            super().keyPressEvent(event)

    def _fold(self, row: int, fold: bool) -> bool:
        """Fold or unfold *row*, if it is to be had."""
        entry = self._log.entry(row) if row >= 0 else None
        if entry is None or not entry.after or entry.folded == fold:
            return False
        self.follow(False)
        self._log.toggle(row)
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mousePressEvent(event)
        at = event.position().toPoint()
        row = self.indexAt(at).row()
        entry = self._log.entry(row) if row >= 0 else None
        x = at.x() + self.horizontalScrollBar().value()
        if entry is not None and entry.after and self.lines.on_mark(x):
            self._fold(row, not entry.folded)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        row = self.indexAt(event.position().toPoint()).row()
        if row >= 0:
            self.opened.emit(row)
