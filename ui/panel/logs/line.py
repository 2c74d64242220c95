"""Paints lines of the log: time, service, level and text in the fixed font.

All of them in one go and with nothing but numbers and texts: each Qt object that Python makes or gets while
it paints (a rectangle, an index) lets other threads in, and while a log is read one of them takes the chance.
With a delegate for each row that came to a hundred times in a frame.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QColor, QFontMetrics, QFontMetricsF, QPainter, QPixmap

from ui.panel.logs.entry import Entry
from ui.panel.logs.model import LogModel
from ui.style.colors import Colors
from ui.style.context import Ui
from ui.style.theme import fixed_font

_PAD, _GAP, _MARK = 14, 14, 20
#: The column of service names is never wider, in characters.
_MOST_SERVICE = 20
#: A text is not drawn further to the right than this.
_WIDEST = 40_000


@dataclass(frozen=True)
class Part:
    """What is painted: rows *first* to *last* (included) with the top of *first* at *top*; lines begin at
    *left* and reach *width* pixels, of which those from 0 to *seen* are in view."""

    first: int
    last: int
    top: int
    left: int
    width: int
    seen: int
    selected: Container[int] = ()
    focused: int = -1


class LinePainter(QObject):
    """``wider``: ``width`` has grown, as a longer line than before was painted."""

    wider = Signal()

    def __init__(self, ui: Ui, model: LogModel, parent: QObject) -> None:
        super().__init__(parent)
        self._ui, self._model = ui, model
        self._font = fixed_font(0.92)
        self._bold = fixed_font(0.92)
        self._bold.setBold(True)
        self._metrics, self._in_bold = QFontMetrics(self._font), QFontMetrics(self._bold)
        self.height = self._metrics.height() + 4
        self._ascent = self._metrics.ascent()
        #: Of each ASCII character; 0 if they differ (no fixed font there).
        self._advance = advance(QFontMetricsF(self._font))
        self._levels = {name: ui.t(f"logs.level_{name}") for name in ("error", "warning")}
        self._clock = self._metrics.horizontalAdvance("00-00 00:00:00") + _GAP
        self._level = max(map(self._in_bold.horizontalAdvance, self._levels.values())) + _GAP
        self._service = 0
        self._longest = 0
        self._inks, self._ansi = inks_of(ui.colors), ansi(ui.colors)
        self._icons: dict[bool, QPixmap] = {}
        self._begin, self._end = 0, 0
        self.show_services(())
        model.modelReset.connect(self._forget)

    def show_services(self, services: tuple[str, ...]) -> bool:
        """Make room for these names; whether that changed anything."""
        names = (name[:_MOST_SERVICE] for name in (*services, "api"))
        before, self._service = self._service, max(map(self._metrics.horizontalAdvance, names)) + _GAP
        return before != self._service

    def _forget(self) -> None:
        self._longest = 0

    @property
    def _text(self) -> int:
        """Where texts begin."""
        return _PAD + self._clock + self._service + self._level

    def on_mark(self, x: int) -> bool:
        """Whether *x* is where a fold's mark is drawn."""
        return self._text - 4 <= x < self._text + _MARK

    def paint(self, painter: QPainter, part: Part) -> None:
        """Paint rows."""
        painter.setFont(self._font)
        self._begin, self._end = 0, part.seen
        top, height = part.top, self.height
        for row in range(part.first, part.last + 1):
            entry = self._model.entry(row)
            if entry is not None:
                self._row(painter, part, top, entry, selected=row in part.selected)
            if row == part.focused:
                painter.setPen(self._inks["accent"])
                painter.drawRect(part.left, top, part.width - 1, height - 1)
            top += height

    def _row(self, painter: QPainter, part: Part, top: int, entry: Entry, *, selected: bool) -> None:
        inks = self._inks
        behind = "selection" if selected else "mark" if entry.line.mark else entry.look.level
        if behind in ("selection", "mark", "error"):
            painter.fillRect(part.left, top, part.width, self.height, inks[behind])
        left, base = part.left + _PAD, top + 2 + self._ascent
        self._write(painter, left, base, entry.clock, inks["second"])
        left += self._clock
        if entry.line.mark:
            self._write(painter, left, base, self._model.say_mark(entry.line), inks["second"])
        else:
            self._words(painter, left, base, entry)

    def _words(self, painter: QPainter, left: int, base: int, entry: Entry) -> None:
        level, inks = entry.look.level, self._inks
        self._write(painter, left, base, entry.line.service[:_MOST_SERVICE], inks["accent"])
        left += self._service
        if level in self._levels:
            painter.setFont(self._bold)
            self._write(painter, left, base, self._levels[level], inks[f"{level} word"])
            painter.setFont(self._font)
        left += self._level
        if entry.after:
            if not self._icons:  # drawn from SVG, which the section need not wait for
                for folded, name in ((True, "chevron-right"), (False, "chevron-down")):
                    self._icons[folded] = self._ui.pixmap(name, self._ui.colors.second, 14)
            top = base - self._ascent + (self.height - 18) // 2
            painter.drawPixmap(left, top, self._icons[entry.folded])
            left += _MARK
        text = entry.shown
        if entry.folded:
            text += f"  ⋯ {self._ui.t('logs.folded', count=self._ui.count(entry.after + 1))}"
        if entry.width < 0:
            entry.width = self._width(text) + (_MARK if entry.after else 0)
        if entry.width > self._longest:
            self._longest = entry.width
            self.wider.emit()
        ink = inks["second"] if level == "debug" else inks["text"]
        if entry.look.spans and not entry.folded:
            self._coloured(painter, left, base, entry, ink)
        else:
            self._write(painter, left, base, text, ink)

    def _coloured(self, painter: QPainter, left: int, base: int, entry: Entry, plain: QColor) -> None:
        """A text with colours of its own."""
        text, at = entry.look.text, 0
        for span in entry.look.spans:
            left = self._piece(painter, left, base, text[at : span.start], plain)
            ink = plain if span.color is None else self._ansi[span.color]
            piece = text[span.start : span.end]
            if span.bold:
                painter.setFont(self._bold)
                painter.setPen(ink)
                painter.drawText(left, base, piece)
                left += self._in_bold.horizontalAdvance(piece)
                painter.setFont(self._font)
            else:
                left = self._piece(painter, left, base, piece, ink)
            at = span.end
        self._piece(painter, left, base, text[at:], plain)

    def _piece(self, painter: QPainter, left: int, base: int, text: str, ink: QColor) -> int:
        if not text:
            return left
        self._write(painter, left, base, text, ink)
        return left + self._width(text)

    def _width(self, text: str) -> int:
        if self._advance and text.isascii():
            return round(len(text) * self._advance)
        return self._metrics.horizontalAdvance(text)

    def _write(self, painter: QPainter, left: int, base: int, text: str, ink: QColor) -> None:
        """In the usual font. Of a long line what is in view: shaping the rest takes long."""
        painter.setPen(ink)
        if self._advance and len(text) > 100 and text.isascii():
            first = max(0, int((self._begin - left) / self._advance))
            last = max(0, int((self._end - left) / self._advance) + 2)
            painter.drawText(QPointF(left + first * self._advance, base), text[first:last])
        else:
            painter.drawText(left, base, text)

    @property
    def width(self) -> int:
        """What the longest line needs that was painted so far."""
        return self._text + _PAD + min(self._longest, _WIDEST) + _GAP


def advance(metrics: QFontMetricsF) -> float:
    """Of an ASCII character in pixels; 0 if they are not of one width."""
    widths = {metrics.horizontalAdvance(char * 100) for char in "iW0 ~"}
    return widths.pop() / 100 if len(widths) == 1 else 0.0


def inks_of(c: Colors) -> dict[str, QColor]:
    """What is painted with: making them costs more than painting."""
    named = {
        **{"text": c.text, "second": c.second, "accent": c.accent, "selection": c.selection},
        **{"mark": c.neutral_tint, "error": c.stop_tint, "error word": c.stop, "warning word": c.warning},
    }
    return {name: QColor(color) for name, color in named.items()}


def ansi(c: Colors) -> tuple[QColor, ...]:
    """The terminal's 16 colours as ours, so that each can be read in either theme."""
    eight = (c.second, c.stop, c.ok, c.warning, c.accent, c.accent, c.accent, c.text)
    return tuple(map(QColor, (*eight, *eight)))
