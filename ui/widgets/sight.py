"""Brings a part of a scrolling page into sight."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtWidgets import QScrollArea, QWidget

from ui.theme import SPACE_M

#: After this a part that came up has been laid out, in milliseconds.
SETTLED_MS = 60
FOLLOWED_MS = 800


def into_sight(part: QWidget) -> None:
    """Scroll whatever *part* is in, so that it can be seen. Its layout must have settled."""
    parent = part.parentWidget()
    while parent is not None:
        inner = parent.widget() if isinstance(parent, QScrollArea) else None
        if isinstance(parent, QScrollArea) and inner is not None:
            top, left = part.mapTo(inner, QPoint()).y(), parent.horizontalScrollBar().value()
            # not ensureWidgetVisible: of a text it takes the cursor's line
            parent.ensureVisible(left, top + part.height(), 0, SPACE_M)
            parent.ensureVisible(left, top, 0, SPACE_M)
        parent = parent.parentWidget()


def reveal(part: QWidget) -> None:
    """Scroll to *part*, which has just come up, down to its last button: once it is laid out, and again while
    what it is in changes its height."""
    _Follower(part)


class _Follower(QObject):
    """Keeps its parent in sight for ``FOLLOWED_MS``: a layout takes longer on a slow computer."""

    def __init__(self, part: QWidget) -> None:
        super().__init__(part)
        self._part = part
        parent = part.parentWidget()
        while parent is not None:
            if isinstance(parent, QScrollArea):
                parent.verticalScrollBar().rangeChanged.connect(self._scroll)
            parent = parent.parentWidget()
        QTimer.singleShot(SETTLED_MS, self, self._scroll)
        QTimer.singleShot(FOLLOWED_MS, self, self.deleteLater)

    def _scroll(self) -> None:
        if self._part.isVisible():
            into_sight(self._part)


def turn(part: QWidget) -> None:
    """Fold *part*, or unfold it and bring it into sight."""
    part.setVisible(part.isHidden())
    if not part.isHidden():
        reveal(part)
