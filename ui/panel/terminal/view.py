"""Shows a terminal and types into it: what is seen of it, selection, keyboard, input method."""

from __future__ import annotations

import time
from contextlib import nullcontext

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QMenu, QWidget

from installer.terminal.emulator import View
from installer.terminal.keys import Modifiers, named, pasted
from installer.terminal.session import Terminal
from ui.panel.terminal.colors import BACKGROUND
from ui.panel.terminal.keys import leaves, sent, shortcut
from ui.panel.terminal.paint import PAD, Cells, ink
from ui.style.context import Ui
from ui.widgets.announce import announce

#: Between two paintings at least, in seconds.
_FRAME_SECONDS = 1 / 30
#: After so long without new output the text at the cursor is announced to screen readers.
_SETTLED_MS = 400
#: A place in the text: number of the line, column.
_Place = tuple[int, int]


class TerminalView(QAbstractScrollArea):
    """``left``: the person wants on (1) or back (-1) by keyboard; ``copied`` gives text for the clipboard."""

    left = Signal(int)
    copied = Signal(str)

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self.terminal: Terminal | None = None
        self.live = False
        self._view: View | None = None
        self._first: int | None = None  # None: the screen itself
        self._from: _Place | None = None
        self._to: _Place | None = None
        self._preedit = ""
        self._said = ""
        self._cells = Cells()
        self.setAccessibleName(ui.t("terminal.screen"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self._taken_at = 0.0
        self._frame, self._settled = QTimer(self), QTimer(self)
        self._settled.setInterval(_SETTLED_MS)
        for timer, what in ((self._frame, self._take), (self._settled, self._tell)):
            timer.setSingleShot(True)
            timer.timeout.connect(what)

    # ------------------------------------------------------------------- show

    def show_terminal(self, terminal: Terminal | None, *, live: bool) -> None:
        """Show *terminal*; *live*: its shell is there."""
        other = terminal is not self.terminal
        self.terminal, self.live = terminal, live
        if other:
            self._first = self._from = self._to = self._view = None
            self._preedit = ""
            self._fit()
        self._take()
        self.viewport().update()

    def wake(self) -> None:
        """There is something new to see: at once, or when the last painting is long enough ago."""
        if not self._frame.isActive():
            left = self._taken_at + _FRAME_SECONDS - time.monotonic()
            self._frame.start(max(0, round(left * 1000)))

    def cells(self) -> tuple[int, int]:
        """Columns and lines that there is room for."""
        size = self.viewport().size()
        return (
            max(2, (size.width() - 2 * PAD) // self._cells.width),
            max(1, (size.height() - 2 * PAD) // self._cells.height),
        )

    def _fit(self) -> None:
        if self.terminal is not None:
            self.terminal.resize(*self.cells())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()
        self._take()

    def _take(self) -> None:
        """Read the screen again."""
        self._taken_at = time.monotonic()
        if self.terminal is None:
            self._view = None
            self.viewport().update()
            return
        before = self._view
        self._view = view = self.terminal.shown if self._first is None else self.terminal.view(self._first)
        if view is before:
            return
        if self._first is not None and view.first >= view.last:
            self._first = None
        self._show_place(view)
        self._settled.start()
        self._paint_changed(before, view)
        if self.hasFocus():
            QGuiApplication.inputMethod().update(Qt.InputMethodQuery.ImCursorRectangle)

    def _show_place(self, view: View) -> None:
        bar = self.verticalScrollBar()
        bar.blockSignals(True)
        bar.setRange(view.oldest, view.last)
        bar.setPageStep(max(1, len(view.lines)))
        bar.setValue(view.first)
        bar.blockSignals(False)

    def _paint_changed(self, before: View | None, view: View) -> None:
        """Rows that look as they did are the same objects (``Emulator.view``)."""
        moved = before is None or before.first != view.first or len(before.lines) != len(view.lines)
        if before is None or (moved and self._from is not None) or len(before.lines) != len(view.lines):
            self.viewport().update()  # a selection stands in lines, not in rows
            return
        rows = {
            n for n, (old, new) in enumerate(zip(before.lines, view.lines, strict=True)) if old is not new
        }
        rows |= {seen.cursor[1] for seen in (before, view) if seen.cursor is not None}
        width = self.viewport().width()
        for row in rows:
            self.viewport().update(0, PAD + row * self._cells.height, width, self._cells.height)

    def _scrolled(self, value: int) -> None:
        self._first = None if value >= self.verticalScrollBar().maximum() else value
        self._take()

    def _tell(self) -> None:
        """The line of the cursor, once nothing new comes."""
        view = self._view
        if view is None or view.cursor is None or not self.hasFocus():
            return
        number = view.first + view.cursor[1]
        begin, end = (max(view.first, number - 1), 0), (number, self.cells()[0])
        text = self.terminal.text(begin, end).strip() if self.terminal is not None else ""
        if text != self._said:
            self._said = text
            announce(self, text)

    # ------------------------------------------------------------------ paint

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        with self.terminal.resting() if self.terminal is not None else nullcontext():
            painter = QPainter(self.viewport())
            painter.fillRect(event.rect(), ink(BACKGROUND))
            if self._view is not None:
                painter.translate(PAD, PAD)
                self._paint(painter, self._view, event.region())
            painter.end()

    def _paint(self, painter: QPainter, view: View, region: QRegion) -> None:
        self._cells.paint(painter, view, region)
        begin, end = self._selection()
        if begin != end:
            self._cells.paint_selection(painter, view, begin, end, self.cells()[0])
        if not self.live or view.cursor is None:
            return
        if self._preedit:
            most = self.viewport().width() - 2 * PAD
            self._cells.paint_composed(painter, view.cursor, self._preedit, most)
        else:
            self._cells.paint_cursor(painter, view, focus=self.hasFocus())

    # --------------------------------------------------------------- keyboard

    def event(self, event: QEvent) -> bool:
        """Every key is the shell's, also those that are shortcuts elsewhere (Alt and a letter, Escape)."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if self.live:
                event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self.live:
            self.keyPressEvent(event)  # before Qt takes Tab to go on
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if self.terminal is None or not self.live:
            super().keyPressEvent(event)
            return
        if way := leaves(event):
            self.left.emit(way)
            return
        known = shortcut(event)
        if known == "copy":
            self.copy()
        elif known == "paste":
            self.paste()
        elif data := sent(event, application=self.terminal.cursor_keys):
            self._type(data)

    def _type(self, data: bytes) -> None:
        if self.terminal is not None and self.live:
            self._first = None
            if self._from is not None:
                self._from = self._to = None
                self.viewport().update()
            self.terminal.send(data)
            self.wake()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:  # noqa: N802
        self._preedit = event.preeditString()
        if event.commitString():
            self._type(event.commitString().encode())
        event.accept()
        self.viewport().update()

    def inputMethodQuery(self, query: Qt.InputMethodQuery) -> object:  # noqa: N802
        if query == Qt.InputMethodQuery.ImEnabled:
            return self.live
        if query == Qt.InputMethodQuery.ImCursorRectangle:
            column, row = (self._view.cursor if self._view else None) or (0, 0)
            return self._cells.rect(column, row, 1).translated(self.viewport().pos() + QPoint(PAD, PAD))
        if query == Qt.InputMethodQuery.ImFont:
            return self._cells.font
        if query == Qt.InputMethodQuery.ImHints:
            hints = Qt.InputMethodHint
            return int((hints.ImhNoPredictiveText | hints.ImhNoAutoUppercase).value)
        return super().inputMethodQuery(query)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        self.viewport().update()

    # ------------------------------------------------------ mouse, copy, paste

    def _place(self, at: QPoint) -> _Place:
        view = self._view
        row = max(0, min((at.y() - PAD) // self._cells.height, (len(view.lines) if view else 1) - 1))
        column = max(0, min(round((at.x() - PAD) / self._cells.width), self.cells()[0]))
        return (view.first if view else 0) + row, column

    def _selection(self) -> tuple[_Place, _Place]:
        if self._from is None or self._to is None:
            return (0, 0), (0, 0)
        return min(self._from, self._to), max(self._from, self._to)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self._from = self._to = self._place(event.position().toPoint())
            self.viewport().update()
        elif event.button() == Qt.MouseButton.MiddleButton:
            clipboard = QGuiApplication.clipboard()
            if clipboard.supportsSelection():
                self._paste_text(clipboard.text(clipboard.Mode.Selection))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.buttons() & Qt.MouseButton.LeftButton and self._from is not None:
            self._to = self._place(event.position().toPoint())
            self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A word."""
        number, column = self._place(event.position().toPoint())
        if self.terminal is None:
            return
        line = self.terminal.text((number, 0), (number, self.cells()[0]))
        text = f"{line} "
        column = min(column, len(line))
        start, end = text.rfind(" ", 0, column) + 1, text.find(" ", column)
        if line.isascii():  # elsewhere cells and characters differ
            self._from, self._to = (number, start), (number, end)
            self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Over a full-screen program, which keeps no lines above, the wheel is its arrows."""
        steps = event.angleDelta().y() // 40
        if self.terminal is not None and self.live and self.terminal.alternate:
            key = ("up" if steps > 0 else "down", abs(steps))
            data = named(key[0], Modifiers(), application=self.terminal.cursor_keys)
            self._type(data * key[1])
            event.accept()
            return
        super().wheelEvent(event)

    def selected(self) -> str:
        """The text that is selected."""
        begin, end = self._selection()
        return self.terminal.text(begin, end) if self.terminal is not None and begin != end else ""

    def copy(self) -> None:
        """The selection to the clipboard."""
        if text := self.selected():
            self.copied.emit(text)

    def paste(self) -> None:
        """The clipboard to the program."""
        self._paste_text(QGuiApplication.clipboard().text())

    def _paste_text(self, text: str) -> None:
        if text and self.terminal is not None:
            self._type(pasted(text, bracketed=self.terminal.bracketed))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        menu = self.menu()
        menu.popup(event.globalPos())

    def menu(self) -> QMenu:
        """Copy and paste."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self._ui.t("terminal.copy"), self.copy).setEnabled(bool(self.selected()))
        can = self.live and bool(QGuiApplication.clipboard().text())
        menu.addAction(self._ui.t("terminal.paste"), self.paste).setEnabled(can)
        return menu

    def leave(self, way: int) -> None:
        """Give the focus to what comes next, or to what is before."""
        found: QWidget = self
        for _ in range(200):
            following = found.nextInFocusChain() if way > 0 else found.previousInFocusChain()
            if following is None:
                return
            found = following
            takes = found.focusPolicy() & Qt.FocusPolicy.TabFocus
            if found.isVisible() and found.isEnabled() and takes and not self.isAncestorOf(found):
                reason = Qt.FocusReason.TabFocusReason if way > 0 else Qt.FocusReason.BacktabFocusReason
                found.setFocus(reason)
                return
