"""The last lines of a log: appended, never rewritten, and still while one reads further up."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit

from installer.views.progress import KEPT_LINES
from ui.style.theme import fixed_font


class LogBox(QPlainTextEdit):
    """Read-only. ``show_lines`` gets the last lines as they are now and appends those that are new."""

    def __init__(self, name: str, placeholder: str = "") -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setFont(fixed_font(0.92))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setMaximumBlockCount(KEPT_LINES)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self._lines: tuple[str, ...] = ()

    def show_lines(self, lines: tuple[str, ...]) -> None:
        """Show *lines*; the place one reads at stays, the end is followed if one is there."""
        if lines is self._lines or lines == self._lines:
            return
        kept = overlap(self._lines, lines)
        gone, added = len(self._lines) - kept, lines[kept:]
        self._lines = lines
        if not kept:
            self.setPlainText("\n".join(lines))
            self._to_end()
            return
        bar = self.verticalScrollBar()
        at_end, value = bar.value() >= bar.maximum(), bar.value()
        if added:
            self.appendPlainText("\n".join(added))
        if at_end:
            self._to_end()
        else:  # lines at the top are gone: the same text has another number now
            bar.setValue(max(0, value - gone))

    def _to_end(self) -> None:
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())


def overlap(old: tuple[str, ...], new: tuple[str, ...]) -> int:
    """How many of the first lines of *new* are the last lines of *old*."""
    for kept in range(min(len(old), len(new)), 0, -1):
        if old[-kept] == new[0] and old[len(old) - kept :] == new[:kept]:
            return kept
    return 0
