"""A verdict: an icon and a word on a tint, never colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from ui.style.context import Ui
from ui.widgets.basics import label, picture, set_kind

Tone = Literal["ok", "warning", "stop", "neutral", "accent"]

ICONS = {
    "ok": "circle-check",
    "warning": "triangle-alert",
    "stop": "octagon-alert",
    "neutral": "circle-minus",
    "accent": "loader-circle",
}


#: A verdict's key → its tone; all others are neutral.
TONES: Mapping[str, Tone] = {"ok": "ok", "warning": "warning", "stop": "stop"}


def tone_color(ui: Ui, tone: Tone) -> str:
    """The text colour of *tone*."""
    return str(getattr(ui.colors, tone))


class Pill(QFrame):
    """Read by screen readers as its word."""

    def __init__(self, ui: Ui, tone: Tone, text: str, *, icon: str = "") -> None:
        super().__init__()
        self._ui = ui
        self._shown = tone, text, icon or ICONS[tone]
        set_kind(self, "pill", tone=tone)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(22)  # Qt draws no round corners that are larger than half of the height
        layout = QHBoxLayout(self)
        layout.setContentsMargins(7, 2, 9, 2)
        layout.setSpacing(5)
        self.mark = picture(ui.pixmap(icon or ICONS[tone], tone_color(ui, tone), 15))
        self.word = label(text, size=0.92)
        layout.addWidget(self.mark)
        layout.addWidget(self.word)

    def show_verdict(self, tone: Tone, text: str, icon: str) -> None:
        """Another verdict in the same place."""
        if self._shown == (tone, text, icon):
            return
        self._shown = tone, text, icon
        set_kind(self, "pill", tone=tone)
        self.mark.setPixmap(self._ui.pixmap(icon, tone_color(self._ui, tone), 15))
        self.word.setText(text)
        self.word.style().unpolish(self.word)  # its colour depends on the tone around it
        self.word.style().polish(self.word)
