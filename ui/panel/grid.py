"""The grid of containers: how a row is painted, and what keys do in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFontMetrics, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ui.context import Ui
from ui.panel.grid_model import LINE, PORTS, RESTARTS, SERVICE, STATE, TAG, UP, GridModel, Line
from ui.theme import scaled
from ui.widgets.pill import ICONS

_PAD, _ICON = 8, 15
_SMALL = 0.92
_LEAST_SERVICE = 170
#: A long word in the header is no reason for an empty column.
_MOST_HEADER = 96
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)

Index = QModelIndex | QPersistentModelIndex


class GridDelegate(QStyledItemDelegate):
    """Service in bold with what it is for, the state as a pill, the rest as text."""

    def __init__(self, ui: Ui, parent: QWidget) -> None:
        super().__init__(parent)
        self._ui = ui
        self._bold, self._small, self._plain = scaled(1.0, bold=True), scaled(_SMALL), scaled(1.0)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: Line = index.data(LINE)
        painter.save()
        self._ground(painter, option, index)
        box = option.rect.adjusted(_PAD, 0, -_PAD, 0)
        if index.column() == SERVICE:
            self._service(painter, box, line)
        elif index.column() == STATE:
            self._pill(painter, box, line)
        else:
            self._text(painter, box, line, index.column())
        painter.restore()

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        c, rect = self._ui.colors, option.rect
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(c.selection))
        if index.row() < index.model().rowCount() - 1:
            painter.setPen(QColor(c.border))
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(c.accent), 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -2))

    def _service(self, painter: QPainter, box: QRect, line: Line) -> None:
        c = self._ui.colors
        painter.setFont(self._bold)
        painter.setPen(QColor(c.second if line.grey else c.text))
        metrics = QFontMetrics(self._bold)
        name = metrics.elidedText(line.row.service, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, _flags(), name)
        box = box.adjusted(metrics.horizontalAdvance(name) + 7, 0, 0, 0)
        painter.setFont(self._small)
        painter.setPen(QColor(c.second))
        about = QFontMetrics(self._small).elidedText(line.about, Qt.TextElideMode.ElideRight, box.width())
        if box.width() > 24:
            painter.drawText(box, _flags(), about)

    def _pill(self, painter: QPainter, box: QRect, line: Line) -> None:
        c, tone = self._ui.colors, line.row.tone
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetrics(self._small)
        width = min(box.width(), metrics.horizontalAdvance(line.cells[STATE]) + _ICON + 22)
        height = metrics.height() + 5
        pill = QRect(box.left(), box.top() + (box.height() - height) // 2, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(c, f"{tone}_tint")))
        painter.drawRoundedRect(pill, height / 2, height / 2)
        color = str(getattr(c, tone))
        mark = self._ui.pixmap(line.icon or ICONS[tone], color, _ICON)
        painter.drawPixmap(pill.left() + 7, pill.top() + (height - _ICON) // 2, mark)
        painter.setFont(self._small)
        painter.setPen(QColor(color))
        inner = pill.adjusted(_ICON + 12, 0, -6, 0)
        text = metrics.elidedText(line.cells[STATE], Qt.TextElideMode.ElideRight, inner.width() + 2)
        painter.drawText(inner, _flags(), text)

    def _text(self, painter: QPainter, box: QRect, line: Line, column: int) -> None:
        c = self._ui.colors
        many = column == RESTARTS and line.row.restarts > 0 and not line.grey
        painter.setFont(self._bold if many else self._small)
        painter.setPen(QColor(c.text if many else c.second))
        side = Qt.AlignmentFlag.AlignRight if column in (UP, RESTARTS) else Qt.AlignmentFlag.AlignLeft
        text = painter.fontMetrics().elidedText(line.cells[column], Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, _flags(side), text)

    def width_of(self, line: Line, column: int) -> int:
        """What *line* needs in *column*."""
        extra = _ICON + 24 if column == STATE else 2
        return QFontMetrics(self._small).horizontalAdvance(line.cells[column]) + extra + 2 * _PAD

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        return QSize(60, row_height())


def _flags(side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft) -> int:
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def row_height() -> int:
    """Of a row, in device independent pixels."""
    return max(32, QFontMetrics(scaled(1.0)).height() + 13)


class Grid(QTableView):
    """Whole rows are selected; Enter is the table's, not the window's; Tab leaves it."""

    def __init__(self, ui: Ui, model: GridModel) -> None:
        super().__init__()
        self._model, self._delegate = model, GridDelegate(ui, self)
        self._widths: dict[int, int] = {}
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
        across, down = self.horizontalHeader(), self.verticalHeader()
        down.hide()
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setDefaultSectionSize(row_height())
        across.setHighlightSections(False)
        across.setSectionsClickable(False)
        across.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        across.setSectionResizeMode(SERVICE, QHeaderView.ResizeMode.Stretch)
        across.setMinimumSectionSize(40)
        across.setFont(scaled(_SMALL, bold=True))

    def fit(self) -> None:
        """Columns as wide as what was ever in them (else they would jump), the table as high as its rows."""
        across = self.horizontalHeader()
        room = max(0, self.viewport().width() - _LEAST_SERVICE)
        for column in (RESTARTS, UP, STATE, PORTS, TAG):
            width = max(min(across.sectionSizeHint(column), _MOST_HEADER), self._widths.get(column, 0))
            width = max([width, *(self._delegate.width_of(line, column) for line in self._model.lines)])
            self._widths[column] = width
            shown = min(width, room) if room else width
            room = max(0, room - shown)
            if shown != self.columnWidth(column):
                self.setColumnWidth(column, max(40, shown))
        wanted = across.sizeHint().height() + row_height() * self._model.rowCount() + 2
        if self.maximumHeight() != max(wanted, self.minimumHeight()):
            self.setMaximumHeight(max(wanted, self.minimumHeight()))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.fit()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """The keyboard needs a row to begin at; nothing is selected by that."""
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self._model.rowCount():
            flag = QItemSelectionModel.SelectionFlag.NoUpdate
            self.selectionModel().setCurrentIndex(self._model.index(0, 0), flag)

    def event(self, event: QEvent) -> bool:
        """The window's Enter shortcut does not reach the row under the cursor."""
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() in _ENTER:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in _ENTER and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())  # on every platform alike
            return
        super().keyPressEvent(event)
