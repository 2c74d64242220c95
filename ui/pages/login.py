"""Log in: address, user and how; the server's host key; a password for administrator rights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from installer.errors import InstallError
from installer.settings import Secrets, default_directory
from installer.wizard import LoginMethod, PageId, WizardState, agent_there, edit, field_problems
from ui.context import Ui
from ui.intents import AcceptKey, CopyText, RejectKey, Retry, Stop
from ui.pages.base import Bar, Page
from ui.pages.login_failures import SAID_BY_FIELD, actions_for, field_for, first_missing
from ui.pages.login_parts import (
    KeyPart,
    Methods,
    MorePart,
    SudoCard,
    ask_for_key,
    heading,
    secret,
    shown,
    target_edit,
)
from ui.theme import SPACE_M, SPACE_S
from ui.widgets.basics import label, row
from ui.widgets.cause import CauseCard
from ui.widgets.field import Field, PortField, SecretField
from ui.widgets.host_key import CODES, HostKeyCard
from ui.widgets.order import tab_as_read
from ui.widgets.waiting import Waiting


class LoginPage(Page):
    """*choose_key* gets the path in the field and gives a key file's path, or nothing."""

    page = PageId.LOGIN

    def __init__(self, ui: Ui, *, choose_key: Callable[[str], str] | None = None) -> None:
        super().__init__(ui, ui.t("login.title"), ui.t("login.sentence"))
        self._choose_key = choose_key or (lambda start: ask_for_key(ui, self.window(), start))
        self._error: InstallError | None = None
        self._rejected: object = None
        self._problems: dict[str, tuple[str, bool]] = {}
        self.methods = Methods(ui, agent=agent_there())
        self.password = SecretField(ui, ui.t("login.password"), note=ui.t("login.kept_in_memory"))
        self.key = KeyPart(ui, self._pick_key)
        self.agent = label(ui.t("login.agent_text"), "second", wrap=True)
        self.sudo = SudoCard(ui)
        self.more = MorePart(ui)
        self._make_fields()
        self.form = self._make_form()
        self.waiting, self.cause, self.host_key = Waiting(ui), CauseCard(ui), HostKeyCard(ui)
        self.status = label("", "second", wrap=True)
        self.cause.hide()
        for widget in (self.form, self.waiting, self.status, self.host_key, self.cause):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self._connect_signals()
        tab_as_read(self)

    def _make_fields(self) -> None:
        ui = self.ui
        self.host = Field(ui, ui.t("login.address"), placeholder="203.0.113.24")
        self.port = PortField(ui, ui.t("login.port"))
        self.user = Field(ui, ui.t("login.user"), placeholder="root")
        folder_note = ui.t("login.folder_note")
        self.folder = Field(ui, ui.t("login.folder"), note=folder_note, placeholder=default_directory("ssh"))
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

    def _make_form(self) -> QWidget:
        form = QWidget()
        layout = QVBoxLayout(form)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_M)
        where = row(self.host, self.port, self.user, space=SPACE_S + 4)
        for place, share in enumerate((6, 2, 4)):
            where.setStretch(place, share)
        layout.addLayout(where)
        for widget in (self.methods, self.password, self.key, self.agent, self.sudo, self.folder, self.more):
            layout.addWidget(widget)
        return form

    def _connect_signals(self) -> None:
        self.host.typed.connect(lambda text: self.edit(target_edit(host=text.strip())))
        self.port.chosen.connect(lambda port: self.edit(target_edit(port=port)))
        self.user.typed.connect(lambda text: self.edit(target_edit(user=text.strip())))
        self.folder.typed.connect(lambda text: self.edit(target_edit(directory=text.strip())))
        self.more.jump_typed.connect(lambda text: self.edit(target_edit(jump=text)))
        self.key.path_typed.connect(lambda text: self.edit(target_edit(identity_file=text)))
        self.methods.chosen.connect(self._pick_method)
        self.password.typed.connect(self._password_typed)
        self.key.passphrase_typed.connect(
            lambda text: self._edit_secrets(lambda s: replace(s, ssh_passphrase=secret(text)))
        )
        self.sudo.edited.connect(self._edit_secrets)
        self.host_key.accepted.connect(lambda again: self.ask(AcceptKey(reinstalled=again)))
        self.host_key.rejected.connect(self._reject)
        self.host_key.copied.connect(lambda text: self.ask(CopyText(text)))
        for field in self.fields.values():
            field.edit.editingFinished.connect(lambda: self._show_problems(self.state))

    # ------------------------------------------------------------------- state

    def show_state(self, state: WizardState) -> None:
        """Show *state*."""
        super().show_state(state)
        self.show_heading(*heading(self.ui, state))
        target, secrets = state.answers.target, state.secrets
        error = state.failed_on(PageId.LOGIN)
        self.form.setVisible(target.kind == "ssh")
        self.form.setEnabled(state.busy is None)
        self.host.show_text(target.host)
        self.port.show_port(target.port)
        self.user.show_text(target.user)
        self.folder.show_text(target.directory)
        self.folder.setVisible(state.intent == "open")
        self.methods.row.show_choice(state.login)
        self.password.show_text(shown(secrets.ssh_password))
        self.password.setVisible(state.login == "password")
        self.key.show_state(state, error)
        self.key.setVisible(state.login == "key")
        self.agent.setVisible(state.login == "agent")
        self.sudo.show_state(state)
        self.more.show_state(state)
        self._show_problems(state)
        self.waiting.show_busy(state.busy)
        self._show_status(state)
        self._show_failure(state, error)

    def _show_problems(self, state: WizardState) -> None:
        """In red only what was typed and left: half an address is not wrong yet."""
        found = field_problems(state, PageId.LOGIN)
        for name, field in self.fields.items():
            problem = found.get(name)
            text = self.missing_text(problem.key, **problem.params) if problem else ""
            before, was_quiet = self._problems.get(name, ("", True))
            was_red = bool(before) and not was_quiet
            empty = not field.edit.text() and field is not self.port
            quiet = empty or (field.edit.hasFocus() and not was_red)
            if (text, quiet) != (before, was_quiet):
                self._problems[name] = (text, quiet)
                field.show_problem(text, quiet=quiet)

    def _show_status(self, state: WizardState) -> None:
        """A quiet word on why there is no connection, where that was the person's own decision."""
        if state.busy is not None or state.answers.target != self._rejected:
            self._rejected = None
        idle = state.busy is None and state.failure is None
        text = ""
        if idle and self._rejected is not None:
            text = self.ui.t("login.rejected")
        elif idle and state.stopped:
            text = self.ui.t("login.stopped")
        self.status.setText(text)
        self.status.setVisible(bool(text))

    def _show_failure(self, state: WizardState, error: InstallError | None) -> None:
        if error is self._error:
            return
        self._error = error
        about_key = error is not None and error.code in CODES
        self.host_key.show_error(error if about_key else None)
        plain = error is not None and not about_key and error.code not in SAID_BY_FIELD
        self.cause.setVisible(plain)
        if error is None:
            return
        if plain:
            self.cause.show_error(error, self._actions(state, error))
        tab_as_read(self)
        QTimer.singleShot(0, self.form, self._point_at_failure)

    def _actions(self, state: WizardState, error: InstallError) -> list[tuple[str, Callable[[], object]]]:
        does: dict[str, Callable[[], object]] = {
            "again": lambda: self.ask(Retry()),
            "key": lambda: self._pick_method("key"),
            "password": lambda: self._pick_method("password"),
            "file": self._pick_key,
        }
        return [(self.ui.t(f"login.do_{name}"), does[name]) for name in actions_for(state, error)]

    def _point_at_failure(self) -> None:
        """Once per failure: to the field it is about, and so that all of its card can be read."""
        if not self.isVisible():
            return
        focus = self.first_focus()
        if focus is not None:
            focus.setFocus()
        for card in (self.host_key, self.cause, self.sudo):
            if card.isVisible():
                self.area.ensureWidgetVisible(card)
                return

    def bar(self, state: WizardState) -> Bar:
        """Connect; while it connects, Cancel."""
        usual = replace(super().bar(state), primary=self.ui.t("login.connect"))
        if state.answers.target.kind == "local":
            usual = replace(usual, enabled=state.busy is None, note="", intent=Retry())
        if state.busy is None or state.cancelling:
            return usual
        return replace(usual, second=self.ui.t("common.cancel"), second_intent=Stop())

    def first_focus(self) -> QWidget | None:
        """What the failure is about, else the first thing that is missing."""
        state = self.state
        if state.answers.target.kind == "local":
            return None
        error = state.failed_on(PageId.LOGIN)
        if error is not None and error.code in CODES:
            return self.host_key.fingerprint
        field = self.fields.get(field_for(state, error) if error is not None else first_missing(state))
        return field.edit if field else None

    def focus_field(self, field: str) -> None:
        """Put the focus into the control of answer *field*, unfolding what hides it."""
        if field == "target.jump":
            self.more.unfold(on=True)
        if field in self.fields:
            self.fields[field].edit.setFocus()

    # ----------------------------------------------------------------- asking

    def _edit_secrets(self, change: Callable[[Secrets], Secrets]) -> None:
        self.edit(lambda s: edit(s, secrets=change(s.secrets)))

    def _password_typed(self, text: str) -> None:
        self._edit_secrets(lambda s: self.sudo.follow(replace(s, ssh_password=secret(text))))

    def _pick_method(self, key: str) -> None:
        method: LoginMethod = "key" if key == "key" else "agent" if key == "agent" else "password"
        self.edit(lambda s: edit(s, login=method))

    def _pick_key(self) -> None:
        path = self._choose_key(self.state.answers.target.identity_file)
        if path:
            self.edit(target_edit(identity_file=path))

    def _reject(self) -> None:
        self._rejected = self.state.answers.target
        self.ask(RejectKey())
