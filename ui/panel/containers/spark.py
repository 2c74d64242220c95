"""Small graphs of what was used a moment ago."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.panel.elided_label import Cut
from ui.style.context import Ui
from ui.widgets.basics import column, label, row

#: Points that a graph of full width shows; fewer begin at its right end.
POINTS = 60
#: A line that hardly changes stands in the middle rather than at the top.
HEADROOM = 1.5


def points(values: Sequence[float], box: QRectF, floor: float, most: int = POINTS) -> list[QPointF]:
    """A line through the last *most* of *values* in *box*: zero at its bottom, its top somewhat more than the
    largest value, but at least *floor*. The newest is at the right end."""
    shown = values[-most:]
    highest = max(shown, default=0.0)
    step = box.width() / max(1, most - 1)
    right, bottom = box.right(), box.bottom()
    scale = box.height() / max(floor, HEADROOM * highest)
    first = right - step * (len(shown) - 1)
    if len(shown) > 2 and highest == min(shown):  # most containers rest most of the time
        return [QPointF(first, bottom - highest * scale), QPointF(right, bottom - highest * scale)]
    return [QPointF(first + n * step, bottom - value * scale) for n, value in enumerate(shown)]


def draw(
    painter: QPainter, values: Sequence[float], box: QRectF, color: QColor, floor: float, most: int = POINTS
) -> None:
    """Paint a line of *values* into *box*; nothing for fewer than two."""
    found = points(values, box, floor, most)
    if len(found) < 2:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color, 1.3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPolyline(QPolygonF(found))


class Graph(QWidget):
    """A graph with a ground line."""

    def __init__(self, ui: Ui, floor: float) -> None:
        super().__init__()
        self._ui, self._floor = ui, floor
        self._values: tuple[tuple[float, ...], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_values(self, *values: tuple[float, ...]) -> None:
        """One line for each."""
        if values != self._values:
            self._values = values
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(120, 26)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        c = self._ui.colors
        painter = QPainter(self)
        box = QRectF(self.rect()).adjusted(1, 2, -2, -2)
        painter.setPen(QColor(c.border))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        for values in self._values:
            draw(painter, values, box, QColor(c.accent), self._floor)


class Meter(QWidget):
    """A graph under its name and what it is now; said as one."""

    def __init__(self, ui: Ui, name: str, floor: float) -> None:
        super().__init__()
        self._name = name
        self.value = Cut(size=0.92)
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.graph = Graph(ui, floor)
        line = row(label(name, "second", size=0.92), space=8)
        line.addWidget(self.value, 1)
        self.setLayout(column(line, self.graph, space=1))

    def show_usage(self, text: str, values: tuple[float, ...]) -> None:
        """What it is now, and was."""
        self.value.show_text(text)
        self.graph.show_values(values)
        self.graph.setAccessibleName(f"{self._name}: {text}")
