"""What browsers are sent, whatever terminates TLS: a redirect to HTTPS, and HSTS."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox

from installer.views.wizard import WizardState
from ui.style.context import Ui
from ui.widgets.basics import hint, label
from ui.wizard.settings.https.panel import Panel
from ui.wizard.settings.section import Problems


class BrowsersPanel(Panel):
    """The redirect, and HSTS with what it means."""

    asks = "redirect"

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
        self.column.setSpacing(6)
        self.redirect = QCheckBox(ui.t("settings.redirect"))
        self.redirect.clicked.connect(lambda on: self.change(redirect=on))
        self.hsts = QCheckBox(ui.t("settings.hsts"))
        self.hsts.setAccessibleDescription(ui.t("settings.hsts_text"))
        self.hsts.clicked.connect(lambda on: self.change(hsts=on))
        self.about = hint(ui.t("settings.hsts_text"))
        self.wrong = label("", "error", size=0.92, wrap=True)
        self.wrong.hide()
        for part in (self.redirect, self.hsts, self.about, self.wrong):
            self.column.addWidget(part)
        self.controls |= {"tls.redirect": self.redirect, "tls.hsts": self.hsts}

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*."""
        super().show_state(state, problems)
        tls = state.answers.tls
        self.redirect.setChecked(tls.redirect)
        self.hsts.setChecked(tls.hsts)
        trusted = tls.way.trusted
        for part in (self.hsts, self.about):
            part.setVisible(trusted)
        problem = problems.get("tls.hsts") if trusted else None
        self.wrong.setText(self.ui.missing(problem.key, problem.params) if problem else "")
        self.wrong.setVisible(problem is not None)
