"""The database: which one, and whether it is external."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QCheckBox, QLabel, QRadioButton, QVBoxLayout, QWidget

from installer.answers.optional import Database
from installer.core.resources import table
from installer.views.wizard import WizardState
from ui.style.context import Ui
from ui.widgets.basics import hint
from ui.wizard.settings.external_service import OwnGroup
from ui.wizard.settings.section import Problems

DEFAULT_DATABASE = Database().kind
_SIGN = 25  # as wide as a radio button's sign: what is said about it stands under its name


class DatabaseGroup(OwnGroup):
    """Which kind is asked only where there is a choice."""

    part = "database"

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
        self.kinds = QWidget()
        self.kinds.setAccessibleName(self.accessibleName())
        group = QButtonGroup(self.kinds)
        inside = QVBoxLayout(self.kinds)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(2)
        self.abouts: dict[str, QLabel] = {}
        self.choices = {kind: QRadioButton() for kind in table("databases")["database"]}
        for kind, choice in self.choices.items():
            text = ui.texts.database(kind)
            choice.setText(text.name)
            said = ui.t("settings.choice_about", about=text.about, who=text.who)
            choice.setAccessibleDescription(said)
            about = self.abouts[kind] = hint(said)
            about.setIndent(_SIGN)
            choice.clicked.connect(lambda _=False, kind=kind: self.change(kind=kind))
            group.addButton(choice)
            inside.addWidget(choice)
            inside.addWidget(about)
            inside.addSpacing(4)
        self.own = QCheckBox(ui.t("settings.service_own"))
        title, own = self.accessibleName(), self.own.text()
        self.own.setAccessibleName(ui.t("settings.service_field", service=title, label=own))
        self.own.clicked.connect(lambda on: self.change(external=on))
        self.controls |= {"database.kind": self.choices[DEFAULT_DATABASE], "database.external": self.own}
        for part in (self.kinds, self.own, self.service):
            self.column.addWidget(part)

    def words(self) -> tuple[str, str]:
        """As the word "database" is explained everywhere."""
        heading, _, about = self.ui.texts.what_is_the_database().partition(": ")
        return heading, about

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*; a kind that was chosen and that this release does not know is seen, too."""
        super().show_state(state, problems)
        database = state.answers.database
        offered = state.release.model.databases if state.release.model else (DEFAULT_DATABASE,)
        self.kinds.setVisible(len(offered) > 1 or database.kind not in offered)
        for name, choice in self.choices.items():
            there = name in offered or name == database.kind
            choice.setVisible(there)
            self.abouts[name].setVisible(there)
            choice.setChecked(name == database.kind)
        self.controls["database.kind"] = self.choices.get(database.kind, self.choices[DEFAULT_DATABASE])
        self.own.setChecked(database.external)
        self.show_service(state, database.kind if database.external else "", problems)

    def control(self, field: str) -> QWidget | None:
        """Fields that are not there lead to the switch that brings them."""
        found = super().control(field)
        return found or (self.own if field.startswith(("database.settings", "secrets.database")) else None)
