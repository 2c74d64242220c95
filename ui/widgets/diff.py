"""Lines that go away and lines that come in: a sign and a colour for each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from installer.views.review import DiffLine
from ui.style.context import Ui
from ui.style.theme import fixed_font

_MOST_LINES = 14


class DiffView(QPlainTextEdit):
    """Read-only; can be selected and copied. As high as its text, up to a limit."""

    def __init__(self, ui: Ui, name: str) -> None:
        super().__init__()
        self._ui = ui
        self.setReadOnly(True)
        self.setFont(fixed_font())
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.setAccessibleName(name)

    def show_lines(self, lines: Sequence[DiffLine]) -> None:
        """Show *lines* from the top."""
        self.clear()
        cursor = QTextCursor(self.document())
        for number, line in enumerate(lines):
            block, char = self._formats(line)
            if number:
                cursor.insertBlock(block, char)
            else:
                cursor.setBlockFormat(block)
            cursor.insertText(f"{line.sign.replace('-', '−')} {line.text}", char)
        self.moveCursor(QTextCursor.MoveOperation.Start)
        shown = min(max(len(lines), 1), _MOST_LINES)
        self.setFixedHeight(shown * self.fontMetrics().lineSpacing() + 34)

    def _formats(self, line: DiffLine) -> tuple[QTextBlockFormat, QTextCharFormat]:
        colors = self._ui.colors
        text, tint = {
            "-": (colors.stop, colors.stop_tint),
            "+": (colors.ok, colors.ok_tint),
        }.get(line.sign, (colors.text, ""))
        block, char = QTextBlockFormat(), QTextCharFormat()
        char.setForeground(QColor(text))
        if tint:
            block.setBackground(QColor(tint))
        return block, char
