"""How the search for a cited line goes, with a way to end it, and what can be done where it found none."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from installer.core.formatting import moment_or_time
from installer.views.panel import Seeking
from ui.intents import Intent
from ui.panel.intents import ShowLogLine, StopSearching
from ui.style.context import Ui
from ui.style.theme import SPACE_S
from ui.widgets.announce import announce
from ui.widgets.basics import Card, button, label
from ui.widgets.escape import escaped
from ui.widgets.flow_row import FlowRow

#: The text key of the button that continues, by how the search ended.
_WAYS = {"other_time": "newest", "further": "further_way", "unread": "again", "stopped": "again"}


class SeekCard(Card):
    """Hidden until there is something to tell. *ask* gets the intents, *on_close* comes when it goes with the
    focus in it."""

    def __init__(self, ui: Ui, ask: Callable[[Intent], None], on_close: Callable[[], object]) -> None:
        super().__init__()
        self._ui, self._ask, self._on_close = ui, ask, on_close
        self._last = Seeking()
        self.text = label("", wrap=True)
        self.stop = button(ui.t("logs.seek_stop"), self._leave, name=ui.t("logs.seek_stop_name"))
        self.way = button("", self._go_on, "outline")
        self.done = button(ui.t("logs.seek_close"), self._leave, name=ui.t("logs.seek_close_name"))
        self.body.addWidget(self.text)
        self.body.setSpacing(SPACE_S)
        holder = QVBoxLayout()
        self.body.addLayout(holder)
        line = FlowRow()
        holder.addLayout(line)
        for part in (self.stop, self.way, self.done):
            line.addWidget(part)
        self.hide()

    def show_seeking(self, how: Seeking) -> None:
        """Show how it goes, if that is new."""
        if how == self._last:
            return
        new = how.phase != self._last.phase
        self._last = how
        if how.phase:
            self.text.setText(self._said(how))
        if not new:
            return
        inside = self.isAncestorOf(self.window().focusWidget() or self)
        busy, way = how.phase == "busy", _WAYS.get(how.phase, "")
        self.setVisible(bool(how.phase))
        self.stop.setVisible(busy)
        self.done.setVisible(not busy)
        self.way.setVisible(bool(way))
        if way:
            self.way.setText(self._ui.t(f"logs.seek_{way}"))
        if inside:
            self._keep_focus(how)
        if how.phase:
            announce(self, self.text.text())

    def _keep_focus(self, how: Seeking) -> None:
        """What had the focus may be gone."""
        shown: list[QWidget] = [part for part in (self.stop, self.way, self.done) if not part.isHidden()]
        if how.phase:
            shown[0].setFocus()
        else:
            self._on_close()

    def event(self, event: QEvent) -> bool:
        """Escape is ours while the focus is here, not the window's: it ends the search."""
        return escaped(event, self._leave) or super().event(event)

    def _leave(self) -> None:
        self._ask(StopSearching())

    def _go_on(self) -> None:
        how = self._last
        again = how.phase in ("unread", "stopped")
        self._ask(
            ShowLogLine(how.service, how.wanted, how.when) if again else ShowLogLine(how.service, how.wanted)
        )

    def _said(self, how: Seeking) -> str:
        ui, service = self._ui, how.service
        if how.phase == "busy" and how.read >= 0:
            return ui.t("logs.seek_reading", service=service, count=ui.count(how.read))
        when = moment_or_time(how.when.failed) if how.when.failed else ""
        newest = moment_or_time(how.newest_at) if how.newest_at else ""
        return ui.t(f"logs.seek_{how.phase}", service=service, when=when, newest=newest)
