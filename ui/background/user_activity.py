"""Detects the first user input: a key, a click, a pointer that moves over the window.

Until then nothing is loaded beyond what is seen, so a window that is not used costs little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, Signal

if TYPE_CHECKING:
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QMouseEvent, QWindow

_ACTS = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
        QEvent.Type.DragEnter,
    }
)


class UserActivity(QObject):
    """Watches *window* and emits ``came`` at the first input. A pointer that rests there when the window
    opens is none."""

    came = Signal()

    def __init__(self, window: QWindow, parent: QObject) -> None:
        super().__init__(parent)
        self._window, self._at = window, cast("QPointF | None", None)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        kind = event.type()
        if kind in _ACTS or (kind == QEvent.Type.MouseMove and self._moved(cast("QMouseEvent", event))):
            self._window.removeEventFilter(self)
            self.came.emit()
        return False

    def _moved(self, event: QMouseEvent) -> bool:
        here = event.globalPosition()
        before, self._at = self._at, here
        return before is not None and before != here
