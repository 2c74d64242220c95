"""The rows of the grid of containers. Rows are changed in place and keep their place: nothing jumps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from installer.views.container_grid import Choice
from installer.views.service_rows import Row
from ui.panel.containers.grid_columns import COLUMNS, CPU, DISK, GRAPHS, MEMORY, NETWORK, RESTARTS, UP
from ui.panel.containers.grid_words import Line, Wording
from ui.style.context import Ui
from ui.widgets.tips import tip

#: The role that gives the whole ``Line``.
LINE = Qt.ItemDataRole.UserRole + 1
#: Columns that are read from the right.
NUMBERS = frozenset({CPU, MEMORY, NETWORK, DISK, UP, RESTARTS})

_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_ROOT = QModelIndex()
#: Asked for each cell that is painted.
_A_ROW = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
_A_TITLE = Qt.ItemFlag.NoItemFlags

Index = QModelIndex | QPersistentModelIndex


class GridModel(QAbstractTableModel):
    """``show_rows`` brings it up to date."""

    def __init__(self, ui: Ui, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ui = ui
        self.wording = Wording(ui)
        self.lines: list[Line] = []
        self._choice = Choice()

    def show_rows(self, rows: Sequence[Row], *, grey: bool, choice: Choice | None = None) -> None:
        """Show *rows* in their order, in groups if that is the data path's; what did not change is not
        touched. *choice*: what the header is to tell."""
        choice = choice or Choice()
        if choice != self._choice:
            self._choice = choice
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)
        wanted: list[Line] = []
        for row in rows:
            if choice.order == "path" and (not wanted or wanted[-1].row.group != row.group):
                wanted.append(self.wording.heading(row.group, grey))
            wanted.append(self.wording.line(row, grey=grey))
        self._remove_others({line.key for line in wanted})
        self._reorder([line.key for line in wanted])
        for place, line in enumerate(wanted):
            here = self.lines[place].key if place < len(self.lines) else ""
            if here != line.key:
                self.beginInsertRows(_ROOT, place, place)
                self.lines.insert(place, line)
                self.endInsertRows()
            else:
                self._update(place, line)

    def place_of(self, service: str) -> int | None:
        """The place of a service's line."""
        found = (n for n, line in enumerate(self.lines) if not line.heading and line.row.service == service)
        return next(found, None)

    def _remove_others(self, wanted: set[str]) -> None:
        for place in reversed(range(len(self.lines))):
            if self.lines[place].key not in wanted:
                self.beginRemoveRows(_ROOT, place, place)
                del self.lines[place]
                self.endRemoveRows()

    def _reorder(self, wanted: Sequence[str]) -> None:
        """Put the remaining lines into the order of *wanted*; persistent indexes move with their rows."""
        place = {key: n for n, key in enumerate(wanted)}
        new = sorted(self.lines, key=lambda line: place[line.key])
        if new == self.lines:
            return
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        keys = [self.lines[index.row()].key for index in held]
        self.lines = new
        at = {line.key: n for n, line in enumerate(new)}
        moved = [self.index(at[key], index.column()) for key, index in zip(keys, held, strict=True)]
        self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()

    def _update(self, place: int, line: Line) -> None:
        old, self.lines[place] = self.lines[place], line
        changed = _changed(old, line)
        if changed:
            self.dataChanged.emit(self.index(place, changed[0]), self.index(place, changed[-1]))

    # ------------------------------------------------------------------ Qt's

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(COLUMNS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The title of a group is passed over by the keyboard and cannot be selected."""
        title = not index.isValid() or self.lines[index.row()].heading
        return _A_TITLE if title else _A_ROW

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line, column = self.lines[index.row()], index.column()
        if role == LINE:
            return line
        if role == Qt.ItemDataRole.DisplayRole:
            return line.cells[column]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return line.said[column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(line.tips[column]) or None
        return None

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        name = self._ui.t(f"containers.column_{COLUMNS[section]}")
        mine = self._choice.order == COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{name} {'▼' if self._choice.descending else '▲'}" if mine else name
        if role == Qt.ItemDataRole.AccessibleTextRole and mine:
            key = "down" if self._choice.descending else "up"
            return self._ui.t(f"containers.ordered_{key}", column=name)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section in NUMBERS else _LEFT
        return None


def _changed(old: Line, new: Line) -> list[int]:
    """The columns in which something else is painted or said: painting is what costs most here."""
    if (old.icon, old.grey, old.row.tone) != (new.icon, new.grey, new.row.tone):
        return list(range(len(COLUMNS)))
    before = old.row.usage.history if old.row.usage else ()
    now = new.row.usage.history if new.row.usage else ()
    moved = before is not now and before != now
    return [
        n
        for n in range(len(COLUMNS))
        if old.cells[n] != new.cells[n] or old.tips[n] != new.tips[n] or (moved and n in GRAPHS)
    ]
