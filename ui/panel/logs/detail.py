"""One line as a whole: its time, a record's fields, everything of a traceback, text of any length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from installer.logs.highlighting import detail
from installer.logs.line import Line
from installer.logs.times import local, zone
from ui.style.context import Ui
from ui.style.theme import fixed_font
from ui.widgets.basics import icon_button, label, line, row
from ui.widgets.escape import escaped

#: Characters that are shown: a text box becomes slow with more. Copying takes everything.
MOST = 100_000


class LogDetail(QWidget):
    """Hidden until ``show_lines``. *on_copy* gets the whole text, *on_close* comes when it goes."""

    def __init__(self, ui: Ui, on_copy: Callable[[str], object], on_close: Callable[[], object]) -> None:
        super().__init__()
        self._ui, self._on_copy, self._on_close = ui, on_copy, on_close
        self._whole = ""
        self.head = label("", "second", size=0.92, wrap=True)
        self.copy = icon_button(ui, "copy", ui.t("logs.detail_copy"), lambda: self._on_copy(self._whole))
        self.close_button = icon_button(ui, "x", ui.t("logs.detail_close"), self.dismiss)
        self.box = QPlainTextEdit()
        self.box.setReadOnly(True)
        self.box.setTabChangesFocus(True)
        self.box.setFont(fixed_font(0.92))
        self.box.setAccessibleName(ui.t("logs.detail_name"))
        self.box.setFixedHeight(150)
        self.box.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(line())
        top = row(self.head, self.copy, self.close_button)
        top.setStretch(0, 1)
        top.setContentsMargins(14, 4, 8, 0)
        layout.addLayout(top)
        inner = row(self.box)
        inner.setContentsMargins(10, 0, 10, 6)
        layout.addLayout(inner)
        self.hide()

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show *lines*, which belong together."""
        first = lines[0]
        at = local(first.at)
        when = f"{at} {zone_now()}" if at else ""
        parts = [when, first.service, self._ui.t("logs.detail_errors") if first.error else ""]
        self.head.setText("  ·  ".join(part for part in parts if part))
        self._whole = "\n".join(detail(one.text) for one in lines)
        cut = len(self._whole) > MOST
        text = self._whole[:MOST]
        self.box.setPlainText(f"{text}\n{self._ui.t('logs.detail_cut')}" if cut else text)
        self.show()

    def dismiss(self) -> None:
        """Go."""
        self.hide()
        self._on_close()

    def event(self, event: QEvent) -> bool:
        """Escape is ours while the focus is here, not the window's."""
        return escaped(event, self.dismiss) or super().event(event)


def zone_now() -> str:
    """The time zone by name and offset."""
    return zone(datetime.now().astimezone())
