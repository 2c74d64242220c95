"""Parts of Log in: what belongs to each way of logging in, the password for sudo, and the jump host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from installer.answers import Secrets
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.views.wizard import WizardState, edit, ways
from ui.intents import Edit
from ui.style.context import Ui
from ui.style.theme import SPACE_S, SPACE_XS
from ui.widgets.basics import Card, button, column, label, picture
from ui.widgets.choice import ChoiceCard, ChoiceRow
from ui.widgets.field import Field, SecretField
from ui.wizard.login.remember import kept_note


def secret(text: str) -> Secret | None:
    """What was typed; an empty field is none."""
    return Secret(text) if text else None


def shown(value: Secret | None) -> str:
    """The text for a secret's own field."""
    return value.reveal() if value else ""


def heading(ui: Ui, state: WizardState) -> tuple[str, str]:
    """Title and sentence for what one logs in for."""
    target = state.answers.target
    if not target.host_kind.needs_login:
        return ui.t("login.local_title"), ui.t("login.local_sentence")
    if state.install.resuming:
        return ui.t("login.again_title"), ui.t("login.again_sentence", host=target.host)
    if state.intent == "open":
        return ui.t("login.open_title"), ui.t("login.open_sentence")
    return ui.t("login.title"), ui.t("login.sentence")


def ask_for_key(ui: Ui, parent: QWidget, start: str) -> str:
    """The path of a key file, empty if none was chosen; begins in *start*'s folder or ``~/.ssh``."""
    try:
        folder = Path(start).expanduser().parent if start else Path.home() / ".ssh"
    except RuntimeError:  # "~name" of an unknown user
        folder = Path.home()
    kinds = f"{ui.t('login.key_kinds')};;{ui.t('login.any_file')}"
    name, _ = QFileDialog.getOpenFileName(parent, ui.t("login.choose_key"), str(folder), kinds)
    return name


class Methods(QWidget):
    """The ways that the server takes. ``chosen`` gives the one picked."""

    chosen = Signal(str)

    def __init__(self, ui: Ui, *, agent: bool) -> None:
        super().__init__()
        t = ui.t
        names = ("password", "key", "agent", "ask")
        cards = {name: ChoiceCard(ui, t(f"login.{name}"), t(f"login.{name}_about")) for name in names}
        self._agent = agent
        self.row = ChoiceRow(list(cards.items()))
        self.row.setAccessibleName(t("login.with"))
        self.row.chosen.connect(self.chosen)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S - 2)
        layout.addWidget(label(t("login.with"), size=0.92, bold=True))
        layout.addWidget(self.row)
        self.hide()

    def show_state(self, state: WizardState) -> None:
        """A choice only where there is one."""
        can = ways(state.login.door, agent=self._agent) if state.login.door is not None else ()
        self.setVisible(len(can) > 1)
        self.row.show_only(can)
        self.row.show_choice(state.login.method)


class KeyPart(QWidget):
    """The key file and, once it is known that the key needs one, its passphrase."""

    path_typed = Signal(str)
    passphrase_typed = Signal(str)

    def __init__(self, ui: Ui, choose: Callable[[], object]) -> None:
        super().__init__()
        self._asked_for: str | None = None
        self._ui = ui
        note, example = ui.t("login.key_note"), ui.t("login.key_example")
        self.file = Field(ui, ui.t("login.key_file"), note=note, placeholder=example)
        self.file.typed.connect(lambda text: self.path_typed.emit(text.strip()))
        self.choose = button(ui.t("common.choose_file"), choose, name=ui.t("login.choose_key"))
        self.passphrase = SecretField(
            ui, ui.t("login.passphrase"), note=ui.t("login.passphrase_note"), placeholder=""
        )
        self.passphrase.typed.connect(self.passphrase_typed)
        self.passphrase.hide()
        beside = column(label(" ", size=0.92, bold=True), self.choose, None, space=SPACE_XS)
        line = QHBoxLayout()
        line.setSpacing(SPACE_S)
        line.addWidget(self.file, 1)
        line.addLayout(beside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S + 2)
        layout.addLayout(line)
        layout.addWidget(self.passphrase)

    def show_state(self, state: WizardState, error: InstallError | None) -> None:
        """A passphrase that was asked for stays there, as long as the file is the same."""
        path = state.answers.target.identity_file
        given = state.secrets.ssh_passphrase
        if given or (error and error.code in (Code.SSH_PASSPHRASE_NEEDED, Code.SSH_PASSPHRASE_WRONG)):
            self._asked_for = path
        self.file.show_text(path)
        self.passphrase.show_text(shown(given))
        self.passphrase.show_note(f"{self._ui.t('login.passphrase_note')} {kept_note(self._ui, state)}")
        self.passphrase.setVisible(self._asked_for == path)


