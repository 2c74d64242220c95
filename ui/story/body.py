"""The parts that the page and the section have in common: open a report, loading, failure, story, save."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from installer.core.errors import InstallError
from installer.state.history import Times
from installer.support.story import Known, Support
from ui.intents import CopyText, Intent, ShowHistory
from ui.story.save_card import SaveCard
from ui.story.story_view import StoryView
from ui.style.context import Ui
from ui.style.theme import SPACE_M
from ui.widgets.basics import button, hint, row
from ui.widgets.cause import CauseCard
from ui.widgets.tab_order import tab_as_read


def choose_report(ui: Ui, parent: QWidget) -> Path | None:
    """Ask for a report's file; None = nothing was chosen."""
    t = ui.t
    kinds = f"{t('report.file_kind')};;{t('welcome.file_any')}"
    name, _ = QFileDialog.getOpenFileName(parent, t("report.choose"), str(Path.home()), kinds)
    return Path(name) if name else None


class PastBody(QWidget):
    """*choose* asks for a report's file. *cite* gives the intent that shows the log line that a known
    failure cites, where logs can be shown."""

    def __init__(
        self,
        ui: Ui,
        ask: Callable[[Intent], object],
        *,
        choose: Callable[[], Path | None] | None = None,
        cite: Callable[[Known, Times], Intent | None] | None = None,
    ) -> None:
        super().__init__()
        self._ui, self._ask = ui, ask
        self._choose = choose or (lambda: choose_report(ui, self.window()))
        self._error: InstallError | None = None
        self.open = button(ui.t("report.open"), self._open)
        self.look = button(ui.t("report.look"), lambda: ask(ShowHistory()))
        self.save = SaveCard(ui, ask)
        self.status = hint("")
        self.cause = CauseCard(ui)
        self.story = StoryView(ui, lambda text: ask(CopyText(text)), ask, cite)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_M)
        layout.addLayout(row(self.open, self.look, None))
        for part in (self.save, self.status, self.cause, self.story):
            layout.addWidget(part)
        self.cause.hide()
        self.status.hide()

    def show_support(self, support: Support, *, connected: bool) -> None:
        """Show *support*; *connected*: there is an installation that can be asked and saved."""
        self.look.setVisible(connected)
        self.look.setText(self._ui.t("report.look_again" if support.live else "report.look"))
        self.look.setEnabled(support.phase != "loading")
        self.save.setVisible(connected or bool(support.saving))
        self.save.show_support(support)
        key = {"empty": "report.empty", "loading": "report.loading"}.get(support.phase, "")
        self.status.setText(self._ui.t(key) if key else "")
        self.status.setVisible(bool(key))
        error = support.error if support.phase == "failed" else None
        self.cause.setVisible(error is not None)
        if error is not None and error is not self._error:
            again = [(self._ui.t("report.another"), self._open)]
            self.cause.show_error(error, again)
        if error is not self._error:
            self._error = error
            tab_as_read(self)
        self.story.setVisible(support.phase == "shown")
        self.story.show_story(support.story if support.phase == "shown" else None)

    def _open(self) -> None:
        path = self._choose()
        if path is not None:
            self._ask(ShowHistory(path))
