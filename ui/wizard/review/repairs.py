"""Review: a repair among the steps, with what it does, word for word."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from installer.apply.plan import Plan
from installer.core.step_names import repair_of
from installer.repairs.model import Repair
from ui.style.context import Ui
from ui.style.theme import SPACE_S
from ui.widgets.basics import button, set_kind
from ui.widgets.scroll_into_view import turn
from ui.wizard.checks.repair_offer import exactly

Copy = Callable[[str], object]


def repair_named(plan: Plan, step: str) -> Repair | None:
    """The repair that *step* carries out."""
    return next((r for r in plan.to_repair if r.id == repair_of(step)), None)


class RepairStep(QWidget):
    """*head*: the step's own line, at the end of which *toggle* unfolds *contents*."""

    def __init__(self, ui: Ui, repair: Repair, head: QHBoxLayout, copy: Copy) -> None:
        super().__init__()
        self._ui, self.repair = ui, repair
        self._title = ui.texts.repair(repair.id, repair.params).title
        self.contents = exactly(ui, self._title, repair, copy)
        self.contents.hide()
        self.toggle: QPushButton = button("", self._fold, "link")
        set_kind(self.toggle, "link", small="true")  # no higher than the step's own line
        self._say()
        head.addWidget(self.toggle, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addLayout(head)
        layout.addWidget(self.contents)

    def _fold(self) -> None:
        turn(self.contents, self.toggle)
        self._say()

    def _say(self) -> None:
        word = self._ui.t("checks.show_what" if self.contents.isHidden() else "checks.hide_what")
        self.toggle.setText(word)
        self.toggle.setAccessibleName(self._ui.t("checks.repair_name", what=word, title=self._title))
