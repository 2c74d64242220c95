"""The first administrator's account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from installer.settings import Admin
from installer.wizard import WizardState
from ui.context import Ui
from ui.pages.settings_parts.base import Problems, Section, secret, show_trimmed
from ui.theme import SPACE_M
from ui.widgets.basics import row, section, subtitle
from ui.widgets.field import Field, SecretField


class AdminSection(Section):
    """Three fields; all may stay empty."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
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
        self.column.addWidget(section(ui.t("settings.admin_title")))
        self.column.addWidget(subtitle(ui.t("settings.admin_text")))
        self.column.addSpacing(4)
        self.column.addLayout(line)
        self.controls |= {
            "admin.email": self.email,
            "admin.name": self.name,
            "secrets.admin_password": self.password,
        }

    def _admin(self, change: Callable[[Admin], Admin]) -> None:
        self.edit_answers(lambda a: replace(a, admin=change(a.admin)))

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*."""
        super().show_state(state, problems)
        show_trimmed(self.email, state.answers.admin.email)
        self.name.show_text(state.answers.admin.name)
        given = state.secrets.admin_password
        self.password.show_text(given.reveal() if given else "")
        for name in self.controls:
            self.show_problem(name, problems)
