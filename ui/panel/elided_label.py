"""A text that may be longer than its place: all of it is in the tip, and for a screen reader."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from ui.style.theme import scaled
from ui.widgets.tips import set_tip


class Cut(QLabel):
    """Text from a server in as much room as there is. *lines*: of several the last ones are shown.
    *middle*: the end tells as much as the beginning (an image and its tag)."""

    def __init__(self, *, lines: int = 1, size: float = 1.0, middle: bool = False) -> None:
        super().__init__()
        self._lines = lines
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        self.setTextFormat(Qt.TextFormat.PlainText)
        if size != 1.0:
            self.setFont(scaled(size))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._whole = ""

    @property
    def whole(self) -> str:
        """All of the text."""
        return self._whole

    def show_text(self, text: str) -> None:
        """Show *text*."""
        if text != self._whole:
            self._whole = text
            self.setAccessibleName(text)
            self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        lines, metrics = self._whole.split("\n"), self.fontMetrics()
        shown = "\n".join(
            metrics.elidedText(line, self._mode, max(20, self.width() - 2)) for line in lines[-self._lines :]
        )
        if shown != self.text():
            self.setText(shown)
        set_tip(self, self._whole if shown != self._whole else "")
