"""The line over the grid of containers: filter, order, and whether what has ended is shown."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from installer.views.container_grid import ORDERS, Choice
from ui.style.context import Ui
from ui.widgets.basics import row, unseen_label
from ui.widgets.combo import CalmCombo
from ui.widgets.field import SearchLine


class GridBar(QWidget):
    """``changed`` gives each new ``Choice``; asking for the same order again counts, too."""

    changed = Signal(object)

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui, self.choice = ui, Choice()
        self.text = SearchLine(ui.t("containers.filter"), longest=100)
        self.text.setPlaceholderText(ui.t("containers.filter_hint"))
        search = QAction(ui.icon("search", ui.colors.second), "", self.text)
        self.text.addAction(search, QLineEdit.ActionPosition.LeadingPosition)
        self.text.textChanged.connect(lambda text: self.choose(replace(self.choice, text=text)))
        self.order = CalmCombo(ui)
        self.order.setAccessibleName(ui.t("containers.order"))
        for order in ORDERS:
            self.order.addItem(ui.t(f"containers.order_{order}"), order)
        self.order.activated.connect(self._ordered)
        self.hide_over = QCheckBox()
        self.hide_over.toggled.connect(lambda on: self.choose(replace(self.choice, hide_over=on)))
        self.show_over(0)
        line = row()
        line.setContentsMargins(12, 8, 12, 8)
        line.addWidget(self.text, 1)
        line.addWidget(unseen_label(ui.t("containers.order"), self.order))
        line.addWidget(self.order)
        line.addSpacing(4)
        line.addWidget(self.hide_over)
        self.setLayout(line)

    def choose(self, choice: Choice) -> None:
        """Show *choice* and tell it."""
        self.choice = choice
        for widget in (self.text, self.order, self.hide_over):
            widget.blockSignals(True)
        if self.text.text() != choice.text:
            self.text.setText(choice.text)
        self.order.setCurrentIndex(ORDERS.index(choice.order))
        self.hide_over.setChecked(choice.hide_over)
        for widget in (self.text, self.order, self.hide_over):
            widget.blockSignals(False)
        self.changed.emit(choice)

    def show_over(self, count: int) -> None:
        """How many rows have ended."""
        self.hide_over.setText(self._ui.t("containers.hide_over", count=self._ui.count(count)))

    def _ordered(self, place: int) -> None:
        self.choose(replace(self.choice, order=ORDERS[place], reverse=False))