class SudoCard(Card):
    """Administrator rights need a password. ``edited`` gives a change of the secrets."""

    edited = Signal(object)

    def __init__(self, ui: Ui) -> None:
        super().__init__(tone="accent")
        self._ui, self._state = ui, WizardState()
        self._owner: tuple[tuple[str, str], str] = ("", ""), ""
        self.text = label("", "second", wrap=True)
        self.same = QCheckBox(ui.t("login.sudo_same"))
        self.password = SecretField(ui, ui.t("login.sudo_password"), note=ui.t("login.kept_in_memory"))
        self.password.typed.connect(lambda text: self._set(secret(text)))
        self.same.clicked.connect(lambda on: self._set(self._state.secrets.ssh_password if on else None))
        mark = column(picture(ui.pixmap("shield-check", ui.colors.accent)), None)
        head = label(ui.t("login.sudo_title"), bold=True, wrap=True)
        words = column(head, self.text, self.same, self.password)
        layout = QHBoxLayout()
        layout.setSpacing(10)
        layout.addLayout(mark)
        layout.addLayout(words, 1)
        self.body.addLayout(layout)
        self.hide()

    def _set(self, value: Secret | None) -> None:
        self.edited.emit(lambda secrets: replace(secrets, sudo_password=value))

    def show_state(self, state: WizardState, error: InstallError | None) -> None:
        """ "The same" stays ticked while both passwords are the same."""
        first, self._state = state.login.sudo_asked and not self._state.login.sudo_asked, state
        self.setVisible(state.login.sudo_asked)
        target, secrets = state.answers.target, state.secrets
        account = target.host, target.user
        if error is not None and error.params.get("owner"):
            self._owner = account, error.params["owner"]
        # with targetpw or rootpw sudo wants another account's password than that of who logged in
        owner = self._owner[1] if self._owner[0] == account else target.user
        key = "login.sudo_text" if owner == target.user else "login.sudo_text_owner"
        self.text.setText(self._ui.t(key, user=target.user, host=target.host, owner=owner))
        by_password = state.login.method == "password" and owner == target.user
        self.same.setVisible(by_password)
        if not state.login.sudo_asked or not by_password or secrets.sudo_password != secrets.ssh_password:
            self.same.setChecked(False)
        elif first and secrets.sudo_password:
            self.same.setChecked(True)
        self.same.setEnabled(bool(secrets.ssh_password) or self.same.isChecked())
        self.password.show_text(shown(secrets.sudo_password))
        self.password.show_note(kept_note(self._ui, state))
        self.password.setEnabled(not self.same.isChecked())

    def follow(self, secrets: Secrets) -> Secrets:
        """*secrets*, whose login password was just changed, with the same one for sudo if that was wanted."""
        same = self._state.login.sudo_asked and self.same.isChecked()
        return replace(secrets, sudo_password=secrets.ssh_password) if same else secrets


class MorePart(QWidget):
    """A link that unfolds the jump host."""

    jump_typed = Signal(str)

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self.link = button(ui.t("login.more"), self._toggle, "link")
        self.jump = Field(
            ui, ui.t("login.jump"), note=ui.t("login.jump_note"), placeholder="user@gateway.example.jp:22"
        )
        self.jump.typed.connect(lambda text: self.jump_typed.emit(text.strip()))
        self._open = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        line = QHBoxLayout()
        line.addWidget(self.link)
        line.addStretch(1)
        layout.addLayout(line)
        layout.addWidget(self.jump)
        self.unfold(on=False)

    def _toggle(self) -> None:
        self.unfold(on=not self._open or bool(self.jump.edit.text()))

    def unfold(self, *, on: bool) -> None:
        """Show or hide the field."""
        self._open = on
        self.jump.setVisible(on)
        icon = "chevron-down" if on else "chevron-right"
        self.link.setIcon(self._ui.icon(icon, self._ui.colors.accent))
        self.link.setText(self._ui.t("login.less" if on else "login.more"))
        self.link.setAccessibleDescription(self._ui.t("login.jump"))

    def show_state(self, state: WizardState) -> None:
        """What is filled in is not hidden."""
        jump = state.answers.target.jump
        if jump and not self._open:
            self.unfold(on=True)
        self.jump.show_text(jump)


def target_edit(**values: object) -> Edit:
    """An edit of the target's fields."""

    def change(state: WizardState) -> WizardState:
        target = replace(state.answers.target, **values)  # type: ignore[arg-type]
        return edit(state, answers=replace(state.answers, target=target))

    return change
