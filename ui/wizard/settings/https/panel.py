"""What the ways of making HTTPS have in common."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.style.context import Ui
from ui.style.theme import SPACE_M
from ui.wizard.settings.group import Fields


class Panel(Fields):
    """There only while *modes* holds the way that is chosen."""

    part = "tls"
    modes: tuple[str, ...] = ()

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
        self.column.setContentsMargins(0, 4, 0, 0)
        self.column.setSpacing(SPACE_M - 4)

    def control(self, field: str) -> QWidget | None:
        """None for a way that is not chosen: its fields are of no use then."""
        return super().control(field) if self.state.answers.tls.mode in self.modes else None
