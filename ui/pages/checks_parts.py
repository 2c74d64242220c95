"""Cards of rows. The row of a check stays the same widget, also in another card."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget

from ui.context import Ui
from ui.intents import Intent
from ui.pages.checks_row import CheckRow
from ui.pages.checks_words import Shown
from ui.theme import SPACE_M, SPACE_S, SPACE_XS, scaled
from ui.widgets.basics import RowCard, dispose, hint, label, line, row

_NARROWEST, _WIDEST = 110, 210
#: Findings that are made in the first and in each later turn of the event loop.
_AT_ONCE, _LATER = 3, 2
#: The same of rows, which are more and each quicker to make.
_ROWS_AT_ONCE, _ROWS_LATER = 10, 8


def name_width(names: Sequence[str]) -> int:
    """How wide the names' column is, the same in all cards."""
    metrics = QFontMetrics(scaled(1.0, bold=True))
    widest = max((metrics.horizontalAdvance(name) for name in names), default=0)
    return min(max(widest + SPACE_M, _NARROWEST), _WIDEST)


class Rows(QObject):
    """All rows that are shown, by the check's id.

    Many rows, and what stands under a finding, take long to make, and the window must not be held up:
    the first are made at once, the others with the next turns of the event loop. *grown* follows each turn.
    """

    def __init__(
        self, ui: Ui, ask: Callable[[Intent], None], grown: Callable[[], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._ui, self._ask, self._grown = ui, ask, grown
        self.made: dict[str, CheckRow] = {}
        self.anew = False
        self._due: list[str] = []
        self._unmade: list[Shown] = []
        self._width = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._go_on)

    def show(self, entries: Iterable[Shown], width: int) -> None:
        """Have a row for each of *entries*; ``anew`` tells whether any has other controls now."""
        before, self.made, self.anew, self._due, self._unmade = self.made, {}, False, [], []
        self._width = width
        for entry in entries:
            made = before.pop(entry.check.id, None)
            if made is None:
                self._unmade.append(entry)
            else:
                self._hold(made, entry)
        for gone in before.values():
            self.anew = True
            dispose(gone)
        # what is wrong is seen first
        self._unmade.sort(key=lambda entry: entry.said is None)
        found = sum(entry.said is not None for entry in self._unmade)
        self._make(max(found, _ROWS_AT_ONCE))
        self._finish(_AT_ONCE)

    def _hold(self, made: CheckRow, entry: Shown) -> None:
        self.made[entry.check.id] = made
        if made.show_entry(entry, self._width):
            self._due.append(entry.check.id)

    def _make(self, most: int) -> None:
        now, self._unmade = self._unmade[:most], self._unmade[most:]
        self.anew = self.anew or bool(now)
        for entry in now:
            self._hold(CheckRow(self._ui, self._ask, entry), entry)

    def _finish(self, most: int) -> None:
        now, self._due = self._due[:most], self._due[most:]
        self.anew = self.anew or bool(now)
        for check_id in now:
            self.made[check_id].finish()
        if self.growing:
            self._timer.start()

    def _go_on(self) -> None:
        focus = self.focused()
        if self._unmade:
            self._make(_ROWS_LATER)
            self._finish(0)
        else:
            self._finish(_LATER)
        self._grown()
        if focus[0] and self.focused() != focus:
            self.focus(*focus)

    @property
    def growing(self) -> bool:
        """Whether more is to be made."""
        return bool(self._due or self._unmade)

    def focused(self) -> tuple[str, str]:
        """The check and the control that have the focus, empty if it is elsewhere."""
        widget = QApplication.focusWidget()
        for check_id, made in self.made.items():
            for key, control in made.controls.items():
                if control is widget:
                    return check_id, key
        return "", ""

    def focus(self, check_id: str, key: str) -> bool:
        """Put the focus there, also where one must wait just now; False if that is not there any more."""
        made = self.made.get(check_id)
        wanted = made.controls.get(key) if made else None
        if wanted is None:
            return False
        wanted.setEnabled(True)  # as ``CheckRow.show_moment`` leaves what has the focus
        wanted.setFocus()
        return True


class CheckCard(RowCard):
    """A card of some of the rows. With the same rows it stays as it is."""

    def __init__(self) -> None:
        super().__init__()
        self.holders: dict[str, CheckRow] = {}
        self.hide()

    def place(self, rows: Sequence[CheckRow]) -> None:
        """Hold *rows*, hide without any."""
        if list(self.holders.values()) != list(rows):
            while (item := self.body.takeAt(0)) is not None:
                widget = item.widget()
                if widget is not None and not isinstance(widget, CheckRow):
                    dispose(widget)  # a line between two rows
            self.holders = {made.entry.check.id: made for made in rows}
            for number, made in enumerate(rows):
                if number:
                    self.body.addWidget(line())
                self.body.addWidget(made)
                made.show()
        self.setVisible(bool(rows))

    @property
    def buttons(self) -> dict[str, QPushButton]:
        """For each row that has one, the first button with which something can be decided."""
        deciding = {key: _ways(made) for key, made in self.holders.items()}
        return {key: ways[0] for key, ways in deciding.items() if ways}


def _ways(made: CheckRow) -> list[QPushButton]:
    """The row's ways out; looking once more is none."""
    return [way for way in made.deciding if way is not made.controls.get("again")]


class Group(QWidget):
    """A heading, on its right what it is about, and the card under it."""

    def __init__(self) -> None:
        super().__init__()
        self.card = CheckCard()
        self.heading = label("", size=1.05, bold=True)
        self.about: QLabel = hint("")
        self.about.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head = row(self.heading)
        head.addWidget(self.about, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE_XS, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addLayout(head)
        layout.addWidget(self.card)
        self.hide()

    def show_group(self, heading: str, about: str, rows: Sequence[CheckRow]) -> None:
        """Show *rows* under *heading*; without rows nothing."""
        self.heading.setText(heading)
        self.about.setText(about)
        self.card.place(rows)
        self.setVisible(bool(rows))
