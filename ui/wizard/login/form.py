"""The fields of Log in: first where and who, then only what this server's ways of logging in need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from installer.answers import Secrets
from installer.answers.address import address_parts
from installer.core.errors import InstallError
from installer.hosts.kinds import SSH
from installer.views.wizard import WizardState, agent_there, edit, method_of, missing_proof, ways
from ui.style.context import Ui
from ui.style.theme import SPACE_M, SPACE_S
from ui.widgets.basics import label, row
from ui.widgets.field import Field, PortField, SecretField
from ui.wizard.login.auth_methods import DoorWords
from ui.wizard.login.parts import KeyPart, Methods, MorePart, SudoCard, secret, shown, target_edit
from ui.wizard.login.remember import RememberPart, kept_note
from ui.wizard.login.ssh_config_hosts import TakeOver


class LoginForm(QWidget):
    """``edited`` gives edits of the state, ``left``: a field was left. *choose_key* asks for a key file."""

    edited = Signal(object)
    left = Signal()

    def __init__(self, ui: Ui, choose_key: Callable[[], object]) -> None:
        super().__init__()
        self._ui, self._host_length = ui, 0
        self.take_over = TakeOver(ui)
        self.host = Field(ui, ui.t("login.address"), placeholder="203.0.113.24")
        self.port = PortField(ui, ui.t("login.port"))
        self.user = Field(ui, ui.t("login.user"), placeholder="root")
        self.door = DoorWords(ui)
        self.methods = Methods(ui, agent=agent_there())
        self.password = SecretField(ui, ui.t("login.password"), note=ui.t("login.kept_in_memory"))
        self.key = KeyPart(ui, choose_key)
        self.agent = label(ui.t("login.agent_text"), "second", wrap=True)
        self.asks = label(ui.t("login.ask_text"), "second", wrap=True)
        self.sudo = SudoCard(ui)
        self.remember = RememberPart(ui)
        folder_note = ui.t("login.folder_note")
        self.folder = Field(ui, ui.t("login.folder"), note=folder_note, placeholder=SSH.default_directory())
        self.more = MorePart(ui)
        #: By their names in the answers file; those of secrets as ``missing`` names them.
        self.fields: dict[str, Field] = {
            "target.host": self.host,
            "target.port": self.port,
            "target.user": self.user,
            "secrets.ssh_password": self.password,
            "target.identity_file": self.key.file,
            "secrets.ssh_passphrase": self.key.passphrase,
            "secrets.sudo_password": self.sudo.password,
            "target.directory": self.folder,
            "target.jump": self.more.jump,
        }
        self._lay_out()
        self._connect_signals()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_M)
        where = row(self.host, self.port, self.user, space=SPACE_S + 4)
        for place, share in enumerate((6, 2, 4)):
            where.setStretch(place, share)
        layout.addWidget(self.take_over)
        layout.addLayout(where)
        layout.addWidget(self.door)
        layout.addWidget(self.methods)
        for widget in (self.password, self.key, self.agent, self.asks, self.sudo, self.remember):
            layout.addWidget(widget)
        layout.addWidget(self.folder)
        layout.addWidget(self.more)

    def _connect_signals(self) -> None:
        emit = self.edited.emit
        self.take_over.edited.connect(self.edited)
        self.host.typed.connect(self._host_typed)
        self.host.edit.editingFinished.connect(self.take_apart)
        self.port.chosen.connect(lambda port: emit(target_edit(port=port)))
        self.user.typed.connect(lambda text: emit(target_edit(user=text.strip())))
        self.folder.typed.connect(lambda text: emit(target_edit(directory=text.strip())))
        self.more.jump_typed.connect(lambda text: emit(target_edit(jump=text)))
        self.key.path_typed.connect(lambda text: emit(target_edit(identity_file=text)))
        self.methods.chosen.connect(self.pick_method)
        self.password.typed.connect(self._password_typed)
        self.key.passphrase_typed.connect(
            lambda text: self._edit_secrets(lambda s: replace(s, ssh_passphrase=secret(text)))
        )
        self.sudo.edited.connect(self._edit_secrets)
        self.remember.edited.connect(self.edited)
        for field in self.fields.values():
            field.edit.editingFinished.connect(self.left)

    def show_state(self, state: WizardState, error: InstallError | None) -> None:
        """Show *state*; what cannot be used on this server is not there."""
        target, secrets, door = state.answers.target, state.secrets, state.login.door
        self.setVisible(target.host_kind.needs_login and state.work.question is None)  # one at a time
        self.setEnabled(state.work.busy is None)
        self.take_over.show_state(state)
        self.host.show_text(target.host)
        self.port.show_port(target.port)
        self.user.show_text(target.user)
        self.folder.show_text(target.directory)
        self.folder.setVisible(state.intent == "open")
        self.door.show_state(state)
        self.methods.show_state(state)
        way = state.login.method if door is not None and not door.open and ways(door) else ""
        self.password.show_text(shown(secrets.ssh_password))
        self.password.show_note(kept_note(self._ui, state))
        self.password.setVisible(way == "password")
        self.key.show_state(state, error)
        self.key.setVisible(way == "key")
        self.agent.setVisible(way == "agent")
        self.asks.setVisible(way == "ask")
        self.sudo.show_state(state, error)
        self.remember.show_state(state, passphrase=way == "key" and not self.key.passphrase.isHidden())
        self.more.show_state(state)

    def _host_typed(self, text: str) -> None:
        """Pasted text may be a whole command, taken apart at once; what is typed is, once it is left."""
        pasted = abs(len(text) - self._host_length) > 1
        self._host_length = len(text)
        command = text.startswith("ssh ")  # whose blanks are needed
        self.edited.emit(target_edit(host=text if command else text.strip()))
        if pasted:
            self.take_apart()

    def take_apart(self) -> None:
        """Put ``root@host``, ``ssh root@host -p 22`` and the like into the fields that they name."""
        parts = address_parts(self.host.edit.text())
        if parts is not None:
            self._host_length = len(parts["host"])
            if "identity_file" in parts:
                self.pick_method("key")
            self.edited.emit(target_edit(**parts))

    def pick_method(self, key: str) -> None:
        """Log in that way."""
        self.edited.emit(lambda s: edit(s, method=method_of(key)))

    def _edit_secrets(self, change: Callable[[Secrets], Secrets]) -> None:
        self.edited.emit(lambda s: edit(s, secrets=change(s.secrets)))

    def _password_typed(self, text: str) -> None:
        self._edit_secrets(lambda s: self.sudo.follow(replace(s, ssh_password=secret(text))))


def is_first_stage(state: WizardState) -> bool:
    """Whether the server is to be asked for its ways before anything else can be filled in."""
    needs_login = state.answers.target.host_kind.needs_login
    return needs_login and state.login.door is None and bool(missing_proof(state))
