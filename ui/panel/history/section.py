"""History: what was done to this installation, and the report for support."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from installer.views.panel import PanelState
from ui.panel.section import Notices, Section, show_cited
from ui.story.body import PastBody
from ui.style.context import Ui


class HistorySection(Section):
    """The same parts as the wizard's page."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.t("report.title"), ui.t("report.sentence_panel"))
        self.notices = Notices(ui, self.ask)
        self.past = PastBody(ui, self.ask, cite=lambda k, when: show_cited(k.service, k.lines, when))
        self.body.addWidget(self.notices)
        self.body.addWidget(self.past)
        self.body.addStretch(1)

    def show_state(self, state: PanelState, now: float) -> None:
        super().show_state(state, now)
        self.notices.show_state(state, now)
        self.past.show_support(state.support, connected=True)

    def first_focus(self) -> QWidget | None:
        """None: it stays in the rail."""
        return None
