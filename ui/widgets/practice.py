"""The line on top of the window while it is used with a practice server."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame

from ui.background.clipboard import copy_to_clipboard
from ui.style.context import Ui
from ui.style.theme import SPACE_S, SPACE_XL
from ui.widgets.basics import icon_button, label, mono, row, set_kind
from ui.widgets.host_key import grouped


class PracticeBanner(QFrame):
    """*host_key*: type and fingerprint of the server's key, to compare with the one that the log-in shows."""

    def __init__(self, ui: Ui, host_key: str) -> None:
        super().__init__()
        set_kind(self, "practice")
        self.text = label(ui.t("shell.practice"), wrap=True)
        kind, _, fingerprint = host_key.partition(" ")
        self.key = mono(f"{kind} {grouped(fingerprint)}")
        self.copy = icon_button(
            ui, "copy", ui.t("shell.practice_copy"), lambda: copy_to_clipboard(host_key, False)
        )
        line = row(self.text, space=SPACE_S)
        line.setStretch(0, 1)
        line.addWidget(self.key, 4)
        line.addWidget(self.copy)
        line.setContentsMargins(SPACE_XL, 4, SPACE_XL, 4)
        self.setLayout(line)
        self.setAccessibleName(f"{self.text.text()} {host_key}")
