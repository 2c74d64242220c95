"""Brings a part of a scrolling page into sight."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtWidgets import QScrollArea, QWidget

from ui.style.theme import SPACE_S

#: After this a part that came up has been laid out, in milliseconds.
SETTLED_MS = 60
FOLLOWED_MS = 800


def into_sight(part: QWidget, head: QWidget | None = None) -> None:
    """Scroll whatever *part* is in, so that it can be seen, and *head* above it, if there is one. Where both
    do not fit, all of *part* is seen, else *head* and its beginning. The layout must have settled."""
    parent = part.parentWidget()
    while parent is not None:
        inner = parent.widget() if isinstance(parent, QScrollArea) else None
        if isinstance(parent, QScrollArea) and inner is not None:
            top, left = part.mapTo(inner, QPoint()).y(), parent.horizontalScrollBar().value()
            first = head.mapTo(inner, QPoint()).y() if head is not None and inner.isAncestorOf(head) else top
            # not ensureWidgetVisible: of a text it takes the cursor's line
            fits = part.height() <= parent.viewport().height()
            for place in (first, top + part.height(), top if fits else first):
                parent.ensureVisible(left, place, 0, SPACE_S)
        parent = parent.parentWidget()


def reveal(part: QWidget, head: QWidget | None = None) -> None:
    """Scroll to *part*, which has just come up, down to its last button: once it is laid out, and again while
    what it is in changes its height. *head*: what stands above it and stays in sight, as the button that was
    pressed."""
    _Follower(part, head)


class _Follower(QObject):
    """Keeps its parent in sight for ``FOLLOWED_MS``: a layout takes longer on a slow computer."""

    def __init__(self, part: QWidget, head: QWidget | None) -> None:
        super().__init__(part)
        self._part, self._head = part, head
        parent = part.parentWidget()
        while parent is not None:
            if isinstance(parent, QScrollArea):
                parent.verticalScrollBar().rangeChanged.connect(self._scroll)
            parent = parent.parentWidget()
        QTimer.singleShot(SETTLED_MS, self, self._scroll)
        QTimer.singleShot(FOLLOWED_MS, self, self.deleteLater)

    def _scroll(self) -> None:
        if self._part.isVisible():
            into_sight(self._part, self._head)


def turn(part: QWidget, head: QWidget) -> None:
    """Fold *part*, or unfold it and bring it into sight together with *head*, the button that does it."""
    part.setVisible(part.isHidden())
    if not part.isHidden():
        reveal(part, head)
