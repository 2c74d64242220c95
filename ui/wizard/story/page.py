"""What happened: of the installation that is connected, or of a saved report."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from installer.support.story import Support
from installer.views.wizard import PageId, WizardState
from ui.story.body import PastBody
from ui.style.context import Ui
from ui.window.bottom_bar import Bar
from ui.wizard.page import Page


class ReportPage(Page):
    """Outside the order of pages: Back returns to the previous page."""

    page = PageId.REPORT

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.t("report.title"), ui.t("report.sentence"), wide=True)
        self.past = PastBody(ui, self.ask)
        self.body.addWidget(self.past)
        self.body.addStretch(1)

    def show_state(self, state: WizardState) -> None:
        """Show *state*."""
        super().show_state(state)
        support = state.support or Support()
        self.past.show_support(support, connected=state.connected)

    def news(self, before: WizardState) -> str:
        """That something was read, or not."""
        now, was = self.state.support or Support(), before.support or Support()
        if now.phase in (was.phase, "empty"):
            return ""
        error = now.error if now.phase == "failed" else None
        if error is not None:
            return self.ui.explain(str(error.code), dict(error.params)).what
        return self.ui.t("report.loading" if now.phase == "loading" else "report.shown")

    def first_focus(self) -> QWidget | None:
        """The button that opens a report."""
        return self.past.open

    def bar(self, state: WizardState) -> Bar:
        """Only back."""
        return Bar(back=True)
