"""Paints a terminal's cells: text by its look, the selection, the cursor, what is being composed."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QRegion

from installer.terminal.emulator import Line, Run, View
from ui.panel.terminal.colors import BACKGROUND, CURSOR, FOREGROUND, SELECTED, color
from ui.style.theme import fixed_font

#: Around the cells.
PAD = 6
_MOST_WIDTHS = 8192


@lru_cache(4096)
def ink(name: str) -> QColor:
    """The colour."""
    return QColor(name)


class Cells:
    """Where each cell is, in pixels from the first one's corner, and how it is painted. *width* and *height*
    are those of one."""

    def __init__(self) -> None:
        font = fixed_font(1.0)
        font.setKerning(False)
        metrics = QFontMetricsF(font)
        self.width = max(1, round(metrics.horizontalAdvance("M")))
        self.height = max(1, round(metrics.height()))
        self._ascent = metrics.ascent()
        self._widths: dict[tuple[str, bool, bool], float] = {}
        self._fonts = {(bold, italic): self._font(font, bold, italic) for bold in (0, 1) for italic in (0, 1)}

    def _font(self, plain: QFont, bold: int, italic: int) -> QFont:
        made = QFont(plain)
        made.setBold(bool(bold))
        made.setItalic(bool(italic))
        own = QFontMetricsF(made).horizontalAdvance("M")
        # whole cells, whatever the font has
        made.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, self.width - own)
        return made

    @property
    def font(self) -> QFont:
        """Of plain text."""
        return self._fonts[False, False]

    def rect(self, column: int, row: int, cells: int) -> QRect:
        """The place of *cells* cells."""
        return QRect(column * self.width, row * self.height, cells * self.width, self.height)

    def paint(self, painter: QPainter, view: View, region: QRegion) -> None:
        """The rows of *view* that *region* (of the whole widget) touches."""
        across = region.boundingRect().right() + 1
        for row, line in enumerate(view.lines):
            if line and region.intersects(QRect(0, PAD + row * self.height, across, self.height)):
                self._line(painter, row, line)

    def _line(self, painter: QPainter, row: int, line: Line) -> None:
        for run in line:
            if run.style.bg not in ("default", "background"):
                painter.fillRect(self.rect(run.column, row, run.cells), ink(color(run.style.bg, back=True)))
            self._run(painter, row, run, color(run.style.fg))

    def _run(self, painter: QPainter, row: int, run: Run, name: str) -> None:
        style = run.style
        painter.setPen(ink(name))
        painter.setFont(self._fonts[style.bold, style.italic])
        base = row * self.height + self._ascent
        if run.text.isascii():
            if not run.text.isspace():
                painter.drawText(QPointF(run.column * self.width, base), run.text)
        else:  # other fonts have other widths: each in its own place
            for n, character in enumerate(run.characters):
                place = self.rect(run.column + n * run.wide, row, run.wide)
                if not character.isspace():
                    self._character(painter, place, base, character)
        for wanted, height in ((style.underline, self._ascent + 2), (style.strike, self._ascent * 0.65)):
            if wanted:
                line = QRectF(run.column * self.width, row * self.height + height, run.cells * self.width, 1)
                painter.fillRect(line, ink(name))

    def _character(self, painter: QPainter, place: QRect, base: float, character: str) -> None:
        font = painter.font()
        width = self._wide(character, bold=font.bold(), italic=font.italic())
        shift = max(0.0, (place.width() - width) / 2)
        painter.drawText(QPointF(place.x() + shift, base), character)

    def _wide(self, character: str, *, bold: bool, italic: bool) -> float:
        """Its width: finding another font that has the character takes long."""
        key = (character, bold, italic)
        found = self._widths.get(key)
        if found is None:
            if len(self._widths) > _MOST_WIDTHS:
                self._widths.clear()
            found = QFontMetricsF(self._fonts[bold, italic]).horizontalAdvance(character)
            self._widths[key] = found
        return found

    def paint_selection(
        self, painter: QPainter, view: View, begin: tuple[int, int], end: tuple[int, int], columns: int
    ) -> None:
        """From *begin* until *end* (number of the line, column)."""
        chosen = QColor(SELECTED)
        chosen.setAlpha(150)
        for row in range(len(view.lines)):
            number = view.first + row
            if begin[0] <= number <= end[0]:
                start = begin[1] if number == begin[0] else 0
                stop = end[1] if number == end[0] else columns
                painter.fillRect(self.rect(start, row, stop - start), chosen)

    def paint_cursor(self, painter: QPainter, view: View, *, focus: bool) -> None:
        """The cursor; without *focus* only its frame."""
        if view.cursor is None:
            return
        column, row = view.cursor
        under = next((r for r in view.lines[row] if r.column <= column < r.column + r.cells), None)
        place = self.rect(column, row, under.wide if under else 1)
        if not focus:
            painter.setPen(QColor(CURSOR))
            painter.drawRect(place.adjusted(0, 0, -1, -1))
            return
        painter.fillRect(place, QColor(CURSOR))
        if under is not None:
            character = under.characters[(column - under.column) // under.wide]
            one = Run(column, character, under.wide, under.style, under.wide)
            self._run(painter, row, one, BACKGROUND)

    def paint_composed(self, painter: QPainter, at: tuple[int, int], text: str, most: int) -> None:
        """*text* that is being composed stands at the cursor, underlined, and covers what is there; it does
        not go beyond *most* pixels."""
        column, row = at
        width = QFontMetricsF(self.font).horizontalAdvance(text)
        place = QRectF(column * self.width, row * self.height, width, self.height)
        place.moveLeft(max(0.0, min(place.left(), most - width)))
        painter.fillRect(place, QColor(BACKGROUND))
        painter.setFont(self.font)
        painter.setPen(QColor(FOREGROUND))
        painter.drawText(QPointF(place.left(), row * self.height + self._ascent), text)
        painter.fillRect(QRectF(place.left(), place.top() + self._ascent + 2, width, 1), QColor(CURSOR))
