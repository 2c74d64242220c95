"""What groups of answers have in common, those under "More settings" and those of HTTPS."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QLayout, QWidget

from installer.core.secrets import Secret
from installer.views.wizard import WizardState
from ui.style.context import Ui
from ui.style.theme import SPACE_M
from ui.widgets.basics import hint, label, row
from ui.widgets.field import Field, PortField, SecretField
from ui.wizard.settings.section import Problems, Section, secret, show_trimmed


class Fields(Section):
    """Controls for answers. *part* is the table of the answers file that it edits."""

    part = ""

    def change(self, **values: Any) -> None:
        """Ask for other answers in this part."""
        part = self.part
        self.edit_answers(lambda a: replace(a, **{part: replace(getattr(a, part), **values)}))

    def text_field(self, name: str, key: str, *, strip: bool = True, note: bool = False) -> Field:
        """A line for the answer *name* of this part; its texts are *key* and, with *note*, ``key_note``."""
        said = self.ui.t(f"settings.{key}_note") if note else ""
        made = Field(self.ui, self.ui.t(f"settings.{key}"), note=said)
        made.typed.connect(lambda text: self.change(**{name: text.strip() if strip else text}))
        self.controls[f"{self.part}.{name}"] = made
        return made

    def secret_field(self, name: str, key: str, *, note: bool = False) -> SecretField:
        """A hidden line for the secret *name*; texts as for ``text_field``."""
        said = self.ui.t(f"settings.{key}_note") if note else ""
        made = SecretField(self.ui, self.ui.t(f"settings.{key}"), note=said)
        made.typed.connect(lambda text: self._secret(name, secret(text)))
        self.controls[f"secrets.{name}"] = made
        return made

    def _secret(self, name: str, value: Secret | None) -> None:
        self.edit_secrets(lambda s: replace(s, **{name: value}))  # type: ignore[arg-type]

    def show_texts(self, state: WizardState, problems: Problems) -> None:
        """What is in the lines, and what is wrong with it."""
        for name, control in self.controls.items():
            place, _, field = name.partition(".")
            if place == "secrets" and isinstance(control, Field):
                given = getattr(state.secrets, field)
                control.show_text(given.reveal() if given else "")
            elif isinstance(control, Field) and not isinstance(control, PortField):
                value = getattr(getattr(state.answers, place), field)
                if isinstance(value, str):
                    show_trimmed(control, value)
            self.show_problem(name, problems)


class Group(Fields):
    """A heading, what it is about, and controls; screen readers say what they belong to."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
        title, about = self.words()
        self.setAccessibleName(title)
        self.setAccessibleDescription(about)
        self.column.addWidget(label(title, bold=True))
        self.column.addWidget(hint(about))

    def words(self) -> tuple[str, str]:
        """The heading, and what the group is about."""
        return self.ui.t(f"settings.{self.part}_title"), self.ui.t(f"settings.{self.part}_text")


def side_by_side(*items: QWidget | QLayout) -> QLayout:
    """In one line, each as wide as the other."""
    line = row(space=SPACE_M)
    for item in items:
        if isinstance(item, QWidget):
            line.addWidget(item, 1)
        else:
            line.addLayout(item, 1)
    return line
