"""The warning about a release with publicly known security holes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from installer.release.advisories import Advisory, advisories, enough
from ui.intents import Intent, OpenUrl
from ui.panel.section import noted
from ui.style.context import Ui
from ui.widgets.basics import Card, button, clear, column, label, row
from ui.widgets.tab_order import tab_as_read

#: Shown before the user asks for all of them.
_FIRST = 2


class HolesCard(Card):
    """Hidden while there is nothing to warn about; rebuilt only for another version."""

    def __init__(self, ui: Ui, ask: Callable[[Intent], None]) -> None:
        super().__init__(tone="stop")
        self._ui, self._ask = ui, ask
        self._version: str | None = None
        self._all = False
        self.what, self.do = label(bold=True, wrap=True), label("", wrap=True)
        self.more = button("", self._toggle)
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        holder = QWidget()
        holder.setLayout(column(self._list, self.do, row(self.more, None), space=6))
        self.body.addLayout(noted(ui, "octagon-alert", ui.colors.stop, self.what, holder))
        self.hide()

    def show_version(self, version: str) -> None:
        """Warn about *version*, if there is a reason."""
        if version != self._version:
            self._version = version
            self._all = False
            self._rebuild()

    def _rebuild(self) -> None:
        ui, version = self._ui, self._version or ""
        found = advisories(version)
        self.setVisible(bool(found))
        clear(self._list)
        if not found:
            return
        self.set_tone("warning" if found[0].severity == "medium" else "stop")
        self.what.setText(ui.t(f"overview.hole_title_{found[0].severity}", version=version))
        self.do.setText(ui.t("overview.hole_do", version=enough(found)))
        self.setAccessibleName(f"{self.what.text()} {self.do.text()}")
        for one in found if self._all else found[:_FIRST]:
            self._list.addWidget(self._row(one))
        more = "holes_fewer" if self._all else "holes_all"
        self.more.setText(ui.t(f"overview.{more}", count=ui.count(len(found))))
        self.more.setVisible(len(found) > _FIRST)
        tab_as_read(self)

    def _row(self, one: Advisory) -> QWidget:
        ui, holder = self._ui, QWidget()
        said = label(ui.texts.advisory(one.name), wrap=True)
        link = button(
            one.ids[0],
            lambda: self._ask(OpenUrl(one.source)),
            "link",
            name=ui.t("overview.hole_more", id=one.ids[0]),
        )
        line = row(space=10)
        line.addWidget(said, 1)
        line.addWidget(link)
        holder.setLayout(line)
        return holder

    def _toggle(self) -> None:
        self._all = not self._all
        self._rebuild()
        self.more.setFocus()
