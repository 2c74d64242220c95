"""The list of log lines: it stays at the newest one unless somebody reads further up."""

from __future__ import annotations

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ui.context import Ui
from ui.panel.log_model import ENTRY, LONGEST, Entry, LogModel
from ui.theme import fixed_font

_PAD, _GAP = 14, 14
#: The column of service names is never wider, in characters.
_MOST_SERVICE = 20

Index = QModelIndex | QPersistentModelIndex


class LineDelegate(QStyledItemDelegate):
    """Time, service, level and text in the fixed font."""

    def __init__(self, ui: Ui, model: LogModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._ui, self._model = ui, model
        self._font = fixed_font(0.92)
        self._bold = fixed_font(0.92)
        self._bold.setBold(True)
        self._metrics, bold = QFontMetrics(self._font), QFontMetrics(self._bold)
        self.height = self._metrics.height() + 4
        self._levels = {name: ui.t(f"logs.level_{name}") for name in ("error", "warning")}
        self._clock = self._metrics.horizontalAdvance("00:00:00.000") + _GAP
        self._level = max(bold.horizontalAdvance(word) for word in self._levels.values()) + _GAP
        self._service = 0
        self._measured: tuple[str, int] = ("", 0)
        self.show_services(())

    def show_services(self, services: tuple[str, ...]) -> bool:
        """Make room for these names; whether that changed anything."""
        names = (name[:_MOST_SERVICE] for name in (*services, "api"))
        before, self._service = self._service, max(map(self._metrics.horizontalAdvance, names)) + _GAP
        return before != self._service

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry: Entry = index.data(ENTRY)
        c, rect, state = self._ui.colors, option.rect, option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(c.selection))
        elif entry.level == "error":
            painter.fillRect(rect, QColor(c.stop_tint))
        left = rect.left() + _PAD
        left = self._part(painter, rect, left, self._clock, entry.clock, c.second)
        left = self._part(painter, rect, left, self._service, entry.service[:_MOST_SERVICE], c.accent)
        if entry.level:
            color = c.stop if entry.level == "error" else c.warning
            painter.setFont(self._bold)
            self._part(painter, rect, left, self._level, self._levels[entry.level], color)
        painter.setFont(self._font)
        left += self._level
        self._part(painter, rect, left, max(0, rect.right() - left), entry.shown, c.text)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(c.accent), 1))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        painter.restore()

    def _part(self, painter: QPainter, rect: QRect, left: int, width: int, text: str, color: str) -> int:
        if painter.font() != self._bold:
            painter.setFont(self._font)
        painter.setPen(QColor(color))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRect(left, rect.top(), width, rect.height()), int(flags), text)
        return left + width

    @property
    def width(self) -> int:
        """What the longest line needs."""
        longest = self._model.longest
        if self._measured[0] != longest:
            self._measured = (longest, self._metrics.horizontalAdvance(longest[:LONGEST]))
        fixed = 2 * _PAD + self._clock + self._service + self._level
        return fixed + self._measured[1] + _GAP


class LogList(QTableView):
    """A table of one column, as a list view lays all its rows out anew for each line that comes.

    ``following`` tells whether the list stays at its end; ``copy`` gives the selected lines as text."""

    following_changed = Signal(bool)
    copy = Signal(str)

    def __init__(self, ui: Ui, model: LogModel) -> None:
        super().__init__()
        self._following, self._ours = True, False
        self._log = model
        self.lines = LineDelegate(ui, model, self)
        self.setItemDelegate(self.lines)
        self.setModel(model)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().hide()
        down = self.verticalHeader()
        down.hide()
        down.setMinimumSectionSize(1)
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setDefaultSectionSize(self.lines.height)
        self.setAccessibleName(ui.t("logs.list"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(self._moved)
        bar.rangeChanged.connect(self._range_changed)
        model.rowsAboutToBeRemoved.connect(self._about_to_forget)
        model.rowsRemoved.connect(self._forgot)
        model.modelReset.connect(self._range_changed)
        for changed in (model.rowsInserted, model.modelReset):
            changed.connect(self._widen)
        self._widen()

    @property
    def following(self) -> bool:
        """Whether it stays at the newest line."""
        return self._following

    def follow(self, on: bool) -> None:
        """Jump to the end and stay there, or stay where it is."""
        if on != self._following:
            self._following = on
            self.following_changed.emit(on)
        if on:
            self._range_changed()

    def show_services(self, services: tuple[str, ...]) -> None:
        """Room for the names of these services."""
        if self.lines.show_services(services):
            self._widen()
            self.viewport().update()

    def _widen(self, *_: object) -> None:
        """Room for the longest line, at least the whole width: colours behind a line reach to its end."""
        wanted = max(self.lines.width, self.viewport().width())
        if wanted != self.columnWidth(0):
            self.setColumnWidth(0, wanted)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._widen()

    def selected_text(self) -> str:
        """The selected lines, oldest first."""
        places = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return "\n".join(self._log.rows[place].copied for place in places)

    def _moved(self, value: int) -> None:
        """Somebody scrolls up: the list holds still."""
        if not self._ours and self._following and value < self.verticalScrollBar().maximum():
            self.follow(False)

    def _range_changed(self, *_: object) -> None:
        if self._following:
            self._scroll(self.verticalScrollBar().maximum())

    def _scroll(self, value: int) -> None:
        before, self._ours = self._ours, True
        self.verticalScrollBar().setValue(value)
        self._ours = before

    def _about_to_forget(self, _parent: Index, _first: int, _last: int) -> None:
        self._ours = True  # the bar moves by itself while rows go

    def _forgot(self, _parent: Index, first: int, last: int) -> None:
        """The oldest lines went: what one reads stays where it is."""
        if not self._following:
            self._scroll(max(0, self.verticalScrollBar().value() - (last - first + 1)))
        self._ours = False

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """The keyboard begins at the last line in view, not at the oldest one (which Qt would take)."""
        if not self.currentIndex().isValid() and self._log.rows:
            at = self.indexAt(self.viewport().rect().bottomLeft() - QPoint(0, self.lines.height))
            place = at.row() if at.isValid() else len(self._log.rows) - 1
            flag = QItemSelectionModel.SelectionFlag.NoUpdate
            self.setAutoScroll(False)
            self.selectionModel().setCurrentIndex(self._log.index(place, 0), flag)
            self.setAutoScroll(True)
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.matches(QKeySequence.StandardKey.Copy):
            if text := self.selected_text():
                self.copy.emit(text)
            return
        super().keyPressEvent(event)
