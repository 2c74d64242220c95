"""What the ways of making HTTPS have in common."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from installer.answers import Tls
from ui.style.context import Ui
from ui.style.theme import SPACE_M
from ui.wizard.settings.group import Fields


class Panel(Fields):
    """There only while the chosen mode counts the field *asks* of ``[tls]``."""

    part = "tls"
    asks = ""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
        self.column.setContentsMargins(0, 4, 0, 0)
        self.column.setSpacing(SPACE_M - 4)

    def counts(self, tls: Tls) -> bool:
        """Whether it is of use for the mode of *tls*."""
        return self.asks in tls.way.fields

    def control(self, field: str) -> QWidget | None:
        """None for a way that is not chosen: its fields are of no use then."""
        return super().control(field) if self.counts(self.state.answers.tls) else None
