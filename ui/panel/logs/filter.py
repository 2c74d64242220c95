"""What narrows the log down: a text or pattern, a level, a time."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from installer.logs.highlighting import Level
from installer.logs.line import line_time, stamp
from installer.logs.search import Query
from installer.logs.times import written, zone
from ui.style.context import Ui
from ui.style.theme import CONTROL_HEIGHT
from ui.widgets.basics import button, label, row, set_kind, unseen_label
from ui.widgets.combo import CalmCombo
from ui.widgets.field import SearchLine
from ui.widgets.flow_row import FlowRow
from ui.widgets.tips import set_tip

#: A search begins so long after the last key.
_REST_MS = 150
_LEVELS: tuple[Level, ...] = ("", "info", "warning", "error")
#: Minutes of the periods to choose from.
_PERIODS = (15, 60, 24 * 60)
_BETWEEN = -1


class LogFilter(QWidget):
    """``asked`` gives a ``Query`` a moment after a person changed something."""

    asked = Signal(object)

    def __init__(self, ui: Ui, query: Query) -> None:
        super().__init__()
        self.ui = ui
        self._since: dict[int, bytes] = {}
        self.rest = QTimer(self)
        self.rest.setSingleShot(True)
        self.rest.setInterval(_REST_MS)
        self.rest.timeout.connect(self._ask)
        self.search = self._search_field()
        self.regex = button(".*", self._soon, name=ui.t("logs.regex_name"))
        set_tip(self.regex, ui.t("logs.regex_name"))
        self.regex.setCheckable(True)
        self.regex.toggled.connect(lambda on: set_kind(self.regex, "outline" if on else ""))
        self.level = self._combo(ui.t("logs.level"), [(ui.t(f"logs.least_{n or 'all'}"), n) for n in _LEVELS])
        periods = [(ui.t(f"logs.period_{n}"), n) for n in _PERIODS]
        self.period = self._combo(
            ui.t("logs.period"),
            [(ui.t("logs.period_all"), 0), *periods, (ui.t("logs.period_between"), _BETWEEN)],
        )
        self.since, self.until = self._time("logs.since"), self._time("logs.until")
        now = datetime.now().astimezone()
        self.zone = label(ui.t("logs.zone", zone=zone(now)), "hint", size=0.92)
        self.zone.setMinimumHeight(CONTROL_HEIGHT)
        self.bad = label("", "hint", size=0.92, wrap=True)
        self.words = row(self.search, self.regex)
        self.words.setStretch(0, 1)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        line = FlowRow()
        self._layout.addLayout(line)
        for part in (
            *(unseen_label(ui.t("logs.level"), self.level), self.level),
            *(unseen_label(ui.t("logs.period"), self.period), self.period),
            *(self.since, self.until, self.zone),
        ):
            line.addWidget(part)
        self.line = line
        self._layout.addWidget(self.bad)
        self.bad.hide()
        self.show_query(query)

    def _search_field(self) -> QLineEdit:
        ui, found = self.ui, SearchLine(self.ui.t("logs.search"))
        found.setPlaceholderText(ui.t("logs.search_hint"))
        found.addAction(
            QAction(ui.icon("search", ui.colors.second), "", found),
            QLineEdit.ActionPosition.LeadingPosition,
        )
        found.textChanged.connect(self._soon)
        return found

    def _combo(self, name: str, items: list[tuple[str, object]]) -> CalmCombo:
        found = CalmCombo(self.ui)
        found.setAccessibleName(name)
        for text, value in items:
            found.addItem(text, value)
        found.currentIndexChanged.connect(self._chosen)
        return found

    def _time(self, key: str) -> QLineEdit:
        found = QLineEdit()
        found.setAccessibleName(self.ui.t(key))
        found.setPlaceholderText(self.ui.t(f"{key}_hint"))
        found.setMaxLength(26)
        found.setFixedWidth(210)
        found.textChanged.connect(self._soon)
        return found

    # -------------------------------------------------------------------- show

    def show_query(self, query: Query) -> None:
        """Show what is searched for already."""
        self.search.setText(query.text)
        self.regex.setChecked(query.regex)
        self.level.setCurrentIndex(_LEVELS.index(query.level))
        if query.since or query.until:
            self.period.setCurrentIndex(self.period.findData(_BETWEEN))
            for field, time in ((self.since, query.since), (self.until, query.until)):
                when = line_time(time)
                field.setText(f"{when.astimezone():%Y-%m-%d %H:%M:%S}" if when else "")
        self._show_times()
        self.rest.stop()

    def show_bad(self, kind: str, why: str) -> None:
        """Why the pattern cannot be searched for; nothing if it can."""
        wrong = bool(kind) and self.regex.isChecked()
        self.bad.setText(self.ui.t(f"logs.pattern_{kind}", why=why) if wrong else "")
        self.bad.setVisible(wrong)
        set_kind(self.search, "", wrong="true" if wrong else "")

    def _show_times(self) -> None:
        between = self.period.currentData() == _BETWEEN
        for part in (self.since, self.until, self.zone):
            part.setVisible(between)

    # -------------------------------------------------------------------- hear

    def _chosen(self) -> None:
        minutes = self.period.currentData()
        if minutes and minutes > 0:
            self._since[minutes] = stamp(datetime.now().astimezone() - timedelta(minutes=minutes))
        self._show_times()
        self._soon()

    def _soon(self, *_: object) -> None:
        self.rest.start()

    def query(self) -> Query:
        """What is asked for now."""
        since = until = b""
        minutes = self.period.currentData()
        if minutes == _BETWEEN:
            since, until = self._written(self.since), self._written(self.until)
        elif minutes:
            since = self._since[minutes]
        return Query(self.search.text(), self.regex.isChecked(), self.level.currentData(), since, until)

    def _written(self, field: QLineEdit) -> bytes:
        when = written(field.text(), datetime.now().astimezone())
        set_kind(field, "", wrong="true" if field.text().strip() and when is None else "")
        return stamp(when) if when else b""

    def ask_now(self) -> None:
        """Apply the query now, without waiting for more key presses."""
        if self.rest.isActive():
            self.rest.stop()
            self._ask()

    def _ask(self) -> None:
        self.asked.emit(self.query())

    def clear(self) -> None:
        """Everything is to be seen."""
        self.search.clear()
        self.regex.setChecked(False)
        self.level.setCurrentIndex(0)
        self.period.setCurrentIndex(0)
