"""Containers: one row per service, in the order a request takes, and what can be done with those selected."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from installer.operations.actions import ActionName
from installer.views.container_grid import (
    MEASURED,
    ORDERS,
    Choice,
    fitting,
    is_over,
    ordered,
    placed,
    settled,
)
from installer.views.panel import PanelState, may_all
from installer.views.service_rows import Row, rows
from ui.panel.containers.detail import Detail
from ui.panel.containers.grid import Grid
from ui.panel.containers.grid_bar import GridBar
from ui.panel.containers.grid_columns import COLUMNS
from ui.panel.containers.grid_model import GridModel
from ui.panel.containers.more_menu import MoreButton
from ui.panel.intents import RunAction, ShowSection, WatchUsage
from ui.panel.overview.section import PillRow
from ui.panel.section import Notices, Section
from ui.style.context import Ui
from ui.widgets.basics import Card, button, label, line, row

_EDGE = 4
#: The height without notices from which on everything about a row is shown under the grid.
_DETAIL_FROM = 520
_ACTIONS: tuple[ActionName, ...] = ("restart", "stop", "start")


class ContainersSection(Section):
    """See the module. Enter or a double click on a row shows its log."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.t("containers.title"), ui.t("containers.sentence"), scroll=False)
        self.pills = PillRow(ui)
        self.notices = Notices(ui, self.ask)
        self.restart_all = button(ui.t("containers.restart_all"), self.notices.ask_restart, "outline")
        self.start_all = button(ui.t("containers.start_all"), lambda: self.ask(RunAction("start")), "outline")
        self.compose_head(None, self.pills, self.restart_all, self.start_all)
        self.body.addWidget(self.notices)
        self.chosen = label("", "second", wrap=True)
        self.buttons = {
            action: button(
                ui.t(f"containers.{action}"),
                lambda action=action: self._act(action),  # type: ignore[misc]
                name=ui.t(f"containers.{action}_name"),
            )
            for action in _ACTIONS
        }
        self.show_log = button(ui.t("containers.show_log"), self._show_log, name=ui.t("containers.log_name"))
        self.more = MoreButton(ui, self.ask, self.notices.ask_recreate)
        self._rows: tuple[Row, ...] = ()
        self._order: tuple[str, ...] = ()
        self._settled = False
        self._seen: tuple[str, ...] = ()
        self._add_table()
        self._add_chosen()
        self.body.addStretch(1)
        self._offer()

    def _add_table(self) -> None:
        self.model = GridModel(self.ui, self)
        self.grid = Grid(self.ui, self.model)
        self.grid.selectionModel().selectionChanged.connect(self._offer)
        self.grid.activated.connect(self._show_log)
        self.grid.customContextMenuRequested.connect(self._open_menu)
        self.grid.header.connect(self._clicked)
        self.grid.seen.connect(self._look_at)
        self.filters = GridBar(self.ui)
        self.filters.changed.connect(self._chose)
        self.empty = label("", wrap=True)
        self.nothing = label(self.ui.t("containers.nothing_fits"))
        self.show_all = button(
            self.ui.t("containers.show_all_rows"), lambda: self.filters.choose(Choice(self.choice.order))
        )
        self.no_hit = QWidget()
        line_ = row(self.nothing, self.show_all, None)
        line_.setContentsMargins(12, 12, 12, 12)
        self.no_hit.setLayout(line_)
        self.card = Card(margins=1, space=0)
        self.card.body.setContentsMargins(1, 0, 1, _EDGE)
        self.card.body.addWidget(self.filters)
        self.card.body.addWidget(line())
        self.card.body.addWidget(self.grid, 1)
        self.card.body.addWidget(self.no_hit)
        self.body.addWidget(self.empty)
        self.body.addWidget(self.card, 1000)

    def _add_chosen(self) -> None:
        """What can be done with the selected rows, and everything about a single one."""
        head = row()
        head.addWidget(self.chosen, 1)
        for shown in (*self.buttons.values(), self.show_log, self.more):
            head.addWidget(shown)
        self.detail = Detail(self.ui)
        self.bar = Card(margins=12, space=10)
        self.bar.body.addLayout(head)
        self.bar.body.addWidget(self.detail)
        self.body.addWidget(self.bar)

    # ------------------------------------------------------------------- show

    def show_state(self, state: PanelState, now: float) -> None:
        super().show_state(state, now)
        self._rows = found = rows(state, now)
        self.notices.show_state(state, now)
        self.pills.show_rows(found)
        self.filters.show_over(sum(map(is_over, found)))
        self.card.setVisible(bool(found))
        self.bar.setVisible(bool(found))
        self.empty.setVisible(not found)
        looking = "looking" if state.lost is None else "not_seen"
        self.empty.setText(self.ui.t(f"containers.{looking if state.status is None else 'empty'}"))
        stopped = state.status is not None and state.status.state == "stopped"
        self.start_all.setVisible(stopped)
        self.restart_all.setVisible(not stopped and bool(found))
        may = may_all(state)
        self.start_all.setEnabled("start" in may)
        self.restart_all.setEnabled("restart" in may)
        self._show_rows()

    @property
    def choice(self) -> Choice:
        """Filter and order."""
        return self.filters.choice

    def _show_rows(self) -> None:
        """The rows that match, in the order they had: sorted again on request, not when a value changes."""
        choice, found = self.choice, self._rows
        if not self._settled:
            self._order, self._settled = ordered(found, choice), settled(found, choice) and bool(found)
        in_order = found if choice.order == "path" else placed(found, self._order)
        shown = fitting(in_order, choice, self.model.wording.words)
        grey = self.state is not None and self.state.lost is not None
        self.model.show_rows(shown, grey=grey, choice=choice)
        self.grid.setVisible(bool(shown))
        self.no_hit.setVisible(bool(found) and not shown)
        self.grid.fit()
        height = self.grid.maximumHeight() if shown else self.no_hit.sizeHint().height()
        self.card.setMaximumHeight(height + self.filters.sizeHint().height() + _EDGE + 4)
        self._offer()

    def _chose(self, _choice: Choice) -> None:
        self._settled = False
        self._show_rows()
        self._ask_usage()

    def _clicked(self, column: int) -> None:
        name = next((order for order in ORDERS if order == COLUMNS[column]), None)
        if name is not None:
            self.filters.choose(self.choice.clicked(name))

    def _look_at(self, services: tuple[str, ...]) -> None:
        self._seen = services
        self._ask_usage()

    def _ask_usage(self) -> None:
        """Of what is seen; of all that fit where the order depends on it."""
        wanted = self._seen
        if self.choice.order in MEASURED:
            wanted = tuple(x.row.service for x in self.model.lines)
        self.ask(WatchUsage(wanted))

    def _offer(self) -> None:
        """The buttons for what is selected."""
        ui, found = self.ui, self.selected()
        may = frozenset[ActionName]().union(*(r.may for r in found))
        if not found:
            self.chosen.setText(ui.t("containers.choose_first"))
        elif len(found) == 1:
            about = ui.texts.service(found[0].service)
            text = ui.t("containers.chosen_one", service=found[0].service, about=about)
            many = ui.t("containers.chosen_copies", count=ui.count(found[0].copies))
            self.chosen.setText(f"{text} {many}" if found[0].copies > 1 else text)
        else:
            self.chosen.setText(ui.t("containers.chosen_more", count=ui.count(len(found))))
        for action, shown in self.buttons.items():
            shown.setEnabled(action in may)
        # either Stop or Start has its place there, both for a mixed selection
        self.buttons["start"].setVisible("start" in may)
        self.buttons["stop"].setVisible("stop" in may or "start" not in may)
        self.show_log.setEnabled(any(r.image for r in found))
        self.more.offer(found)
        self._show_detail(found)

    def _show_detail(self, found: tuple[Row, ...]) -> None:
        """Of a single row, and only where it leaves the grid enough room."""
        taken = 0 if self.notices.isHidden() else self.notices.sizeHint().height()
        fits = self.height() - taken >= _DETAIL_FROM
        self.detail.setVisible(len(found) == 1 and fits)
        if len(found) == 1:
            self.detail.show_row(found[0])

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._show_detail(self.selected())

    def selected(self) -> tuple[Row, ...]:
        """The selected rows, from the top."""
        places = sorted(index.row() for index in self.grid.selectionModel().selectedRows())
        return tuple(self.model.lines[place].row for place in places if not self.model.lines[place].heading)

    def select(self, services: tuple[str, ...]) -> None:
        """Select the rows of *services* and no others."""
        chosen, whole = self.grid.selectionModel(), QItemSelectionModel.SelectionFlag.Rows
        chosen.clear()
        for place, shown in enumerate(self.model.lines):
            if not shown.heading and shown.row.service in services:
                index = self.model.index(place, 0)
                chosen.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.Select | whole)

    # -------------------------------------------------------------------- ask

    def _act(self, action: ActionName) -> None:
        services = tuple(r.service for r in self.selected() if action in r.may)
        if services and action == "stop":
            self.notices.ask_stop(services)
        elif services:
            self.ask(RunAction(action, services))

    def _show_log(self) -> None:
        found = [r for r in self.selected() if r.image]
        if found:
            self.ask(ShowSection("logs", found[0].service if len(found) == 1 else ""))

    def menu(self) -> QMenu:
        """The buttons for what is selected, as a menu."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for shown in self.buttons.values():
            if not shown.isHidden():
                entry = menu.addAction(shown.text(), shown.click)
                entry.setEnabled(shown.isEnabled())
        menu.addSeparator()
        menu.addAction(self.show_log.text(), self.show_log.click).setEnabled(self.show_log.isEnabled())
        self.more.add_to(menu)
        return menu

    def _open_menu(self, at: QPoint) -> None:
        if not self.selected():
            return
        index = self.grid.currentIndex()
        if not self.grid.viewport().rect().contains(at) and index.isValid():
            at = self.grid.visualRect(index).center()  # asked for by the keyboard
        self.menu().popup(self.grid.viewport().mapToGlobal(at))

    def first_focus(self) -> QWidget | None:
        return self.grid if self.model.rowCount() else None
