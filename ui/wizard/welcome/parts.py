"""Welcome's notes: something to go on with; and how places are written."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from installer.answers import Target
from installer.core.addresses import url_host
from ui.style.context import Ui
from ui.style.theme import SPACE_M
from ui.widgets.basics import Card, button, column, label, picture, row

#: After these a long address may go on in the next line.
_BREAKS = ".@/:-_"


def place_name(ui: Ui, target: Target) -> str:
    """The host, or "This computer"; empty where none was entered yet."""
    return target.host if target.host_kind.remote else ui.t("common.this_computer")


def place_text(target: Target) -> str:
    """``user@host:port`` as SSH writes it, or the folder on this computer."""
    if not target.host_kind.remote:
        return target.directory or target.host_kind.default_directory()
    port = "" if target.port == 22 else f":{target.port}"
    user = f"{target.user}@" if target.user else ""
    return f"{user}{url_host(target.host)}{port}"


def address_label(text: str, kind: str = "", *, size: float = 1.0, bold: bool = False) -> QLabel:
    """A wrapped label for names without spaces: lines break after dots and the like."""
    found = label("", kind, size=size, bold=bold, wrap=True)
    show_address(found, text)
    return found


def show_address(shown: QLabel, text: str) -> None:
    """Other words on an ``address_label``."""
    shown.setText("".join(f"{c}\u200b" if c in _BREAKS else c for c in text))
    shown.setAccessibleName(text)


class NoteCard(Card):
    """An icon, a heading, a line, and buttons at the right."""

    def __init__(self, ui: Ui, icon: str, heading: str, text: str, *, tone: str = "") -> None:
        super().__init__(tone=tone, margins=SPACE_M - 2)
        mark = QVBoxLayout()
        mark.addWidget(picture(ui.pixmap(icon, ui.colors.accent if tone else ui.colors.second)))
        mark.addStretch(1)
        words = column(address_label(heading, bold=True), address_label(text, "second", size=0.95), space=2)
        self._buttons = row()
        layout = QHBoxLayout()
        layout.setSpacing(10)
        layout.addLayout(mark)
        layout.addLayout(words, 1)
        layout.addLayout(self._buttons)
        self.body.addLayout(layout)

    def add_action(self, text: str, name: str, act: Callable[[], object], *, kind: str = "outline") -> None:
        """Append a button; *name* says what it is about."""
        self._buttons.addWidget(button(text, act, kind, name=name))
