"""A command or a value with a button that copies it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from ui.style.context import Ui
from ui.widgets.basics import icon_button, mono, set_kind
from ui.widgets.tips import set_tip

#: A longer text wraps; in device independent pixels.
_WIDEST = 460
#: How long a button says that it has copied.
CONFIRM_MS = 2000


class CopyButton(QPushButton):
    """Copies, and says so in its own text, also to a screen reader, for two seconds."""

    def __init__(self, ui: Ui, title: str, on_copy: Callable[[], object], kind: str = "") -> None:
        super().__init__(ui.t("common.copied"))
        self._title, self._copied, self._on_copy = title, self.text(), on_copy
        if kind:
            set_kind(self, kind)
        self.setAutoDefault(False)
        confirmed = self.sizeHint().width()
        self.setText(title)
        self.setMinimumWidth(max(confirmed, self.sizeHint().width()))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(CONFIRM_MS)
        self._timer.timeout.connect(self._calm)
        self.clicked.connect(self._copy)

    def _copy(self) -> None:
        self._on_copy()
        self.setText(self._copied)
        self._timer.start()

    def _calm(self) -> None:
        self.setText(self._title)


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
        self._timer.setInterval(CONFIRM_MS)
        self._timer.timeout.connect(self._calm)

    def _copy(self) -> None:
        self._on_copy(self._text)
        self.button.setIcon(self._ui.icon("check", self._ui.colors.ok))
        set_tip(self.button, self._ui.t("common.copied"))
        self._timer.start()

    def _calm(self) -> None:
        self.button.setIcon(self._ui.icon("copy", self._ui.colors.second))
        set_tip(self.button, self.button.accessibleName())
