"""A secret with buttons that show and copy it; it is in no widget until one of them is pressed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from installer.core.secrets import MASK, Secret
from ui.style.context import Ui
from ui.style.theme import fixed_font
from ui.widgets.basics import button, column, hint, row, set_kind


class SecretLine(QWidget):
    """*name* is for a screen reader; *words* are the texts of the buttons: show, hide, copy. *on_copy* gets
    the secret."""

    def __init__(
        self, ui: Ui, name: str, words: tuple[str, str, str], on_copy: Callable[[str], object]
    ) -> None:
        super().__init__()
        self._secret: Secret | None = None
        self._on_copy = on_copy
        self._show, self._hide, copy = words
        self.value = QLineEdit(MASK)
        self.value.setReadOnly(True)
        self.value.setFont(fixed_font())
        self.value.setAccessibleName(name)
        self.show_button = button(self._show, self._toggle)
        self.copy_button = button(copy, self._copy)
        self.copied = hint(ui.t("common.copied_secret"))
        set_kind(self.copied, "good")
        self.copied.hide()
        line = row(self.value, self.show_button, self.copy_button)
        line.setStretch(0, 1)
        self.setLayout(column(line, self.copied))

    def show_secret(self, secret: Secret | None) -> None:
        """The secret that the buttons are about; another one is masked."""
        if secret != self._secret:
            self._secret = secret
            self.cover()
            self.copied.hide()

    @property
    def shown(self) -> bool:
        """Whether the secret can be read."""
        return self.value.text() != MASK

    def cover(self) -> None:
        """Mask it again."""
        if self.shown:
            self._put(MASK, self._show)

    def _toggle(self) -> None:
        if self.shown:
            self.cover()
        elif self._secret is not None:
            self._put(self._secret.reveal(), self._hide)

    def _put(self, text: str, word: str) -> None:
        self.value.setText(text)
        self.value.setCursorPosition(0)
        self.show_button.setText(word)

    def _copy(self) -> None:
        if self._secret is not None:
            self._on_copy(self._secret.reveal())
            self.copied.show()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """What was shown is masked when it comes back."""
        super().hideEvent(event)
        self.cover()
