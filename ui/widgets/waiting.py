"""A line that says what is awaited and since when."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from installer.views.wizard import Busy
from ui.style.context import Ui
from ui.widgets.basics import label, picture


class Waiting(QWidget):
    """Counts the seconds by itself while it is shown."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._since, self._what = 0.0, ""
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(picture(ui.pixmap("clock", ui.colors.accent)))
        self.text = label("", wrap=True)
        layout.addWidget(self.text, 1)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._tick)
        self.hide()

    def show_busy(self, busy: Busy | None) -> None:
        """Show *busy*, or nothing."""
        self.setVisible(busy is not None)
        if busy is None:
            self._timer.stop()
            return
        self._what, self._since = self._ui.t(f"busy.{busy.what}"), busy.since
        self._tick()
        self._timer.start()

    def _tick(self) -> None:
        seconds = time.time() - self._since
        since = self._ui.t("common.since", time=self._ui.duration(seconds)) if seconds >= 2 else ""
        self.text.setText(f"{self._what} {since}".strip())
