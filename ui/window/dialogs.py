"""Dialogs: only for a decision that interrupts, About, and an uncaught error."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QHeaderView, QPlainTextEdit, QTableWidget, QTableWidgetItem, QWidget

from installer import __version__
from installer.core.errors import InstallError
from installer.views.licences import Licence, bundled
from ui.style.context import Ui
from ui.style.theme import SPACE_L, SPACE_M, fixed_font
from ui.widgets.basics import button, column, label, picture, row
from ui.widgets.cause import CauseCard, copy_text
from ui.widgets.copyable import CopyButton
from ui.widgets.tips import set_tip


class Decision(QDialog):
    """A question with two or three answers, each a verb; Escape is the last one, which changes nothing."""

    def __init__(
        self, ui: Ui, parent: QWidget, heading: str, text: str, answers: Sequence[tuple[str, str, str]]
    ) -> None:
        """*answers*: (key, text, kind of button)."""
        super().__init__(parent)
        self.setWindowTitle(ui.t("shell.product"))
        self.setModal(True)
        self.answer = answers[-1][0]
        self.buttons = {
            key: button(words, lambda key=key: self._pick(key), kind)  # type: ignore[misc]
            for key, words, kind in answers
        }
        head = row(
            picture(ui.pixmap("triangle-alert", ui.colors.warning, 22)),
            label(heading, size=1.15, bold=True, wrap=True),
            space=12,
        )
        head.setStretch(1, 1)
        body = column(head, label(text, wrap=True), row(None, *self.buttons.values()), space=SPACE_M)
        body.setContentsMargins(SPACE_L, SPACE_L, SPACE_L, SPACE_L)
        self.setLayout(body)
        self.setMinimumWidth(460)
        list(self.buttons.values())[-1].setFocus()

    def only_while(self, true: Callable[[], bool]) -> None:
        """Take the question back, with the answer that changes nothing, once it has no sense any more."""
        timer = QTimer(self)
        timer.setInterval(200)
        timer.timeout.connect(lambda: None if true() else self.reject())
        timer.start()

    def _pick(self, key: str) -> None:
        self.answer = key
        self.accept()


def ask_about_closing(ui: Ui, parent: QWidget, key: str, *, installing: Callable[[], bool]) -> bool:
    """Whether the window may close although an installation (or an undo of one) is under way. *key*: the text
    that says what happens then (``install_words.closing_key``)."""
    dialog = Decision(
        ui,
        parent,
        ui.t("dialogs.close_undo_heading" if key == "dialogs.close_undo" else "dialogs.close_heading"),
        ui.t(key),
        (
            ("close", ui.t("dialogs.close_yes"), ""),
            ("stay", ui.t("dialogs.close_no"), "primary"),
        ),
    )
    dialog.only_while(installing)
    dialog.exec()
    dialog.deleteLater()
    return dialog.answer == "close"


def ask_about_stopping(
    ui: Ui, parent: QWidget, *, installing: Callable[[], bool], undoing: bool = False
) -> bool:
    """Whether a running installation (or an undo of one) is to be stopped."""
    which = "stop_undo" if undoing else "stop"
    yes, no = ui.t(f"dialogs.{which}_yes"), ui.t("dialogs.stop_no")
    dialog = Decision(
        ui,
        parent,
        ui.t(f"dialogs.{which}_heading"),
        ui.t(f"dialogs.{which}_text"),
        (("stop", yes, ""), ("go_on", no, "primary")),
    )
    dialog.only_while(installing)
    dialog.exec()
    dialog.deleteLater()
    return dialog.answer == "stop"


def show_address(ui: Ui, parent: QWidget, url: str) -> bool:
    """Says that no browser could be started and shows *url*; whether it is to be copied."""
    answers = (("copy", ui.t("dialogs.browser_copy"), "primary"), ("close", ui.t("common.close"), ""))
    text = ui.t("dialogs.browser_text", url=url)
    dialog = Decision(ui, parent, ui.t("dialogs.browser_heading"), text, answers)
    dialog.buttons["copy"].setFocus()
    dialog.exec()
    dialog.deleteLater()
    return dialog.answer == "copy"


class About(QDialog):
    """What this program is, its version, and the licences of everything that is bundled with it."""

    def __init__(self, ui: Ui, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(ui.t("shell.about"))
        self.resize(680, 520)
        table = self._table(ui, bundled())
        close = button(ui.t("common.close"), self.accept, "primary")
        close.setDefault(True)
        body = column(
            label(f"{ui.t('shell.product')} {__version__}", size=1.3, bold=True),
            label(ui.t("dialogs.about_text"), wrap=True),
            label(ui.texts.say("unofficial"), "second", wrap=True),
            label(ui.t("dialogs.about_licences"), bold=True),
            table,
            row(None, close),
            space=SPACE_M,
        )
        body.setContentsMargins(SPACE_L, SPACE_L, SPACE_L, SPACE_L)
        self.setLayout(body)

    def _table(self, ui: Ui, licences: Sequence[Licence]) -> QTableWidget:
        table = QTableWidget(len(licences), 3)
        table.setAccessibleName(ui.t("dialogs.about_licences").replace("&", ""))
        table.setHorizontalHeaderLabels(
            [ui.t(f"dialogs.about_{name}") for name in ("part", "licence", "home")]
        )
        table.verticalHeader().hide()
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        for number, licence in enumerate(licences):
            name = f"{licence.name} {licence.version}".strip()
            for place, text in enumerate((name, licence.licence, licence.home)):
                item = QTableWidgetItem(text)
                set_tip(item, text)
                table.setItem(number, place, item)
        header = table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return table


class Crash(QDialog):
    """An uncaught error of the program itself. The program continues if it can."""

    def __init__(self, ui: Ui, parent: QWidget | None, error: InstallError) -> None:
        super().__init__(parent)
        self.setWindowTitle(ui.t("shell.product"))
        self.resize(620, 420)
        card = CauseCard(ui)
        card.show_error(error)
        details = QPlainTextEdit(error.detail)
        details.setReadOnly(True)
        details.setFont(fixed_font())
        details.setAccessibleName(ui.t("common.details_name"))
        details.setTabChangesFocus(True)
        copy = CopyButton(ui, ui.t("common.copy_details"), lambda: copy_text(error.detail))
        close = button(ui.t("common.close"), self.accept, "primary")
        body = column(card, details, row(copy, None, close), space=SPACE_M)
        body.setContentsMargins(SPACE_L, SPACE_L, SPACE_L, SPACE_L)
        self.setLayout(body)
