"""A card on the Install page: log in to a registry, so that it gives images out."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout

from installer.core.secrets import Secret
from ui.intents import Intent, LogInToRegistry
from ui.style.context import Ui
from ui.style.theme import SPACE_M
from ui.widgets.basics import Card, button, hint, label, row
from ui.widgets.field import Field, SecretField

HUB = "Docker Hub"


def registry_of(image: str) -> str:
    """The registry that *image* comes from, as its name says; empty for Docker Hub."""
    first, slash, _ = image.partition("/")
    named = bool(slash) and ("." in first or ":" in first or first == "localhost")
    return first if named and first != "docker.io" else ""


class RegistryCard(Card):
    """Hidden until ``open``. The password leaves it only within the intent, and no hidden card holds one."""

    def __init__(self, ui: Ui, ask: Callable[[Intent], object]) -> None:
        super().__init__()
        self._ui, self._ask, self._registry = ui, ask, ""
        self.title = label("", bold=True, wrap=True)
        self.user = Field(ui, ui.t("install.login_user"))
        self.password = SecretField(ui, ui.t("install.login_password"))
        self.go = button(ui.t("install.login_go"), self._go, "outline")
        self.close_card = button(ui.t("install.login_close"), self.hide)
        fields = QHBoxLayout()
        fields.setSpacing(SPACE_M)
        for field in (self.user, self.password):
            fields.addWidget(field, 1)
            field.typed.connect(lambda _text: self._show())
            field.edit.returnPressed.connect(self._go)
        self.body.addWidget(self.title)
        self.body.addWidget(hint(ui.t("install.login_note")))
        self.body.addLayout(fields)
        self.body.addLayout(row(self.go, self.close_card, None))
        self.hide()

    def open(self, image: str) -> None:
        """Show it for the registry of *image*. What was typed for another registry is cleared."""
        registry = registry_of(image)
        if registry != self._registry:
            self.user.show_text("")
            self.password.show_text("")
        self._registry = registry
        said = self._ui.t("install.login_title", registry=self._registry or HUB)
        self.title.setText(said)
        self.setAccessibleName(said)
        self._show()
        self.show()
        self.user.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self) -> None:
        self.go.setEnabled(bool(self.user.edit.text().strip() and self.password.edit.text()))

    def _go(self) -> None:
        if not self.go.isEnabled():
            return
        user, secret = self.user.edit.text().strip(), Secret(self.password.edit.text())
        self.hide()
        self._ask(LogInToRegistry(self._registry, user, secret))

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        if not event.spontaneous():  # a minimized window is none that was closed
            self.password.show_text("")
