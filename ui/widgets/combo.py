"""A list to choose from."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox

from ui.context import Ui


class CalmCombo(QComboBox):
    """A list that the wheel does not change while somebody scrolls past it. It draws its arrow itself, as the
    style sheet's is gone with the border."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        arrow = self._ui.pixmap("chevron-down", self._ui.colors.second, 16)
        painter = QPainter(self)
        painter.drawPixmap(self.width() - 26, (self.height() - 16) // 2, arrow)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        event.ignore()
