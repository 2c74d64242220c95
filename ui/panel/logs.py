"""Logs: the lines of one or all services as they come, with a search."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QLineEdit, QMenu, QStackedLayout, QVBoxLayout, QWidget

from installer.panel import PanelState
from installer.stack.knowledge import by_data_path
from ui.context import Ui
from ui.intents import CopyText, ShowSection
from ui.panel.log_list import LogList
from ui.panel.log_model import LogModel
from ui.panel.section import Notices, Section, noted
from ui.theme import SPACE_M, SPACE_S
from ui.widgets.basics import Card, button, column, label, line, picture, row, set_kind, unseen_label


class Nothing(QWidget):
    """What stands in the place of lines: a sentence, and what will happen."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self.what, self.about = label(bold=True, wrap=True), label("", "second", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        layout.setSpacing(SPACE_S)
        layout.addStretch(2)
        mark = picture(ui.pixmap("scroll-text", ui.colors.second, 28))
        layout.addWidget(mark, 0, Qt.AlignmentFlag.AlignHCenter)
        for shown in (self.what, self.about):
            shown.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(shown)
        layout.addStretch(3)

    def say(self, what: str, about: str) -> None:
        """Show the two sentences."""
        self.what.setText(what)
        self.about.setText(about)
        self.about.setVisible(bool(about))


class LogsSection(Section):
    """The lines themselves are in *model*, which outlives the section."""

    def __init__(self, ui: Ui, model: LogModel) -> None:
        super().__init__(ui, ui.t("logs.title"), ui.t("logs.sentence"), scroll=False)
        self.model = model
        self._services: tuple[str, ...] | None = None
        self.notices = Notices(ui, self.ask)
        self.body.addWidget(self.notices)
        self.list = LogList(ui, model)
        card = Card(margins=0, space=0)
        card.body.setContentsMargins(1, 0, 1, 4)
        card.body.addLayout(self._toolbar())
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
        self.list.following_changed.connect(self._show_follow)
        self.list.copy.connect(lambda text: self.ask(CopyText(text)))
        self.list.customContextMenuRequested.connect(self._open_menu)
        for changed in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            changed.connect(self._count)
        self._show_follow(True)

    def _toolbar(self) -> QVBoxLayout:
        ui = self.ui
        self.services = QComboBox()
        self.services.setAccessibleName(ui.t("logs.services"))
        self.services.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.services.activated.connect(self._choose)
        self.search = QLineEdit()
        self.search.setAccessibleName(ui.t("logs.search"))
        self.search.setPlaceholderText(ui.t("logs.search_hint"))
        self.search.setMaxLength(200)
        self.search.addAction(
            QAction(ui.icon("search", ui.colors.second), "", self.search),
            QLineEdit.ActionPosition.LeadingPosition,
        )
        self.search.textChanged.connect(self.model.search)
        self.count = label("", "second", size=0.92)
        self.follow = button(ui.t("logs.follow"), self._toggle, name=ui.t("logs.follow_name"))
        self.follow.setCheckable(True)
        bar = row()
        bar.setContentsMargins(12, 10, 12, 10)
        bar.addWidget(unseen_label(ui.t("logs.services"), self.services))
        bar.addWidget(self.services)
        bar.addWidget(self.search, 1)
        bar.addWidget(self.count)
        bar.addWidget(self.follow)
        holder = QVBoxLayout()
        holder.addLayout(bar)
        return holder

    def _lines(self) -> QWidget:
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self.nothing = Nothing(self.ui)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.nothing)
        return holder

    # ------------------------------------------------------------------- show

    def show_state(self, state: PanelState, now: float) -> None:
        super().show_state(state, now)
        self.notices.show_state(state, now)
        self._show_services(state)
        chosen = state.log.services
        sentence = self.ui.t("logs.sentence_one", service=chosen[0]) if len(chosen) == 1 else ""
        self.show_heading(self.ui.t("logs.title"), sentence or self.ui.t("logs.sentence"))
        broken = state.log.phase == "waiting" and not state.lost
        docker = state.log.error is not None and state.log.error.code == "action.failed"
        self.broken.setText(self.ui.t("logs.failed" if docker else "logs.waiting"))
        self._band.setVisible(broken or (state.lost is not None and self.model.total > 0))
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
            self.list.show_services(services)
        place = self.services.findData(chosen[0]) if len(chosen) == 1 else 0
        if place != self.services.currentIndex() and not self.services.view().isVisible():
            self.services.setCurrentIndex(max(0, place))

    def _count(self, *_: object) -> None:
        """How many lines, and what stands there if there are none."""
        shown, searching = len(self.model.rows), bool(self.model.search_text)
        self.count.setText(self.ui.t("logs.hits" if searching else "logs.lines", count=self.ui.count(shown)))
        self._stack.setCurrentWidget(self.list if shown else self.nothing)
        if not shown:
            self.nothing.say(*self._why_nothing(searching and self.model.total > 0))

    def _why_nothing(self, searched: bool) -> tuple[str, str]:
        ui, state = self.ui, self.state
        if searched:
            return ui.t("logs.no_hits", text=self.search.text()), ui.t("logs.no_hits_about")
        phase = state.log.phase if state else "loading"
        if phase == "nothing":
            return ui.t("logs.nothing"), ui.t("logs.nothing_about")
        if phase in ("off", "loading", "waiting"):
            return ui.t("logs.loading"), ""
        return ui.t("logs.empty"), ui.t("logs.empty_about")

    # ------------------------------------------------------------------- hear

    def _choose(self, place: int) -> None:
        self.ask(ShowSection("logs", str(self.services.itemData(place))))

    def _toggle(self) -> None:
        self.list.follow(self.follow.isChecked())

    def _show_follow(self, on: bool) -> None:
        self.follow.setChecked(on)
        self.follow.setText(f" {self.ui.t('logs.following' if on else 'logs.follow')}")
        self.follow.setIcon(
            self.ui.icon("arrow-down-to-line", self.ui.colors.accent if on else self.ui.colors.second)
        )
        set_kind(self.follow, "outline" if on else "")

    def _open_menu(self, at: QPoint) -> None:
        text = self.list.selected_text()
        if text:
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction(self.ui.t("logs.copy_lines"), lambda: self.ask(CopyText(text)))
            menu.popup(self.list.viewport().mapToGlobal(at))

    def first_focus(self) -> QWidget | None:
        return self.search
