"""A person who comes to the window."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest

from ui.window.window import Shell


def come_to(shell: Shell) -> None:
    """Move the pointer over the window."""
    for x in (300, 310):
        QTest.mouseMove(shell.windowHandle(), QPoint(x, 300))
