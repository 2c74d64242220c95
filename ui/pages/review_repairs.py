"""Review: what the chosen repairs do, word for word, before anything else is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from installer.repairs.model import Repair
from ui.context import Ui
from ui.pages.checks_offer import exactly
from ui.theme import SPACE_S
from ui.widgets.basics import RowCard, button, label, row, section


class RepairsPart(QWidget):
    """*toggles*: the buttons that unfold what each repair runs, by its id."""

    def __init__(self, ui: Ui, repairs: Sequence[Repair], copy: Callable[[str], object]) -> None:
        super().__init__()
        self._ui = ui
        self.toggles: dict[str, QPushButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(section(ui.t("review.repairs")))
        card = RowCard()
        card.setAccessibleName(ui.t("review.repairs"))
        for repair in repairs:
            card.add_row(self._row(repair, copy))
        layout.addWidget(card)

    def _row(self, repair: Repair, copy: Callable[[str], object]) -> QVBoxLayout:
        ui, title = self._ui, self._ui.texts.repair(repair.id, repair.params).title
        contents = exactly(ui, title, repair, copy)
        contents.hide()
        toggle = button("", lambda: self._fold(toggle, title, contents), "link")
        self.toggles[repair.id] = toggle
        self._say(toggle, title, shown=False)
        head = row()
        head.addWidget(label(title, bold=True, wrap=True), 1)
        head.addWidget(toggle)
        found = QVBoxLayout()
        found.setSpacing(SPACE_S)
        found.addLayout(head)
        found.addWidget(contents)
        return found

    def _fold(self, toggle: QPushButton, title: str, contents: QWidget) -> None:
        contents.setVisible(contents.isHidden())
        self._say(toggle, title, shown=not contents.isHidden())

    def _say(self, toggle: QPushButton, title: str, *, shown: bool) -> None:
        word = self._ui.t("checks.hide_what" if shown else "checks.show_what")
        toggle.setText(word)
        toggle.setAccessibleName(self._ui.t("checks.repair_name", what=word, title=title))
