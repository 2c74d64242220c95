"""A thin bar that shows how full something is; the words beside it say the same."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.style.context import Ui
from ui.widgets.pill import Tone, tone_color

_WIDTH, _HEIGHT, _BAR = 160, 18, 6


class Meter(QWidget):
    """Not exposed to screen readers: a bar says nothing to a user who cannot see it."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._track = QColor(ui.colors.border)
        self._ui = ui
        self._fill = QColor(ui.colors.accent)
        self._part = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_part(self, part: float, tone: Tone) -> None:
        """*part*: from 0 to 1."""
        fill = QColor(self._ui.colors.second if tone == "ok" else tone_color(self._ui, tone))
        if (part, fill) != (self._part, self._fill):
            self._part, self._fill = part, fill
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(_WIDTH, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QRectF(0, (self.height() - _BAR) / 2, self.width(), _BAR)
        painter.setBrush(self._track)
        painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)
        if self._part > 0:
            bar.setWidth(max(_BAR, bar.width() * self._part))
            painter.setBrush(self._fill)
            painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)
