"""A repair under a finding: what it is, what exactly it would do, and the choice."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from installer.repairs.model import Repair
from ui.intents import ChooseRepair, CopyText, Intent, RepairNow
from ui.style.context import Ui
from ui.style.theme import SPACE_S, SPACE_XS, fixed_font
from ui.widgets.basics import button, label, row
from ui.widgets.flow_row import FlowRow
from ui.widgets.log_box import LogBox
from ui.widgets.scroll_into_view import reveal
from ui.wizard.checks.words import Offer

_MOST_LINES, _LOG_HEIGHT = 12, 120


class OfferPart(QWidget):
    """*controls* are those that take the focus, by name."""

    def __init__(self, ui: Ui, ask: Callable[[Intent], None], check_id: str, offer: Offer) -> None:
        super().__init__()
        self._ui, self._ask, self._check_id, self.offer = ui, ask, check_id, offer
        self.controls: dict[str, QWidget] = {}
        self.log: LogBox | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, SPACE_XS, 0, 0)
        self._layout.setSpacing(SPACE_XS)
        self._layout.addWidget(label(offer.plan, bold=True, wrap=True))
        if offer.about:
            self._layout.addWidget(label(offer.about, "second", wrap=True))
        self.contents = exactly(ui, offer.title, offer.repair, self._copy)
        self.contents.hide()
        self._add_buttons()
        self._layout.addWidget(self.contents)

    def _add_buttons(self) -> None:
        t, offer = self._ui.t, self.offer
        line = FlowRow()
        if offer.repair.at_once:
            word = "checks.repair_now"
        else:
            word = "checks.take_back" if offer.chosen else "checks.choose"
        choose = button(t(word), self._decide, "" if offer.chosen else "outline")
        choose.setAccessibleName(t("checks.repair_name", what=t(word), title=offer.title))
        self.show_button = button("", self._fold, "link")
        self._say_fold()
        self.controls = {"choose": choose, "show": self.show_button}
        self._layout.addLayout(line)
        for made in (choose, self.show_button):
            line.addWidget(made)
        if offer.chosen:
            self._layout.addWidget(label(t("checks.chosen_note"), "accent", wrap=True))

    def _decide(self) -> None:
        repair = self.offer.repair
        if repair.at_once:
            self._ask(RepairNow(repair.id, self._check_id))
        else:
            self._ask(ChooseRepair(repair.id, wanted=not self.offer.chosen))

    # --------------------------------------------------------------- unfolding

    @property
    def unfolded(self) -> bool:
        """Whether one sees what it does."""
        return not self.contents.isHidden()

    def unfold(self) -> None:
        """Show what it does."""
        self.contents.show()
        self._say_fold()

    def _fold(self) -> None:
        self.contents.setVisible(self.contents.isHidden())
        self._say_fold()
        if self.unfolded:  # down to its last button, once it is laid out
            reveal(self.contents, self.show_button)

    def _say_fold(self) -> None:
        word = self._ui.t("checks.hide_what" if self.unfolded else "checks.show_what")
        self.show_button.setText(word)
        self.show_button.setAccessibleName(
            self._ui.t("checks.repair_name", what=word, title=self.offer.title)
        )

    def _copy(self, text: str) -> None:
        self._ask(CopyText(text))

    # ---------------------------------------------------------------- at once

    def show_run(self, lines: tuple[str, ...] | None) -> None:
        """Show what it says while it runs, None: it does not run."""
        if lines is None:
            if self.log is not None:
                self.log.hide()
            return
        if self.log is None:
            self.log = LogBox(
                self._ui.t("checks.repair_log", title=self.offer.title), self._ui.t("checks.repair_begins")
            )
            self.log.setFixedHeight(_LOG_HEIGHT)
            self._layout.addWidget(self.log)
        self.log.show_lines(lines)
        self.log.show()


def exactly(ui: Ui, title: str, repair: Repair, copy: Callable[[str], object]) -> QWidget:
    """The commands as they are run, and everything that they change. *title*: what the repair is called."""
    found = QWidget()
    layout = QVBoxLayout(found)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE_S - 2)
    text = "\n".join(repair.commands)
    layout.addWidget(label(ui.t("checks.commands"), "second"))
    layout.addWidget(_command_box(ui, title, text))
    name = ui.t("checks.repair_name", what=ui.t("checks.copy_commands"), title=title)
    layout.addLayout(row(button(ui.t("checks.copy_commands"), lambda: copy(text), name=name), None))
    if repair.changes:
        layout.addWidget(label(ui.t("checks.changes"), "second"))
        for change in repair.changes:
            layout.addWidget(label(f"• {change}", wrap=True))
    return found


def _command_box(ui: Ui, title: str, text: str) -> QPlainTextEdit:
    box = QPlainTextEdit(text)
    box.setReadOnly(True)
    box.setFont(fixed_font())
    box.setTabChangesFocus(True)
    box.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    box.setAccessibleName(ui.t("checks.commands_name", title=title))
    lines = min(text.count("\n") + 1, _MOST_LINES)
    box.setFixedHeight(30 + QFontMetrics(box.font()).lineSpacing() * lines)
    return box
