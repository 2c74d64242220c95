"""The first administrator's account: a form, or the fact that it exists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QWidget

from installer.answers import Admin
from installer.views.wizard import WizardState
from ui.style.context import Ui
from ui.style.theme import SPACE_M
from ui.widgets.basics import row, section, subtitle
from ui.widgets.field import Field, SecretField
from ui.wizard.settings.section import Problems, Section, secret, show_trimmed


class AdminSection(Section):
    """Three optional fields; none where Dify has its first account."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
        self.about = subtitle(ui.t("settings.admin_text"))
        self.form = self._form()
        self.column.addWidget(section(ui.t("settings.admin_title")))
        self.column.addWidget(self.about)
        self.column.addSpacing(4)
        self.column.addWidget(self.form)

    def _form(self) -> QWidget:
        ui, found = self.ui, QWidget()
        self.email = Field(ui, ui.t("settings.email"))
        self.name = Field(ui, ui.t("settings.name"))
        self.password = SecretField(ui, ui.t("settings.password"), note=ui.t("settings.password_note"))
        self.email.typed.connect(lambda text: self._admin(lambda a: replace(a, email=text.strip())))
        self.name.typed.connect(lambda text: self._admin(lambda a: replace(a, name=text)))
        self.password.typed.connect(
            lambda text: self.edit_secrets(lambda s: replace(s, admin_password=secret(text)))
        )
        line = row(space=SPACE_M)
        line.addWidget(self.email, 5)
        line.addWidget(self.name, 4)
        line.addWidget(self.password, 5)
        found.setLayout(line)
        self.controls |= {
            "admin.email": self.email,
            "admin.name": self.name,
            "secrets.admin_password": self.password,
        }
        return found

    def _admin(self, change: Callable[[Admin], Admin]) -> None:
        self.edit_answers(lambda a: replace(a, admin=change(a.admin)))

    def control(self, field: str) -> QWidget | None:
        """The control of *field*; None where the account exists."""
        return None if self.form.isHidden() else super().control(field)

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*."""
        super().show_state(state, problems)
        exists = state.checks.facts is not None and bool(state.checks.facts.account)
        if exists is not self.form.isHidden():
            self.form.setVisible(not exists)
            self.about.setText(self.ui.t("settings.admin_exists" if exists else "settings.admin_text"))
            self.rebuilt = True
        # a form that is not shown holds no secret
        show_trimmed(self.email, "" if exists else state.answers.admin.email)
        self.name.show_text("" if exists else state.answers.admin.name)
        given = None if exists else state.secrets.admin_password
        self.password.show_text(given.reveal() if given else "")
        for name in self.controls:
            self.show_problem(name, problems)
