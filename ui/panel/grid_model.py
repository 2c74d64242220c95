"""The rows of the grid of containers. Rows keep their order and are changed in place: nothing jumps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from installer.panel import Row
from ui.context import Ui

COLUMNS = ("service", "state", "tag", "ports", "up", "restarts")
SERVICE, STATE, TAG, PORTS, UP, RESTARTS = range(6)
#: The role that gives the whole ``Line``.
LINE = Qt.ItemDataRole.UserRole + 1

_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_TIPS = frozenset({"done", "healthy", "unhealthy", "starting", "restarting", "missing"})
_ROOT = QModelIndex()

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Line:
    """A row as text. *about*: what the service is for, *icon*: the state's, *grey*: nothing is known now."""

    row: Row
    about: str
    cells: tuple[str, ...]
    said: tuple[str, ...]
    tips: tuple[str, ...]
    icon: str
    grey: bool


class GridModel(QAbstractTableModel):
    """``show_rows`` brings it up to date."""

    def __init__(self, ui: Ui, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ui = ui
        self.lines: list[Line] = []

    def show_rows(self, rows: tuple[Row, ...], *, grey: bool) -> None:
        """Show *rows*; what did not change is not touched."""
        wanted = [self._line(row, grey) for row in rows]
        names = {line.row.service for line in wanted}
        for place in reversed(range(len(self.lines))):
            if self.lines[place].row.service not in names:
                self.beginRemoveRows(_ROOT, place, place)
                del self.lines[place]
                self.endRemoveRows()
        for place, line in enumerate(wanted):
            here = self.lines[place].row.service if place < len(self.lines) else ""
            if here != line.row.service:
                self.beginInsertRows(_ROOT, place, place)
                self.lines.insert(place, line)
                self.endInsertRows()
            else:
                self._update(place, line)

    def _update(self, place: int, line: Line) -> None:
        old, self.lines[place] = self.lines[place], line
        same = (old.cells, old.icon, old.grey, old.row.tone) == (
            line.cells,
            line.icon,
            line.grey,
            line.row.tone,
        )
        if not same:
            self.dataChanged.emit(self.index(place, 0), self.index(place, len(COLUMNS) - 1))

    # ------------------------------------------------------------------ texts

    def _line(self, row: Row, grey: bool) -> Line:
        ui = self._ui
        about = ui.texts.service(row.service)
        state, icon = self._state(row)
        up = "" if row.up is None else _short(ui.duration(row.up), row.up)
        restarts = "" if row.one_shot or not row.image else ui.count(row.restarts)
        cells = (row.service, state, row.tag, row.ports, up, restarts)
        named = (
            f"{ui.t(f'containers.column_{name}')}: {text or ui.t('containers.cell_empty')}"
            for name, text in zip(COLUMNS[1:], cells[1:], strict=True)
        )
        said = (f"{row.service}, {about}", *named)
        return Line(row, about, cells, said, self._tips(row, about, state), icon, grey)

    def _state(self, row: Row) -> tuple[str, str]:
        ui, word = self._ui, row.word
        if row.back is not None and word in ("running", "healthy"):
            return ui.t("containers.word_back", time=ui.duration(row.back)), "circle-check"
        icons = {
            "starting": "clock",
            "stopped": "power",
            "unknown": "circle-question-mark",
            "paused": "pause",
        }
        icon = "rotate-cw" if word.startswith("act_") else icons.get(word, "")
        text = ui.t(f"containers.word_{word}", time=ui.duration(row.seconds), code=str(row.code))
        return text, icon

    def _tips(self, row: Row, about: str, state: str) -> tuple[str, ...]:
        ui = self._ui
        tip = ui.t(f"containers.tip_{row.word}") if row.word in _TIPS else state
        image = ui.t("containers.tip_image", image=row.image) if row.image else ""
        ports = ui.t("containers.tip_ports", ports=row.ports) if row.ports else ""
        return (f"{row.service} — {about}", tip, image, ports, "", "")

    # ------------------------------------------------------------------ Qt's

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(COLUMNS)

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
            return line.tips[column] or None
        return None

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._ui.t(f"containers.column_{COLUMNS[section]}")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section in (UP, RESTARTS) else _LEFT
        return None


def _short(text: str, seconds: float) -> str:
    """Seconds beside minutes would only flicker here: the first two words of ``12 min 05 s`` are enough."""
    return " ".join(text.split(" ")[:2]) if 60 <= seconds < 3600 else text
