"""Brings a part of a scrolling page into sight."""

from __future__ import annotations

from PySide6.QtWidgets import QScrollArea, QWidget

from ui.theme import SPACE_M

#: After this a part that came up has been laid out, in milliseconds.
SETTLED_MS = 60


def into_sight(part: QWidget) -> None:
    """Scroll whatever *part* is in, so that it can be seen. Its layout must have settled."""
    parent = part.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(part, 0, SPACE_M)
        parent = parent.parentWidget()
