"""Containers: one row per service, in the order a request takes, and what can be done with those selected."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtWidgets import QMenu, QWidget

from installer.panel import PanelState, Row, may_all, rows
from installer.stack.actions import ActionName
from ui.context import Ui
from ui.intents import Act, ShowSection
from ui.panel.grid import Grid
from ui.panel.grid_model import GridModel
from ui.panel.overview import PillRow
from ui.panel.section import Notices, Section
from ui.widgets.basics import Card, button, label, row

_EDGE = 4
_ACTIONS: tuple[ActionName, ...] = ("restart", "stop", "start")


class ContainersSection(Section):
    """See the module. Enter or a double click on a row shows its log."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.t("containers.title"), ui.t("containers.sentence"), scroll=False)
        self.pills = PillRow(ui)
        self.restart_all = button(ui.t("containers.restart_all"), lambda: self.ask(Act("restart")), "outline")
        self.start_all = button(ui.t("containers.start_all"), lambda: self.ask(Act("start")), "outline")
        self.compose_head(None, self.pills, self.restart_all, self.start_all)
        self.notices = Notices(ui, self.ask)
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
        bar = row()
        bar.addWidget(self.chosen, 1)
        for shown in (*self.buttons.values(), self.show_log):
            bar.addWidget(shown)
        self.bar = QWidget()
        self.bar.setLayout(bar)
        self.body.addWidget(self.bar)
        self._add_table()
        self._offer()

    def _add_table(self) -> None:
        self.model = GridModel(self.ui, self)
        self.grid = Grid(self.ui, self.model)
        self.grid.selectionModel().selectionChanged.connect(self._offer)
        self.grid.activated.connect(self._show_log)
        self.grid.customContextMenuRequested.connect(self._open_menu)
        self.empty = label("", wrap=True)
        self.card = Card(margins=1, space=0)
        self.card.body.setContentsMargins(1, _EDGE, 1, _EDGE)
        self.card.body.addWidget(self.grid)
        self.body.addWidget(self.empty)
        self.body.addWidget(self.card, 1000)
        self.body.addStretch(1)

    # ------------------------------------------------------------------- show

    def show_state(self, state: PanelState, now: float) -> None:
        super().show_state(state, now)
        found = rows(state, now)
        self.notices.show_state(state, now)
        self.pills.show_rows(found)
        self.model.show_rows(found, grey=state.lost is not None)
        self.card.setVisible(bool(found))
        self.bar.setVisible(bool(found))
        self.empty.setVisible(not found)
        self.empty.setText(self.ui.t(f"containers.{'looking' if state.status is None else 'empty'}"))
        stopped = state.status is not None and state.status.state == "stopped"
        self.start_all.setVisible(stopped)
        self.restart_all.setVisible(not stopped and bool(found))
        may = may_all(state)
        self.start_all.setEnabled("start" in may)
        self.restart_all.setEnabled("restart" in may)
        self.grid.fit()
        self.card.setMaximumHeight(self.grid.maximumHeight() + 2 * _EDGE)
        self._offer()

    def _offer(self) -> None:
        """The buttons for what is selected."""
        ui, found = self.ui, self.selected()
        may = frozenset[ActionName]().union(*(r.may for r in found))
        if not found:
            self.chosen.setText(ui.t("containers.choose_first"))
        elif len(found) == 1:
            self.chosen.setText(ui.t("containers.chosen_one", service=found[0].service))
        else:
            self.chosen.setText(ui.t("containers.chosen_more", count=ui.count(len(found))))
        for action, shown in self.buttons.items():
            shown.setEnabled(action in may)
        # either Stop or Start has its place there, both for a mixed selection
        self.buttons["start"].setVisible("start" in may)
        self.buttons["stop"].setVisible("stop" in may or "start" not in may)
        self.show_log.setEnabled(any(r.image for r in found))

    def selected(self) -> tuple[Row, ...]:
        """The selected rows, from the top."""
        places = sorted(index.row() for index in self.grid.selectionModel().selectedRows())
        return tuple(self.model.lines[place].row for place in places)

    def select(self, services: tuple[str, ...]) -> None:
        """Select the rows of *services* and no others."""
        chosen, whole = self.grid.selectionModel(), QItemSelectionModel.SelectionFlag.Rows
        chosen.clear()
        for place, shown in enumerate(self.model.lines):
            if shown.row.service in services:
                index = self.model.index(place, 0)
                chosen.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.Select | whole)

    # -------------------------------------------------------------------- ask

    def _act(self, action: ActionName) -> None:
        services = tuple(r.service for r in self.selected() if action in r.may)
        if services and action == "stop":
            self.notices.ask_stop(services)
        elif services:
            self.ask(Act(action, services))

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
