"""What is new in a release, as its makers wrote it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from installer.release.catalogue import ReleaseInfo
from ui.intents import OpenUrl
from ui.style.context import Ui
from ui.style.theme import SPACE_S
from ui.widgets.basics import button, row
from ui.widgets.tips import set_tip

_HEIGHT = 220
_READ = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard


class NotesBox(QWidget):
    """Plain text, Markdown as it is written: nothing of it is read as markup and nothing is loaded. Long ones
    scroll; a cursor moves through them by keyboard and for screen readers. ``asked`` gives an intent."""

    asked = Signal(object)

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui, self._info = ui, ReleaseInfo("", "", False, "", "")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTextInteractionFlags(_READ)
        self.text.setTabChangesFocus(True)
        self.text.setUndoRedoEnabled(False)
        self.text.setFixedHeight(_HEIGHT)
        self.page = button(
            ui.t("settings.notes_page"), lambda: self.asked.emit(OpenUrl(self._info.notes_url)), "link"
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self.text)
        layout.addLayout(row(self.page, None))
        self.hide()

    def show_notes(self, info: ReleaseInfo) -> None:
        """Those of *info*; where one reads stays while they are the same."""
        if info == self._info:
            return
        self._info = info
        self.text.setPlainText(info.notes)
        self.text.setAccessibleName(self._ui.t("settings.notes_name", version=info.version))
        web = info.notes_url.startswith(("https://", "http://"))
        self.page.setVisible(web)
        set_tip(self.page, info.notes_url if web else "")
        self.page.setAccessibleName(self._ui.t("settings.notes_page_name", version=info.version))
