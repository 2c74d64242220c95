"""A scrolling column with a title: what pages and sections of the panel stand in."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from ui.style.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XL, TEXT_WIDTH
from ui.widgets.basics import set_kind, subtitle, title

#: Beyond this the end of a row is too far from its beginning to be read together with it.
ROWS_WIDTH = 960


class _Inner(QWidget):
    """As high as its content is at the width it has: texts ask for more before they know theirs, and the
    scroll area would keep that much room."""

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(super().minimumSizeHint().width(), 0)


class Column(QWidget):
    """A scrolling column with a title and a sentence under it; add to ``body``. *wide*: not limited to the
    width of text."""

    def __init__(self, heading: str, sentence: str = "", *, wide: bool = False, scroll: bool = True) -> None:
        super().__init__()
        inner = _Inner()
        set_kind(inner, "column")
        if not wide:
            inner.setMaximumWidth(TEXT_WIDTH + 2 * SPACE_XL)
        self.body = QVBoxLayout(inner)
        self.body.setContentsMargins(SPACE_XL, SPACE_L + 2, SPACE_XL, SPACE_L)
        self.body.setSpacing(SPACE_M)
        self.heading, self.sentence = title(heading), subtitle(sentence)
        if not sentence:  # never shown before it has a parent: that would be a window
            self.sentence.hide()
        head = QVBoxLayout()
        head.setSpacing(SPACE_S - 2)
        head.addWidget(self.heading)
        head.addWidget(self.sentence)
        self.body.addLayout(head)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.scrolls = scroll
        if not scroll:
            outer.addWidget(inner)
            return
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.area.setWidget(inner)
        outer.addWidget(self.area)

    def to_top(self) -> None:
        """Show the beginning: it comes up once more, and where it was scrolled to was of another visit."""
        if self.scrolls:
            self.area.verticalScrollBar().setValue(0)

    def show_heading(self, heading: str, sentence: str) -> None:
        """Other words on top."""
        self.heading.setText(heading)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))


def limit_width(page: Column) -> None:
    """Let a wide *page* use the window, but not all of a very large one."""
    inner = page.area.widget()
    if inner is not None:
        inner.setMaximumWidth(ROWS_WIDTH + 2 * SPACE_XL)
