"""A command or a value with a button that copies it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.context import Ui
from ui.widgets.basics import icon_button, mono

#: A longer text wraps; in device independent pixels.
_WIDEST = 460


class Copyable(QWidget):
    """*on_copy* gets the text; the button confirms for two seconds."""

    def __init__(
        self, ui: Ui, text: str, name: str, on_copy: Callable[[str], object], *, shown: str = ""
    ) -> None:
        super().__init__()
        self._ui, self._text, self._on_copy = ui, text, on_copy
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        line = mono(shown or text)
        # a label that may wrap asks for less than its line needs
        line.setMinimumWidth(min(_WIDEST, line.fontMetrics().horizontalAdvance(line.text()) + 4))
        layout.addWidget(line)
        self.button = icon_button(ui, "copy", name, self._copy)
        layout.addWidget(self.button)
        layout.addStretch(1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(2000)
        self._timer.timeout.connect(self._calm)

    def _copy(self) -> None:
        self._on_copy(self._text)
        self.button.setIcon(self._ui.icon("check", self._ui.colors.ok))
        self.button.setToolTip(self._ui.t("common.copied"))
        self._timer.start()

    def _calm(self) -> None:
        self.button.setIcon(self._ui.icon("copy", self._ui.colors.second))
        self.button.setToolTip(self.button.accessibleName())
