"""Brings a part of a scrolling page into sight."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QScrollArea, QWidget

from ui.theme import SPACE_M

#: After this a part that came up has been laid out, in milliseconds.
SETTLED_MS = 60


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
    """Scroll to *part*, which has just come up, down to its last button, once it has been laid out."""
    QTimer.singleShot(SETTLED_MS, part, lambda: into_sight(part))


def turn(part: QWidget) -> None:
    """Fold *part*, or unfold it and bring it into sight."""
    part.setVisible(part.isHidden())
    if not part.isHidden():
        reveal(part)
