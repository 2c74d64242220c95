"""The table of all variables, with its search."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ui.style.context import Ui
from ui.style.theme import SPACE_S
from ui.widgets.basics import Card, button, hint, row
from ui.widgets.field import SearchLine, is_enter
from ui.wizard.settings.variable_values import Variable
from ui.wizard.settings.variables import NAME, ORIGIN, VALUE, VariableModel, plain

_SHARES = {NAME: 0.37, VALUE: 0.23, ORIGIN: 0.2}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def _is_enter(event: QEvent) -> bool:
    """Whether the window's own use of Enter is about to be looked for."""
    return event.type() == QEvent.Type.ShortcutOverride and is_enter(event)


class _Delegate(QStyledItemDelegate):
    """Enter ends the editing; it is not the window's Next."""

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:  # noqa: N802
        if _is_enter(event):
            event.accept()
            return True
        return super().eventFilter(editor, event)


class _Table(QTableView):
    """Enter edits the value, Delete takes the default again, Tab leaves the table."""

    put_back = Signal()

    def event(self, event: QEvent) -> bool:
        if _is_enter(event):
            event.accept()
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """All columns share the width, the last one has the rest."""
        super().resizeEvent(event)
        for column, share in _SHARES.items():
            self.horizontalHeader().resizeSection(column, int(self.viewport().width() * share))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key, current = Qt.Key(event.key()), self.currentIndex()
        if self.state() is QAbstractItemView.State.EditingState:
            event.accept()  # the editor's own key, passed on while it closes
        elif key in _ENTER and current.isValid():
            value = current.siblingAtColumn(VALUE)
            self.setCurrentIndex(value)
            if value.flags() & Qt.ItemFlag.ItemIsEditable:
                self.edit(value)
        elif key is Qt.Key.Key_Delete:
            self.put_back.emit()
        else:
            super().keyPressEvent(event)


class _Search(SearchLine):
    """Enter and Down go to the table; neither leaves the page."""

    leave = Signal()

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.returnPressed.connect(self.leave)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Down:
            self.leave.emit()
        else:
            super().keyPressEvent(event)


class VariableTable(QWidget):
    """``changed`` gives a name and its new value, None for the default."""

    changed = Signal(str, object)

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self.model = VariableModel(ui)
        self.model.changed.connect(self.changed)
        self.model.dataChanged.connect(self._show_current)
        self.search = _Search(ui.t("settings.variables_search"))
        self.search.setPlaceholderText(ui.t("settings.variables_search"))
        self.search.textChanged.connect(self._find)
        self.search.leave.connect(self._into_table)
        self.table = self._table()
        self.found = hint()
        self.reset = button(ui.t("settings.reset"), self._reset)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self.search)
        frame = Card(margins=1, space=0)
        frame.body.addWidget(self.table)
        layout.addWidget(frame)
        foot = row()
        foot.addWidget(self.found, 1)
        foot.addWidget(self.reset)
        layout.addLayout(foot)
        self.setFocusProxy(self.search)
        self._show_current()

    def _table(self) -> _Table:
        table = _Table()
        table.setModel(self.model)
        table.setItemDelegate(_Delegate(table))
        table.setAccessibleName(plain(self._ui.t("settings.more")))
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setFixedHeight(320)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 16)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(60)
        table.selectionModel().currentChanged.connect(self._show_current)
        self.model.modelReset.connect(self._show_current)
        table.put_back.connect(self._reset)
        return table

    # -------------------------------------------------------------------- content

    def show_variables(self, variables: tuple[Variable, ...]) -> None:
        """Another release's variables."""
        self.model.show_variables(variables)
        self._show_found()

    def _find(self, text: str) -> None:
        self.model.search(text)
        self._show_found()

    def _show_found(self) -> None:
        count, ui = self.model.rowCount(), self._ui
        none = ui.t("settings.variables_none")
        self.found.setText(ui.t("settings.variables_found", count=ui.count(count)) if count else none)

    def _into_table(self) -> None:
        if self.model.rowCount():
            self.table.setCurrentIndex(self.model.index(0, VALUE))
            self.table.setFocus()

    def _current(self) -> Variable | None:
        index: QModelIndex = self.table.currentIndex()
        return self.model.variable(index.row()) if index.isValid() else None

    def _show_current(self, *_: object) -> None:
        """What the button would put back."""
        if not hasattr(self, "reset"):
            return  # the model speaks up while the table is made
        current = self._current()
        self.reset.setEnabled(current is not None and self.model.can_reset(current))
        name = current.name if current else ""
        text = self._ui.t("settings.reset_name", name=name) if name else self._ui.t("settings.reset")
        self.reset.setAccessibleName(text)

    def _reset(self) -> None:
        current = self._current()
        if current is not None and self.model.can_reset(current):
            self.model.reset(current)
