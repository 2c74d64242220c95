"""How a row of the grid of containers is painted."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui.panel.containers.grid_columns import FLOORS, GRAPHS, RESTARTS, SERVICE, STATE
from ui.panel.containers.grid_model import LINE, NUMBERS
from ui.panel.containers.grid_words import Line, values
from ui.panel.containers.spark import draw
from ui.style.context import Ui
from ui.style.theme import scaled
from ui.widgets.pill import ICONS

_PAD, _ICON = 8, 15
_SMALL = 0.92
#: A small graph: its width, the gap before it, its height's share of the row, the points it shows.
_GRAPH, _GAP, _POINTS = 44, 7, 24

#: Texts of which shapes are remembered.
_REMEMBERED = 4000
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

Index = QModelIndex | QPersistentModelIndex


class Measure:
    """Widths and cuts of texts in one font. The same few texts are painted again and again, and working out
    their shapes would take most of the time."""

    def __init__(self, font: QFont) -> None:
        self._metrics = QFontMetrics(font)
        self.height = self._metrics.height()
        self._widths: dict[str, int] = {}
        self._cuts: dict[tuple[str, int], str] = {}

    def width(self, text: str) -> int:
        """Of *text* in pixels."""
        if text not in self._widths:
            _bound(self._widths)
            self._widths[text] = self._metrics.horizontalAdvance(text)
        return self._widths[text]

    def cut(self, text: str, width: int) -> str:
        """*text* with an ellipsis if it needs more than *width*."""
        if self.width(text) <= width:
            return text
        if (text, width) not in self._cuts:
            _bound(self._cuts)
            self._cuts[text, width] = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
        return self._cuts[text, width]


def _bound(known: dict[Any, Any]) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()


class GridDelegate(QStyledItemDelegate):
    """Service in bold with what it is for, the state as a pill, usage with a graph, the rest as text."""

    def __init__(self, ui: Ui, parent: QWidget) -> None:
        super().__init__(parent)
        self._ui = ui
        self._bold, self._small = scaled(1.0, bold=True), scaled(_SMALL)
        self._title = scaled(_SMALL, bold=True)
        self._in_small, self._in_bold = Measure(self._small), Measure(self._bold)
        # other colours are another window
        c = ui.colors
        self._text_color, self._second = QColor(c.text), QColor(c.second)
        self._accent, self._border, self._selection = QColor(c.accent), QColor(c.border), QColor(c.selection)
        tones = ("ok", "warning", "stop", "neutral", "accent")
        self._tones = {t: (QColor(getattr(c, t)), QColor(getattr(c, f"{t}_tint"))) for t in tones}

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
        rect, state = option.rect, option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self._selection)
        if index.row() < index.model().rowCount() - 1:
            painter.setPen(self._border)
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(self._accent, 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -2))

    def _heading(self, painter: QPainter, box: QRect, line: Line) -> None:
        painter.setFont(self._title)
        painter.setPen(self._second)
        painter.drawText(box.adjusted(0, 3, 0, 0), _LEFT, line.about)

    def _service(self, painter: QPainter, box: QRect, line: Line) -> None:
        painter.setFont(self._bold)
        painter.setPen(self._second if line.grey else self._text_color)
        name = self._in_bold.cut(line.row.service, box.width())
        painter.drawText(box, _LEFT, name)
        box = box.adjusted(self._in_bold.width(name) + 7, 0, 0, 0)
        if box.width() > 24:
            painter.setFont(self._small)
            painter.setPen(self._second)
            painter.drawText(box, _LEFT, self._in_small.cut(line.about, box.width()))

    def _pill(self, painter: QPainter, box: QRect, line: Line) -> None:
        tone, text = line.row.tone, line.cells[STATE]
        color, tint = self._tones[tone]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = min(box.width(), self._in_small.width(text) + _ICON + 22)
        height = self._in_small.height + 5
        pill = QRect(box.left(), box.top() + (box.height() - height) // 2, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawRoundedRect(pill, height / 2, height / 2)
        mark = self._ui.pixmap(line.icon or ICONS[tone], color.name(), _ICON)
        painter.drawPixmap(pill.left() + 7, pill.top() + (height - _ICON) // 2, mark)
        painter.setFont(self._small)
        painter.setPen(color)
        inner = pill.adjusted(_ICON + 12, 0, -6, 0)
        painter.drawText(inner, _LEFT, self._in_small.cut(text, inner.width() + 2))

    def _graph(self, painter: QPainter, box: QRect, line: Line, column: int) -> QRect:
        """Paint the graph of *column*, if it has one; what is left for the text."""
        name = GRAPHS.get(column, "")
        if not name:
            return box
        if line.row.usage is not None:
            height = box.height() * 0.5
            place = QRectF(box.right() - _GRAPH, box.top() + (box.height() - height) / 2, _GRAPH, height)
            shown = values(line.row.usage.history[-_POINTS:], name)
            draw(painter, shown, place, self._accent, FLOORS[name], _POINTS)
        return box.adjusted(0, 0, -_GRAPH - _GAP, 0)

    def _text(self, painter: QPainter, box: QRect, line: Line, column: int) -> None:
        text = line.cells[column]
        if not text:
            return
        many = column == RESTARTS and line.row.restarts > 0 and not line.grey
        painter.setFont(self._bold if many else self._small)
        painter.setPen(self._text_color if many or column in GRAPHS else self._second)
        measure = self._in_bold if many else self._in_small
        painter.drawText(box, _RIGHT if column in NUMBERS else _LEFT, measure.cut(text, box.width()))

    def width_of(self, text: str, column: int) -> int:
        """What *text* needs in *column*."""
        extra = _ICON + 24 if column == STATE else _GRAPH + _GAP + 2 if column in GRAPHS else 2
        return self._in_small.width(text) + extra + 2 * _PAD

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        return QSize(60, row_height())


def row_height() -> int:
    """Of a row, in device independent pixels."""
    return max(32, QFontMetrics(scaled(1.0)).height() + 13)


def heading_height() -> int:
    """Of the title of a group."""
    return max(24, QFontMetrics(scaled(_SMALL)).height() + 8)
