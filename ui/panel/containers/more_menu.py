"""What is done less often with the selected containers: a button with a menu, also in a row's menu."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton

from installer.release.services import copies
from installer.views.service_rows import Row
from ui.intents import Intent
from ui.panel.intents import CopyShellCommand, OpenShell, ScaleService
from ui.style.context import Ui

#: A line of the menu: its text, what it does, whether it can be done now.
_Way = tuple[str, Callable[[], object], bool]


class MoreButton(QPushButton):
    """*ask* takes intents, *recreate* services to recreate after a confirmation."""

    def __init__(
        self, ui: Ui, ask: Callable[[Intent], None], recreate: Callable[[tuple[str, ...]], None]
    ) -> None:
        super().__init__(ui.t("containers.more"))
        self._ui, self._ask, self._recreate = ui, ask, recreate
        self._rows: tuple[Row, ...] = ()
        self.setAccessibleName(ui.t("containers.more_name"))
        self.setAutoDefault(False)
        self.setMenu(QMenu(self))
        self.menu().aboutToShow.connect(self._fill)

    def offer(self, rows: Sequence[Row]) -> None:
        """What can be done with *rows*."""
        self._rows = tuple(rows)
        self.setEnabled(any(can for _text, _does, can in self._ways()))

    def add_to(self, menu: QMenu) -> None:
        """The same ways at the end of *menu*."""
        for text, does, can in self._ways():
            menu.addAction(text, does).setEnabled(can)
        if len(self._rows) == 1 and self._rows[0].service in copies():
            self._add_copies(menu, self._rows[0])

    def _add_copies(self, menu: QMenu, row: Row) -> None:
        """How many containers of it there are, to choose from."""
        inner = menu.addMenu(self._ui.t("containers.copies"))
        inner.setEnabled("restart" in row.may)
        group = QActionGroup(inner)
        for number in copies()[row.service]:
            text = self._ui.t(
                "containers.copies_one" if number == 1 else "containers.copies_more", count=str(number)
            )
            choice = group.addAction(text)
            choice.setCheckable(True)
            choice.setChecked(number == row.copies)
            choice.triggered.connect(lambda _=False, n=number: self._scale(row, n))
            inner.addAction(choice)

    def _scale(self, row: Row, number: int) -> None:
        if number != row.copies:
            self._ask(ScaleService(row.service, number))

    def _fill(self) -> None:
        self.menu().clear()
        self.add_to(self.menu())

    def _ways(self) -> list[_Way]:
        ui, rows = self._ui, self._rows
        again = tuple(r.service for r in rows if "recreate" in r.may)
        one = rows[0].service if len(rows) == 1 else ""
        runs = bool(one) and rows[0].up is not None
        return [
            (ui.t("containers.recreate"), lambda: self._recreate(again), bool(again)),
            (ui.t("containers.open_shell"), lambda: self._ask(OpenShell(one)), runs),
            (ui.t("containers.copy_shell"), lambda: self._ask(CopyShellCommand(one)), runs),
        ]
