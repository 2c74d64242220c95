"""How a row of the grid of containers is painted."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui.context import Ui
from ui.panel.grid_line import FLOORS, GRAPHS, RESTARTS, SERVICE, STATE, Line, values
from ui.panel.grid_model import LINE, NUMBERS
from ui.panel.spark import draw
from ui.theme import scaled
from ui.widgets.pill import ICONS

_PAD, _ICON = 8, 15
_SMALL = 0.92
#: A small graph: its width, the gap before it, its height's share of the row, the points it shows.
_GRAPH, _GAP, _POINTS = 44, 7, 30

Index = QModelIndex | QPersistentModelIndex


class GridDelegate(QStyledItemDelegate):
    """Service in bold with what it is for, the state as a pill, usage with a graph, the rest as text."""

    def __init__(self, ui: Ui, parent: QWidget) -> None:
        super().__init__(parent)
        self._ui = ui
        self._bold, self._small, self._plain = scaled(1.0, bold=True), scaled(_SMALL), scaled(1.0)
        self._title = scaled(_SMALL, bold=True)
        self._small_metrics = QFontMetrics(self._small)
        self._bold_metrics = QFontMetrics(self._bold)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: Line = index.data(LINE)
        painter.save()
        self._ground(painter, option, index)
        box = option.rect.adjusted(_PAD, 0, -_PAD, 0)
        column = index.column()
        if line.heading:
            self._heading(painter, box, line)
        elif column == SERVICE:
            self._service(painter, box, line)
        elif column == STATE:
            self._pill(painter, box, line)
        else:
            self._text(painter, self._graph(painter, box, line, column), line, column)
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

    def _heading(self, painter: QPainter, box: QRect, line: Line) -> None:
        painter.setFont(self._title)
        painter.setPen(QColor(self._ui.colors.second))
        painter.drawText(box.adjusted(0, 3, 0, 0), _flags(), line.about)

    def _service(self, painter: QPainter, box: QRect, line: Line) -> None:
        c = self._ui.colors
        painter.setFont(self._bold)
        painter.setPen(QColor(c.second if line.grey else c.text))
        metrics = self._bold_metrics
        name = metrics.elidedText(line.row.service, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, _flags(), name)
        box = box.adjusted(metrics.horizontalAdvance(name) + 7, 0, 0, 0)
        painter.setFont(self._small)
        painter.setPen(QColor(c.second))
        about = self._small_metrics.elidedText(line.about, Qt.TextElideMode.ElideRight, box.width())
        if box.width() > 24:
            painter.drawText(box, _flags(), about)

    def _pill(self, painter: QPainter, box: QRect, line: Line) -> None:
        c, tone = self._ui.colors, line.row.tone
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self._small_metrics
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

    def _graph(self, painter: QPainter, box: QRect, line: Line, column: int) -> QRect:
        """Paint the graph of *column*, if it has one; what is left for the text."""
        name = GRAPHS.get(column, "")
        if not name:
            return box
        if line.row.usage is not None:
            height = box.height() * 0.5
            place = QRectF(box.right() - _GRAPH, box.top() + (box.height() - height) / 2, _GRAPH, height)
            color = QColor(self._ui.colors.accent)
            draw(painter, values(line.row.usage.history, name), place, color, FLOORS[name], _POINTS)
        return box.adjusted(0, 0, -_GRAPH - _GAP, 0)

    def _text(self, painter: QPainter, box: QRect, line: Line, column: int) -> None:
        c = self._ui.colors
        many = column == RESTARTS and line.row.restarts > 0 and not line.grey
        strong = many or column in GRAPHS
        painter.setFont(self._bold if many else self._small)
        painter.setPen(QColor(c.text if strong else c.second))
        side = Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft
        metrics = self._bold_metrics if many else self._small_metrics
        text = metrics.elidedText(line.cells[column], Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, _flags(side), text)

    def width_of(self, text: str, column: int) -> int:
        """What *text* needs in *column*."""
        extra = _ICON + 24 if column == STATE else _GRAPH + _GAP + 2 if column in GRAPHS else 2
        return self._small_metrics.horizontalAdvance(text) + extra + 2 * _PAD

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        return QSize(60, row_height())


def _flags(side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft) -> int:
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def row_height() -> int:
    """Of a row, in device independent pixels."""
    return max(32, QFontMetrics(scaled(1.0)).height() + 13)


def heading_height() -> int:
    """Of the title of a group."""
    return max(24, QFontMetrics(scaled(_SMALL)).height() + 8)
