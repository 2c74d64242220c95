"""All files and values of the plan, unfolded on the Review page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from installer.apply.plan import Plan
from installer.views import review
from ui.style.context import Ui
from ui.style.theme import SPACE_S, fixed_font
from ui.widgets.basics import Card, clear, hint, section, set_kind
from ui.widgets.copyable import Copyable
from ui.widgets.diff import DiffView

_ROW, _MOST_ROWS = 28, 8


class FilesView(QWidget):
    """Filled when it is unfolded; a plan is turned into widgets once."""

    def __init__(self, ui: Ui, copy: Callable[[str], object]) -> None:
        super().__init__()
        self._ui, self._copy = ui, copy
        self._shown: Plan | None = None
        self.table: QTableWidget | None = None
        self.env: DiffView | None = None
        self.override: DiffView | None = None
        self._body = QVBoxLayout(self)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(SPACE_S)
        self.hide()

    def show_plan(self, plan: Plan) -> None:
        """Show *plan*'s files and values."""
        if plan is self._shown:
            return
        self._shown = plan
        clear(self._body)
        self._add_files(plan)
        self._add_env(plan)
        self._add_override(plan)
        self._add_archive(plan)

    def _add_files(self, plan: Plan) -> None:
        ui, rows = self._ui, review.written_files(plan)
        name = ui.t("review.files", folder=plan.situation.answers.docker_folder)
        self._body.addWidget(_heading(name))
        self.table = _table(ui, name, rows) if rows else None
        if self.table is None:
            self._body.addWidget(hint(ui.t("review.files_none")))
            return
        card = Card(margins=1, space=0)
        card.body.addWidget(self.table)
        self._body.addWidget(card)
        self._body.addWidget(hint(ui.t("review.files_hint")))

    def _add_env(self, plan: Plan) -> None:
        ui, lines = self._ui, review.env_diff(plan)
        name = ui.t("review.env_new" if review.compared_with_release(plan) else "review.env_old")
        self._body.addWidget(_heading(name))
        self.env = DiffView(ui, name) if lines else None
        if self.env is None:
            self._body.addWidget(hint(ui.t("review.env_none")))
            return
        self.env.show_lines(lines)
        self._body.addWidget(self.env)
        self._body.addWidget(hint(ui.t("review.env_hint")))

    def _add_override(self, plan: Plan) -> None:
        lines = review.override_diff(plan)
        same = not any(line.sign == "+" for line in lines)
        name = self._ui.t("review.override_same" if same else "review.override")
        self.override = DiffView(self._ui, name)
        self.override.show_lines(lines)
        self._body.addWidget(_heading(name))
        self._body.addWidget(self.override)

    def _add_archive(self, plan: Plan) -> None:
        """The archive of Dify's own files: its checksum can be compared with a copy from elsewhere."""
        checksum = plan.situation.tree.archive_sha256
        if checksum:
            self._body.addWidget(_heading(self._ui.t("review.archive")))
            self._body.addWidget(Copyable(self._ui, checksum, self._ui.t("review.archive_copy"), self._copy))


def _heading(text: str) -> QWidget:
    found = section(text)
    found.setWordWrap(True)
    found.setContentsMargins(0, SPACE_S, 0, 0)
    return found


def _table(ui: Ui, name: str, rows: tuple[review.FileRow, ...]) -> QTableWidget:
    found = QTableWidget(len(rows), 3)
    found.setAccessibleName(name)
    set_kind(found, "padded")
    found.verticalHeader().hide()
    found.verticalHeader().setDefaultSectionSize(_ROW)
    found.setShowGrid(False)
    found.setTabKeyNavigation(False)
    found.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    found.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    header = found.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setHighlightSections(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    mono = fixed_font()
    for number, file in enumerate(rows):
        for place, text in enumerate((file.path, ui.size(file.size), file.mode)):
            item = QTableWidgetItem(text)
            if place == 1:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            else:
                item.setFont(mono)
            found.setItem(number, place, item)
    for place, title in enumerate(("path", "size", "mode")):
        cell = QTableWidgetItem(ui.t(f"review.file_{title}"))
        side = Qt.AlignmentFlag.AlignRight if title == "size" else Qt.AlignmentFlag.AlignLeft
        cell.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        found.setHorizontalHeaderItem(place, cell)
    found.setFixedHeight(min(len(rows), _MOST_ROWS) * _ROW + header.sizeHint().height() + 4)
    return found
