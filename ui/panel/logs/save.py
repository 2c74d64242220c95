"""Saves whole logs to a file: asks whether secrets are taken out, where to, and shows how it goes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QCheckBox, QFileDialog, QVBoxLayout, QWidget
from shiboken6 import isValid

from installer.views.panel import LogSaving
from ui.intents import Intent
from ui.panel.intents import SaveLog
from ui.style.context import Ui
from ui.style.theme import CONTROL_HEIGHT, SPACE_S
from ui.widgets.announce import announce
from ui.widgets.basics import Card, button, label
from ui.widgets.escape import escaped
from ui.widgets.flow_row import FlowRow


class SaveLogs(Card):
    """Hidden until ``offer``. *ask* gets the intents; *choose* asks for a place (none: the system does)."""

    def __init__(
        self, ui: Ui, ask: Callable[[Intent], None], choose: Callable[[], Path | None] | None = None
    ) -> None:
        super().__init__()
        self._ui, self._ask = ui, ask
        self._choose = choose or self._ask_for_place
        self._services: tuple[str, ...] = ()
        self._last = LogSaving()
        self._before: QWidget | None = None
        self.text = label("", wrap=True)
        self.clean = QCheckBox(ui.t("logs.save_clean"))
        self.clean.setChecked(True)
        self.clean.setMinimumHeight(CONTROL_HEIGHT)
        self.place = button(ui.t("logs.save_choose"), self._save, "outline")
        self.stop = button(ui.t("logs.save_stop"), lambda: ask(SaveLog(None)))
        self.done = button(ui.t("logs.save_close"), self.dismiss)
        self.body.addWidget(self.text)
        self.body.setSpacing(SPACE_S)
        holder = QVBoxLayout()
        self.body.addLayout(holder)
        line = FlowRow()
        holder.addLayout(line)
        for part in (self.clean, self.place, self.stop, self.done):
            line.addWidget(part)
        self.hide()

    def offer(self, services: tuple[str, ...]) -> None:
        """Come up for the logs of *services* (none = all)."""
        self._services, self._before = services, self.window().focusWidget()
        self._render(LogSaving())
        self.show()
        self.place.setFocus()

    def dismiss(self) -> None:
        """Go, and give the focus back."""
        inside = self.isAncestorOf(self.window().focusWidget() or self)
        self.hide()
        if inside and self._before is not None and isValid(self._before):
            self._before.setFocus()

    def event(self, event: QEvent) -> bool:
        """Escape is ours while the focus is here, not the window's; a file being written continues."""
        return escaped(event, self._leave) or super().event(event)

    def _leave(self) -> None:
        if self.stop.isHidden():
            self.dismiss()

    def show_saving(self, how: LogSaving) -> None:
        """Show how it goes, if that is new."""
        if how == self._last:
            return
        began = how.phase != self._last.phase
        self._last = how
        self._render(how)
        if began and how.phase:
            self.show()
            announce(self, self.text.text())

    def _render(self, how: LogSaving) -> None:
        ui, busy = self._ui, how.phase == "busy"
        what = ", ".join(self._services) if self._services else ui.t("logs.all")
        params = {"path": how.path, "count": ui.count(how.lines), "what": what}
        if how.error is not None:
            said = ui.explain(str(how.error.code), dict(how.error.params)).what
        elif how.phase == "busy" and not how.lines:
            said = ui.t("logs.saving_reading")
        else:
            said = ui.t(f"logs.saving_{how.phase or 'offer'}", **params)
        self.text.setText(said)
        for part in (self.clean, self.place, self.done):
            part.setVisible(not busy)
        self.stop.setVisible(busy)

    def _save(self) -> None:
        path = self._choose()
        if path is not None:
            self._ask(SaveLog(path, self._services, self.clean.isChecked()))

    def _ask_for_place(self) -> Path | None:
        t = self._ui.t
        name = file_name(self._services)
        kinds = f"{t('logs.file_kind')};;{t('welcome.file_any')}"
        found, _ = QFileDialog.getSaveFileName(
            self.window(), t("logs.save_title"), str(Path.home() / name), kinds
        )
        if not found:
            return None
        path = Path(found)
        return path if path.suffix == ".gz" else path.with_name(f"{path.name}.log.gz")


def file_name(services: tuple[str, ...]) -> str:
    """What is proposed for the logs of *services*. A service is called what a container's label says."""
    one = re.sub(r"[^A-Za-z0-9_.-]", "_", services[0]).lstrip(".-")[:60] if len(services) == 1 else ""
    return f"{one or 'dify'}-{time.strftime('%Y%m%d-%H%M')}.log.gz"
