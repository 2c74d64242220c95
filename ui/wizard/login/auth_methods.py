"""What the server said about logging in, in words."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from installer.views.wizard import WizardState, missing_proof, ways
from ui.style.context import Ui
from ui.widgets.basics import Card, column, label
from ui.widgets.question import plain

#: A banner can be a whole legal notice: so many letters and lines of it are shown.
_LETTERS, _LINES = 700, 8


class DoorWords(QWidget):
    """Before the server was asked: that it will be. After: what does not work there, and its notice."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self.text = label("", "second", wrap=True)
        self.notice = label("", wrap=True)
        self.card = Card(margins=12, space=4)
        self.card.body.addWidget(label(ui.t("login.server_says"), "hint", size=0.92))
        self.card.body.addWidget(self.notice)
        self.card.hide()
        self.setLayout(column(self.text, self.card))

    def show_state(self, state: WizardState) -> None:
        """Show what is known; nothing if there is nothing to say."""
        text, door = door_words(self._ui, state), state.login.door
        notice = shortened(door.banner) if door is not None else ""
        self.text.setText(text)
        self.text.setVisible(bool(text))
        self.notice.setText(notice)
        self.card.setVisible(bool(notice))
        self.setVisible(bool(text or notice))


def door_words(ui: Ui, state: WizardState) -> str:
    """One sentence; empty where the choice says it all."""
    target, door = state.answers.target, state.login.door
    if door is None:
        # with everything given before, or a server on the way, there is no asking first
        first = bool(target.host and target.user and missing_proof(state)) and not target.jump
        return ui.t("login.first_hint", user=target.user) if first else ""
    if door.open:
        return ui.t("login.open_door", user=target.user)
    can = ways(door)
    if not can:
        return ui.t("login.no_way")
    if can == ("password",):
        return ui.t("login.only_password", user=target.user)
    if "password" not in can:
        return ui.t("login.only_ask" if can == ("ask",) else "login.only_key", user=target.user)
    if "password" not in door.methods and not door.takes_key:
        return ui.t("login.only_ask", user=target.user)
    return ""


def shortened(banner: str) -> str:
    """*banner* without what a terminal would do with it, and not longer than a page can bear."""
    lines = [line.rstrip() for line in plain(banner).splitlines()]
    text = "\n".join(lines[:_LINES])[:_LETTERS]
    return text if text == "\n".join(lines) else text.rstrip() + " …"
