"""A labelled line to type in, with its hint or what is wrong right under it."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QEvent, QLocale, QMetaMethod, Qt, Signal
from PySide6.QtGui import QAction, QIntValidator, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from ui.style.context import Ui
from ui.style.theme import SPACE_XS
from ui.widgets.basics import hint, label, set_kind
from ui.widgets.escape import escaped


def is_enter(event: QEvent) -> bool:
    """Whether *event* is about one of the two Enter keys."""
    return isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Line(QLineEdit):
    """A line to type in. A letter with Alt belongs to a button, also to one that is off just now: it is never
    typed (on macOS it is how one types special letters).

    Where Enter means something in the line (``returnPressed`` is connected), the window's own shortcut, which
    presses the page's primary button, does not get the key.
    """

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and is_enter(event) and self._keeps_enter():
            event.accept()
            return True
        return super().event(event)

    def _keeps_enter(self) -> bool:
        return self.isSignalConnected(QMetaMethod.fromSignal(self.returnPressed))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        held = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        if held == Qt.KeyboardModifier.AltModifier and event.text() and sys.platform != "darwin":
            event.ignore()
            return
        super().keyPressEvent(event)


class SearchLine(Line):
    """A line to search with: Escape empties it, as the button at its end does."""

    def __init__(self, text: str, *, longest: int = 200) -> None:
        """*text*: what a screen reader calls it."""
        super().__init__()
        self.setAccessibleName(text)
        self.setMaxLength(longest)
        self.setClearButtonEnabled(True)

    def event(self, event: QEvent) -> bool:
        return (bool(self.text()) and escaped(event, self.clear)) or super().event(event)


class Field(QWidget):
    """``typed`` is emitted for what a person types, not for what ``show_text`` sets."""

    typed = Signal(str)

    def __init__(self, ui: Ui, text: str, *, note: str = "", placeholder: str = "", name: str = "") -> None:
        super().__init__()
        self._ui, self._note = ui, note
        self.edit: QLineEdit = Line()
        self.edit.setPlaceholderText(placeholder)
        self.edit.setAccessibleName(name or text.replace("&", ""))
        self.edit.textEdited.connect(self.typed)
        self.caption = label(text, size=0.92, bold=True)
        self.caption.setBuddy(self.edit)
        self.below = hint(note)
        if not note:  # never shown before it has a parent: that would be a window
            self.below.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        layout.addWidget(self.caption)
        layout.addWidget(self.edit)
        layout.addWidget(self.below)
        layout.addStretch(1)
        self.setFocusProxy(self.edit)

    def show_text(self, text: str) -> None:
        """Set the text unless it is there already (the cursor stays)."""
        if self.edit.text() != text:
            self.edit.setText(text)

    def show_problem(self, text: str, *, quiet: bool = False) -> None:
        """What is wrong, or "" for the usual hint. *quiet*: nothing was typed yet, so no red."""
        wrong = bool(text) and not quiet
        self.edit.setProperty("wrong", "true" if wrong else "false")
        set_kind(self.edit, "")
        self.edit.style().unpolish(self.edit)
        self.edit.style().polish(self.edit)
        self.below.setText(text if wrong else self._note)
        set_kind(self.below, "error" if wrong else "hint")
        self.below.setVisible(bool(self.below.text()))
        self.edit.setAccessibleDescription(self.below.text())

    def show_note(self, note: str) -> None:
        """Another usual hint; what is wrong stays."""
        if note == self._note:
            return
        before, self._note = self._note, note
        if self.below.text() == before:
            self.below.setText(note)
            self.below.setVisible(bool(note))

    def show_good(self, text: str) -> None:
        """A word of confirmation under the field."""
        self.show_problem("")
        self.below.setText(text)
        set_kind(self.below, "good")
        self.below.setVisible(bool(text))


class PortField(Field):
    """A port number; ``chosen`` gives 0 for an empty field."""

    chosen = Signal(int)

    def __init__(self, ui: Ui, text: str, **options: str) -> None:
        super().__init__(ui, text, **options)
        digits = QIntValidator(0, 99999, self)
        plain = QLocale.c()
        plain.setNumberOptions(QLocale.NumberOption.RejectGroupSeparator)  # a comma would empty the line
        digits.setLocale(plain)
        self.edit.setValidator(digits)
        self.edit.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        self.typed.connect(lambda text: self.chosen.emit(int(text) if text.isdigit() else 0))

    def show_port(self, port: int) -> None:
        """0 is an empty field."""
        self.show_text(str(port) if port else "")


class SecretField(Field):
    """Hidden while typed, with a button that shows it."""

    def __init__(self, ui: Ui, text: str, **options: str) -> None:
        super().__init__(ui, text, **options)
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhHiddenText)
        self._action = QAction(self)
        self._action.triggered.connect(self._toggle)
        self.edit.addAction(self._action, QLineEdit.ActionPosition.TrailingPosition)
        self._eyes = [
            child
            for child in self.edit.children()
            if isinstance(child, QWidget) and child.inherits("QToolButton")
        ]
        self._show()

    def _toggle(self) -> None:
        hidden = self.edit.echoMode() == QLineEdit.EchoMode.Password
        self.edit.setEchoMode(QLineEdit.EchoMode.Normal if hidden else QLineEdit.EchoMode.Password)
        self._show()

    def _show(self) -> None:
        hidden = self.edit.echoMode() == QLineEdit.EchoMode.Password
        self._action.setIcon(self._ui.icon("eye" if hidden else "eye-off", self._ui.colors.second))
        text = self._ui.t("common.show_secret" if hidden else "common.hide_secret")
        self._action.setText(text)
        for eye in self._eyes:
            eye.setAccessibleName(text)


def on_change(field: Field, take: Callable[[str], object]) -> None:
    """Call *take* with what is typed."""
    field.typed.connect(take)
