"""A list to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyledItemDelegate, QVBoxLayout, QWidget

from ui.style.context import Ui
from ui.style.theme import SPACE_XS
from ui.widgets.basics import label, unseen_label


class CalmCombo(QComboBox):
    """A list that the wheel does not change while the user scrolls past it. It draws its arrow itself, as the
    style sheet's is gone with the border. The style sheet has it open as a list under the box
    (``combobox-popup: 0``): Qt makes the other kind, a menu over the box, two pixels too low for its entries
    where the box has the focus, and cuts the last one."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self.setItemDelegate(QStyledItemDelegate(self))  # the style sheet's ``::item`` is for this one only

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        arrow = self._ui.pixmap("chevron-down", self._ui.colors.second, 16)
        painter = QPainter(self)
        painter.drawPixmap(self.width() - 26, (self.height() - 16) // 2, arrow)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        event.ignore()


class ComboField(QWidget):
    """A list with its caption over it, unless a heading says it already. ``chosen`` gives the value that a
    person chose."""

    chosen = Signal(str)

    def __init__(self, ui: Ui, text: str, *, headed: bool = False) -> None:
        super().__init__()
        self.list = CalmCombo(ui)
        self.list.setAccessibleName(text)
        self.list.activated.connect(lambda place: self.chosen.emit(str(self.list.itemData(place))))
        caption = unseen_label(text, self.list) if headed else label(text, size=0.92, bold=True)
        caption.setBuddy(self.list)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        layout.addWidget(caption)
        layout.addWidget(self.list)
        layout.addStretch(1)
        self.setFocusProxy(self.list)

    def show_items(self, items: Sequence[tuple[str, str]]) -> None:
        """(text, value) of each entry; rebuilt only if one differs."""
        there = [(self.list.itemText(n), self.list.itemData(n)) for n in range(self.list.count())]
        if there == [*items]:
            return
        self.list.clear()
        for text, value in items:
            self.list.addItem(text, value)

    def show_value(self, value: str) -> None:
        """The entry of *value*; one that the list does not have is shown as it is."""
        place = self.list.findData(value)
        if place < 0:
            self.list.addItem(value, value)
            place = self.list.count() - 1
        self.list.setCurrentIndex(place)
