"""Cards of rows. The row of a check stays the same widget, also in another card."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget

from ui.background.chunked_work import Turns
from ui.intents import Intent
from ui.style.context import Ui
from ui.style.theme import SPACE_M, SPACE_S, SPACE_XS, scaled
from ui.widgets.basics import RowCard, dispose, hint, label, row
from ui.wizard.checks.row import CheckRow
from ui.wizard.checks.words import Shown

_NARROWEST, _WIDEST = 110, 210


def name_width(names: Sequence[str]) -> int:
    """How wide the names' column is, the same in all cards."""
    metrics = QFontMetrics(scaled(1.0, bold=True))
    widest = max((metrics.horizontalAdvance(name) for name in names), default=0)
    return min(max(widest + SPACE_M, _NARROWEST), _WIDEST)


class Rows(QObject):
    """All rows that are shown, by the check's id.

    Many rows, and what stands under a finding, take long to make, and the window must not be held up:
    what is wrong is made first, and what does not fit into a turn of the event loop follows in later ones.
    *grown* follows each of those, and *lost* if what had the focus is gone.
    """

    def __init__(
        self,
        ui: Ui,
        ask: Callable[[Intent], None],
        parent: QObject,
        *,
        grown: Callable[[], None],
        lost: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self._ui, self._ask, self._grown, self._lost = ui, ask, grown, lost
        self.made: dict[str, CheckRow] = {}
        #: Whether any row has other controls since it was last set to False.
        self.changed = False
        self._turns = Turns(self, self._turned, self._before)
        self._focus = "", ""

    def show(self, entries: Iterable[Shown], width: int) -> None:
        """Have a row for each of *entries*. *width*: of the names' column."""
        wanted = list(entries)
        ids = {entry.check.id for entry in wanted}
        for gone in [check_id for check_id in self.made if check_id not in ids]:
            self.changed = True
            dispose(self.made.pop(gone))
        wanted.sort(key=lambda entry: entry.said is None)
        self._turns.begin(self._pieces(wanted, width))

    def _pieces(self, entries: Sequence[Shown], width: int) -> Iterator[None]:
        for entry in entries:
            made = self.made.get(entry.check.id)
            if made is None:
                self.changed = True
                made = self.made[entry.check.id] = CheckRow(self._ui, self._ask, entry)
            elif made.shows(entry, width):
                continue
            unfinished = made.show_entry(entry, width)
            yield
            if unfinished:
                self.changed = True
                made.finish()
                yield

    def _before(self) -> None:
        self._focus = self.focused()

    def _turned(self) -> None:
        self._grown()
        self.keep_focus(self._focus)

    def keep_focus(self, before: tuple[str, str]) -> None:
        """The focus stays where it was, also if that control was rebuilt."""
        if before[0] and self.focused() != before and not self.focus(*before):
            self._lost()

    @property
    def growing(self) -> bool:
        """Whether more is to be made."""
        return self._turns.busy

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
        if wanted is None or wanted.isHidden():
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
            for gone in self.holders.values():
                if gone not in rows and gone.parent() is self:
                    gone.hide()
                    self.body.removeWidget(gone)
            self.holders = {made.entry.check.id: made for made in rows}
            for number, made in enumerate(rows):
                if self.body.indexOf(made) != number:
                    self.body.insertWidget(number, made)
                    made.show()
                made.set_apart(above=number > 0)
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
