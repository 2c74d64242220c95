"""Escape for a part of a page: it leaves that part, not the page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent


def escaped(event: QEvent, leave: Callable[[], object]) -> bool:
    """For ``QWidget.event``: whether *event* was Escape, which then does not reach the window. *leave* is
    called when the key is pressed."""
    if not isinstance(event, QKeyEvent) or event.key() != Qt.Key.Key_Escape:
        return False
    if event.type() == QEvent.Type.ShortcutOverride:
        event.accept()
        return True
    if event.type() != QEvent.Type.KeyPress:
        return False
    leave()
    return True
