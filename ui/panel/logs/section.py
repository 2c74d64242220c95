"""Logs: the lines of one, several or all services as they come, with a search."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QStackedLayout, QVBoxLayout, QWidget

from installer.logs.line import MARKS, Line
from installer.logs.search import Query
from installer.release.services import by_data_path
from installer.views.panel import LogState, PanelState
from ui.intents import CopyText
from ui.panel.intents import LoadOlderLines, SearchLog, ShowLogs, ShowSection
from ui.panel.logs.detail import LogDetail
from ui.panel.logs.filter import LogFilter
from ui.panel.logs.hits import HitWalk
from ui.panel.logs.list import LogList
from ui.panel.logs.model import LogModel
from ui.panel.logs.parts import Nothing, Several, why_nothing
from ui.panel.logs.save import SaveLogs
from ui.panel.logs.seek_card import SeekCard
from ui.panel.section import Notices, Section, noted
from ui.style.context import Ui
from ui.style.theme import SPACE_M, SPACE_S
from ui.widgets.basics import (
    Card,
    button,
    column,
    label,
    line,
    row,
    set_kind,
    unseen_label,
)
from ui.widgets.combo import CalmCombo
from ui.widgets.tab_order import tab_as_read

#: The entry of the list of services that shows a box for each.
_SEVERAL = "\x00"


class LogsSection(Section):
    """The lines themselves are in *model*, which outlives the section."""

    def __init__(self, ui: Ui, model: LogModel) -> None:
        super().__init__(ui, ui.t("logs.title"), ui.t("logs.sentence"), scroll=False)
        self.model = model
        model.say_mark = self._say_mark
        self._services: tuple[str, ...] | None = None
        self.notices = Notices(ui, self.ask)
        self._saving: SaveLogs | None = None
        self._seeking: SeekCard | None = None
        self._detail: LogDetail | None = None
        self.body.addWidget(self.notices)
        self.filter = LogFilter(ui, model.query)
        self.filter.asked.connect(self._search)
        self.search = self.filter.search
        self.list = LogList(ui, model)
        self.hits = HitWalk(ui, self, model, self.list, self.filter)
        self.several = Several()
        self.several.changed.timeout.connect(self._chose_several)
        card = self._card = Card(margins=0, space=0)
        card.body.setContentsMargins(1, 0, 1, 4)
        card.body.addLayout(self._toolbar())
        card.body.addWidget(self.several)
        card.body.addWidget(line())
        card.body.addWidget(self._lines(), 1)
        self.broken = label("", "second", wrap=True)
        self._band = QWidget()
        band = noted(ui, "unplug", ui.colors.warning, self.broken)
        band.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S - 4)
        self._band.setLayout(column(line(), band, space=0))
        self._band.hide()
        card.body.addWidget(self._band)
        self.body.addWidget(card, 1)
        self._connect(model)
        self._show_follow(True)

    def _connect(self, model: LogModel) -> None:
        self.list.following_changed.connect(self._show_follow)
        self.list.missed_changed.connect(lambda _: self._show_follow(self.list.following))
        self.list.copy.connect(lambda text: self.ask(CopyText(text)))
        self.list.opened.connect(self._open)
        self.list.customContextMenuRequested.connect(self._open_menu)
        for changed in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            changed.connect(self._count)

    def _toolbar(self) -> QVBoxLayout:
        ui = self.ui
        self.services = CalmCombo(ui)
        self.services.setAccessibleName(ui.t("logs.services"))
        self.services.setSizeAdjustPolicy(CalmCombo.SizeAdjustPolicy.AdjustToContents)
        self.services.activated.connect(self._choose)
        self.count = label("", "second", size=0.92)
        self.follow = button(ui.t("logs.follow"), self._toggle, name=ui.t("logs.follow_name"))
        self.follow.setCheckable(True)
        self.older = button(ui.t("logs.older"), lambda: self.ask(LoadOlderLines()), "link")
        self.save = button(ui.t("logs.save"), self._save, "link")
        bar = row(unseen_label(ui.t("logs.services"), self.services), self.services)
        bar.addLayout(self.filter.words, 1)
        bar.addWidget(self.count)
        bar.addWidget(self.follow)
        self.filter.line.addWidget(self.older)
        self.filter.line.addWidget(self.save)
        holder = QVBoxLayout()
        holder.setContentsMargins(12, 10, 12, 8)
        holder.setSpacing(8)
        holder.addLayout(bar)
        holder.addWidget(self.filter)
        return holder

    def _lines(self) -> QWidget:
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self.nothing = Nothing(self.ui)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.nothing)
        return holder

    @property
    def detail(self) -> LogDetail:
        """A line as a whole. Made when it is first wanted, as is ``saving``: the section comes up sooner."""
        if self._detail is None:
            self._detail = LogDetail(self.ui, lambda text: self.ask(CopyText(text)), self.list.setFocus)
            self._card.body.insertWidget(self._card.body.indexOf(self._band), self._detail)
            tab_as_read(self)
        return self._detail

    @property
    def saving(self) -> SaveLogs:
        """The question where to save, and how that goes."""
        if self._saving is None:
            self._saving = SaveLogs(self.ui, self.ask)
            self.body.insertWidget(self.body.indexOf(self.notices) + 1, self._saving)
            tab_as_read(self)
        return self._saving

    @property
    def seeking(self) -> SeekCard:
        """How the search for a cited line goes."""
        if self._seeking is None:
            self._seeking = SeekCard(self.ui, self.ask, self.list.setFocus)
            self.body.insertWidget(self.body.indexOf(self.notices) + 1, self._seeking)
            tab_as_read(self)
        return self._seeking

    # ------------------------------------------------------------------- show

    def show_state(self, state: PanelState, now: float) -> None:
        super().show_state(state, now)
        self.notices.show_state(state, now)
        if self._saving is not None or state.log_saving.phase:
            self.saving.show_saving(state.log_saving)
        if self._seeking is not None or state.seeking.phase:
            self.seeking.show_seeking(state.seeking)
        self._show_services(state)
        log = state.log
        sentence = self.ui.t("logs.sentence_one", service=log.services[0]) if len(log.services) == 1 else ""
        self.show_heading(self.ui.t("logs.title"), sentence or self.ui.t("logs.sentence"))
        broken = log.phase == "waiting" and not state.lost
        docker = log.error is not None and log.error.code in ("action.failed", "docker.api_failed")
        self.broken.setText(self.ui.t("logs.failed" if docker else "logs.waiting"))
        self._band.setVisible(broken or (state.lost is not None and self.model.total > 0))
        self.older.setVisible(log.cut or log.older)
        self.older.setEnabled(not log.older)
        self.older.setText(self.ui.t("logs.older_reading" if log.older else "logs.older"))
        self.save.setEnabled(log.phase != "nothing" or self.save.hasFocus())
        self.filter.show_bad(log.bad, log.why)
        self._count()

    def _show_services(self, state: PanelState) -> None:
        status, chosen = state.status, state.log.services
        there = {c.service for c in status.containers} if status else set()
        services = by_data_path({*there, *chosen})
        if services != self._services:
            self._services = services
            self.services.clear()
            self.services.addItem(self.ui.t("logs.all"), "")
            for name in services:
                self.services.addItem(name, name)
            self.services.addItem(self.ui.t("logs.several"), _SEVERAL)
            self.list.show_services(services)
        several = len(chosen) > 1 or (not self.several.isHidden() and self.services.currentData() == _SEVERAL)
        wanted = _SEVERAL if several else chosen[0] if chosen else ""
        place = self.services.findData(wanted)
        if place != self.services.currentIndex() and not self.services.view().isVisible():
            self.services.setCurrentIndex(max(0, place))
        if several:
            self.several.show_services(services, chosen)
        self.several.setVisible(several)

    def _count(self, *_: object) -> None:
        """How many lines, and what stands there if there are none."""
        shown, searching = self.model.rowCount(), self.model.searching
        number = shown if searching else self.model.total
        self.count.setText(self.ui.t("logs.hits" if searching else "logs.lines", count=self.ui.count(number)))
        self._stack.setCurrentWidget(self.list if shown else self.nothing)
        if not shown:
            log = self.state.log if self.state else LogState(phase="loading")
            lost = self.state is not None and self.state.lost is not None
            self.nothing.say(*why_nothing(self.ui, log, self.model, lost=lost))
        self.hits.look()

    def _say_mark(self, found: Line) -> str:
        kind, _, service = found.text.decode("utf-8", "replace").partition(" ")
        return self.ui.t(f"logs.mark_{kind}", service=service) if kind in MARKS else ""

    def show_line(self, number: int) -> None:
        """Go to a line."""
        self.model.refresh()
        if self.model.searching:
            self._show_all()
        self.list.show_line(number)
        self.list.setFocus()

    # ------------------------------------------------------------------- hear

    def _choose(self, place: int) -> None:
        value = str(self.services.itemData(place))
        if value == _SEVERAL:
            self.several.show_services(self._services or (), self.state.log.services if self.state else ())
            self.several.show()
            tab_as_read(self)
            return
        self.several.hide()
        self.ask(ShowSection("logs", value))

    def _chose_several(self) -> None:
        self.ask(ShowLogs(self.several.chosen()))

    def _search(self, query: Query) -> None:
        self.ask(SearchLog(query))

    def _toggle(self) -> None:
        self.list.follow(self.follow.isChecked())

    def _show_follow(self, on: bool) -> None:
        ui, missed = self.ui, self.list.missed
        self.follow.setChecked(on)
        key = "following" if on else "missed" if missed else "follow"
        self.follow.setText(f" {ui.t(f'logs.{key}', count=ui.count(missed))}")
        self.follow.setIcon(ui.icon("arrow-down-to-line", ui.colors.accent if on else ui.colors.second))
        set_kind(self.follow, "outline" if on or missed else "")

    def _open(self, row_: int) -> None:
        """Show a line as a whole."""
        lines = list(self.model.block(row_))
        if lines and not lines[0].mark:
            self.list.follow(False)
            self.detail.show_lines(lines)

    def _save(self) -> None:
        self.saving.offer(self.state.log.services if self.state else ())

    def _open_menu(self, at: QPoint) -> None:
        index, current = self.list.indexAt(at), self.list.currentIndex()
        inside = self.list.viewport().rect()
        if not inside.contains(at) and current.isValid():  # asked for by the keyboard, of a line that is wide
            index, at = current, QPoint(inside.center().x(), self.list.visualRect(current).center().y())
        if index.isValid():
            self.menu(index.row()).popup(self.list.viewport().mapToGlobal(at))

    def menu(self, row_: int) -> QMenu:
        """What can be done with a row."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.ui.t("logs.copy_lines"), lambda: self.ask(CopyText(self.list.selected_text())))
        menu.addAction(self.ui.t("logs.open_line"), lambda: self._open(row_))
        if self.model.searching:
            number = self.model.number(row_)
            menu.addAction(self.ui.t("logs.in_place"), lambda: self._in_place(number))
        self.hits.add_to(menu)
        return menu

    def _in_place(self, number: int) -> None:
        """Everything again, at that line."""
        self.hits.keep()
        self._show_all()
        self.list.show_line(number)

    def _show_all(self) -> None:
        self.filter.clear()
        self.filter.ask_now()  # else what the search before finds meanwhile comes back
        self.model.show_hits(self.filter.query(), None)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self.model.watch(True)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        with suppress(RuntimeError):  # at the program's end Qt may have deleted the model before
            self.model.watch(False)

    def first_focus(self) -> QWidget | None:
        return self.search
