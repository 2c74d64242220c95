"""The grid of containers: its columns, and what keys and the mouse do in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from ui.panel.containers.grid_columns import (
    COLUMNS,
    CPU,
    DISK,
    MEMORY,
    NETWORK,
    PORTS,
    RESTARTS,
    SERVICE,
    STATE,
    TAG,
    UP,
)
from ui.panel.containers.grid_model import GridModel
from ui.panel.containers.grid_paint import GridDelegate, heading_height, row_height
from ui.style.context import Ui
from ui.style.theme import scaled

_SMALL = 0.92
_LEAST_SERVICE, _LEAST_STATE = 136, 90
#: A long word in the header is no reason for an empty column.
_MOST_HEADER = 96
#: Room that columns of numbers have from the beginning, so that they do not grow while one reads.
_ROOM = {CPU: "100.0 %", MEMORY: "999 MB", NETWORK: "999 kB/s", DISK: "999 kB/s"}
#: Who gets room first; a column without enough is left out (the card below tells everything of a row).
_FIRST = (STATE, CPU, MEMORY, UP, PORTS, RESTARTS, NETWORK, DISK, TAG)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
#: So long rows must stand still before they count as seen.
_SEEN_MS = 100


class Grid(QTableView):
    """Whole rows are selected; Enter is the table's, not the window's; Tab leaves it. ``seen`` gives the
    services whose rows are in view, ``header`` the column that was clicked on."""

    seen = Signal(object)
    header = Signal(int)

    def __init__(self, ui: Ui, model: GridModel) -> None:
        super().__init__()
        self._model, self._delegate = model, GridDelegate(ui, self)
        self._widths: dict[int, int] = {}
        self._seen: tuple[str, ...] = ()
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(_SEEN_MS)
        self._look.timeout.connect(self._tell_seen)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(ui.t("containers.table"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMinimumHeight(4 * row_height())
        self.verticalScrollBar().valueChanged.connect(lambda _: self._look.start())
        self._set_up_headers()

    def _set_up_headers(self) -> None:
        across, down = self.horizontalHeader(), self.verticalHeader()
        down.hide()
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setDefaultSectionSize(row_height())
        down.setMinimumSectionSize(heading_height())
        across.setHighlightSections(False)
        across.setSectionsClickable(True)
        across.sectionClicked.connect(self.header)
        across.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        across.setSectionResizeMode(SERVICE, QHeaderView.ResizeMode.Stretch)
        across.setMinimumSectionSize(40)
        across.setFont(scaled(_SMALL, bold=True))

    def fit(self) -> None:
        """Columns as wide as what was ever in them (else they would jump), the table as high as its rows."""
        room = max(0, self.viewport().width() - _LEAST_SERVICE)
        for column in _FIRST:
            width = self._width(column)
            least = min(width, _LEAST_STATE) if column == STATE else width
            shown = min(width, room) if room else width
            self.setColumnHidden(column, shown < least)
            if shown < least:
                room = 1  # later columns would be in the wrong place
                continue
            room = max(1, room - shown)
            if shown != self.columnWidth(column):
                self.setColumnWidth(column, shown)
        self._fit_rows()
        self._look.start()

    def _width(self, column: int) -> int:
        across, lines = self.horizontalHeader(), self._model.lines
        width = max(min(across.sectionSizeHint(column), _MOST_HEADER), self._widths.get(column, 0))
        texts = {line.cells[column] for line in lines if not line.heading} | {_ROOM.get(column, "")}
        width = max([width, *(self._delegate.width_of(text, column) for text in texts)])
        self._widths[column] = width
        return width

    def _fit_rows(self) -> None:
        wanted = self.horizontalHeader().sizeHint().height() + 2
        for place, line in enumerate(self._model.lines):
            height = heading_height() if line.heading else row_height()
            wanted += height
            if self.rowHeight(place) != height:
                self.setRowHeight(place, height)
            if (self.columnSpan(place, 0) > 1) != line.heading:
                self.setSpan(place, 0, 1, len(COLUMNS) if line.heading else 1)
        wanted = max(wanted, self.minimumHeight())
        if self.maximumHeight() != wanted:
            self.setMaximumHeight(wanted)

    def in_view(self) -> tuple[str, ...]:
        """The services whose rows can be seen."""
        if not self._model.lines:
            return ()
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        lines = self._model.lines[max(0, first) : last + 1 if last >= 0 else None]
        return tuple(line.row.service for line in lines if not line.heading)

    def _tell_seen(self) -> None:
        found = self.in_view() if self.isVisible() else self._seen
        if found != self._seen:
            self._seen = found
            self.seen.emit(found)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.fit()
        self._keep_in_view(event.oldSize().height())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self.scrollTo(self.currentIndex())

    def _keep_in_view(self, height: int) -> None:
        """Keep the current row in view if it was at that *height*: its details take room from the grid."""
        rect = self.visualRect(self.currentIndex())
        if rect.isValid() and rect.top() >= 0 and rect.bottom() <= height:
            self.scrollTo(self.currentIndex())

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """The keyboard needs a row to begin at; nothing is selected by that."""
        super().focusInEvent(event)
        first = next((n for n, line in enumerate(self._model.lines) if not line.heading), None)
        if not self.currentIndex().isValid() and first is not None:
            flag = QItemSelectionModel.SelectionFlag.NoUpdate
            self.selectionModel().setCurrentIndex(self._model.index(first, 0), flag)

    def event(self, event: QEvent) -> bool:
        """The window's Enter shortcut does not reach the row under the cursor."""
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() in _ENTER:
            event.accept()
            return True
        return super().event(event)

    def moveCursor(  # noqa: N802
        self, action: QAbstractItemView.CursorAction, keys: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Home and End are those of the grid; a table's are those of its row."""
        ends = (QAbstractItemView.CursorAction.MoveHome, QAbstractItemView.CursorAction.MoveEnd)
        return super().moveCursor(
            action, keys | Qt.KeyboardModifier.ControlModifier if action in ends else keys
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in _ENTER and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())  # on every platform alike
            return
        super().keyPressEvent(event)
