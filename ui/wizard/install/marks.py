"""The mark beside a row of the Install page: what its state looks like."""

from __future__ import annotations

from PySide6.QtGui import QPixmap

from ui.style.context import Ui

SIZE = 16


def mark_of(ui: Ui, state: str) -> QPixmap:
    """The icon of *state*, of a step (``views.progress.State`` and ``install_words.row_state``) or of an
    image: one that is ``fetching``."""
    c = ui.colors
    icon, color = {
        "waiting": ("circle", c.disabled),
        "running": ("loader-circle", c.accent),
        "fetching": ("download", c.accent),
        "done": ("circle-check", c.ok),
        "failed": ("octagon-alert", c.stop),
        "stopped": ("circle-minus", c.neutral),
        "unknown": ("circle-help", c.neutral),
    }[state]
    return ui.pixmap(icon, color, SIZE)
