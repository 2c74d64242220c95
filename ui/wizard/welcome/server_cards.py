"""Cards under Welcome's list: changing the entry of a known server, and whether to forget it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget

from installer.appdata.known_server_edit import ServerEdit, problem
from installer.views.wizard import WizardState
from ui.intents import Edit
from ui.style.context import Ui
from ui.style.theme import SPACE_S
from ui.widgets.basics import Card, button, label, row
from ui.widgets.escape import escaped
from ui.widgets.field import Field, PortField
from ui.wizard.welcome.server_list import server_name


class EscapeCard(Card):
    """Escape is the card's own while the focus is in it: it means *on_escape*, not one page back."""

    def __init__(self, *, tone: str, on_escape: Callable[[], object]) -> None:
        super().__init__(tone=tone)
        self._on_escape = on_escape

    def event(self, event: QEvent) -> bool:
        return escaped(event, self._escape) or super().event(event)

    def _escape(self) -> None:  # events come before there is a place to keep what it means
        self._on_escape()


class EditorCard(EscapeCard):
    """Name, address and folder of an entry. *on_edit* gets an edit of the state."""

    def __init__(self, ui: Ui, on_edit: Callable[[Edit], object], on_save: Callable[[], object]) -> None:
        super().__init__(tone="accent", on_escape=self._leave_unchanged)
        self._ui, self._on_edit, self._on_save = ui, on_edit, on_save
        self._state = WizardState()
        self.heading = label("", bold=True, wrap=True)
        self.about = label("", "second", wrap=True)
        self.name = Field(ui, ui.t("welcome.name"))
        self.host = Field(ui, ui.t("login.address"))
        self.port = PortField(ui, ui.t("login.port"))
        self.user = Field(ui, ui.t("login.user"))
        self.folder = Field(ui, ui.t("welcome.folder"))
        self.save = button(ui.t("welcome.save"), self._save, "outline")
        self.cancel = button(ui.t("welcome.keep_entry"), self.leave)
        self.account = QWidget()
        line = row(self.host, self.port, self.user, space=SPACE_S + 4)
        for at, share in enumerate((6, 2, 4)):
            line.setStretch(at, share)
        self.account.setLayout(line)
        for widget in (self.heading, self.about, self.name, self.account, self.folder):
            self.body.addWidget(widget)
        self.body.addLayout(row(self.save, self.cancel, None))
        self._connect_fields()
        self.hide()

    def _connect_fields(self) -> None:
        self.name.typed.connect(lambda text: self._change(lambda e: e.named(text)))
        self.host.typed.connect(lambda text: self._change(lambda e: e.with_target(host=text.strip())))
        self.port.chosen.connect(lambda port: self._change(lambda e: e.with_target(port=port)))
        self.user.typed.connect(lambda text: self._change(lambda e: e.with_target(user=text.strip())))
        self.folder.typed.connect(lambda text: self._change(lambda e: e.with_target(directory=text.strip())))
        for field in (self.name, self.host, self.port, self.user, self.folder):
            field.edit.returnPressed.connect(self._save)

    def _change(self, change: Callable[[ServerEdit], ServerEdit]) -> None:
        def changed(state: WizardState) -> WizardState:
            edit = state.welcome.editing
            return (
                state
                if edit is None
                else replace(state, welcome=replace(state.welcome, editing=change(edit)))
            )

        self._on_edit(changed)

    def _save(self) -> None:
        if self.save.isEnabled():
            self._on_save()

    def _leave_unchanged(self) -> None:
        """Escape loses nothing that was typed: then it takes the button."""
        edit = self._state.welcome.editing
        if edit is not None and not edit.changed:
            self.leave()

    def leave(self) -> None:
        """Everything stays as it was."""
        self._on_edit(lambda s: replace(s, welcome=replace(s.welcome, editing=None)))

    def show_state(self, state: WizardState) -> None:
        """Show what is being changed, or nothing."""
        before, self._state = self._state, state
        edit = state.welcome.editing
        self.setVisible(edit is not None)
        if edit is None:
            return
        ui, server, target = self._ui, edit.server, edit.server.target
        named = server_name(ui, edit.original)
        self.heading.setText(ui.t("welcome.copy_title" if edit.copy else "welcome.edit_title", name=named))
        about = "edit_about" if target.host_kind.remote else "edit_about_here"
        self.about.setText(ui.t("welcome.copy_about" if edit.copy else f"welcome.{about}"))
        self.name.show_text(server.name)
        self.host.show_text(target.host)
        self.port.show_port(target.port)
        self.user.show_text(target.user)
        self.folder.show_text(target.directory)
        self.folder.edit.setPlaceholderText(target.host_kind.default_directory())
        self.account.setVisible(target.host_kind.needs_login)
        self._show_problem(state, edit)
        if before.welcome.editing is None or before.welcome.editing.original != edit.original:
            self.setAccessibleName(self.heading.text())
            self._first(edit).edit.setFocus()

    def _first(self, edit: ServerEdit) -> Field:
        """A copy needs another place before anything else."""
        if not edit.copy:
            return self.name
        return self.host if edit.server.target.host_kind.needs_login else self.folder

    def _show_problem(self, state: WizardState, edit: ServerEdit) -> None:
        found = problem(edit, state.welcome.known)
        self.save.setEnabled(found is None)
        untouched = edit.copy and edit.server.target == edit.original.target
        where, sentence = found or ("", "")
        fields = {
            "target.host": self.host,
            "target.port": self.port,
            "target.user": self.user,
            "target.directory": self.folder,
        }
        for name, field in fields.items():
            wrong = self._ui.t(f"missing.{sentence}") if name == where else ""
            field.show_problem(wrong, quiet=untouched)


class ForgetCard(EscapeCard):
    """Asks before an entry goes. The focus comes up on the harmless answer."""

    def __init__(self, ui: Ui, on_edit: Callable[[Edit], object], on_forget: Callable[[str], object]) -> None:
        super().__init__(tone="warning", on_escape=self.leave)
        self._ui, self._on_edit, self._on_forget = ui, on_edit, on_forget
        self._asked = ""
        self.question = label("", bold=True, wrap=True)
        about = label(ui.t("welcome.forget_detail"), "second", wrap=True)
        self.yes = button(ui.t("server.forget_yes"), lambda: self._on_forget(self._asked), "danger")
        self.no = button(ui.t("server.forget_no"), self.leave)
        self.body.addWidget(self.question)
        self.body.addWidget(about)
        self.body.addLayout(row(self.yes, self.no, None))
        self.hide()

    def leave(self) -> None:
        """It stays."""
        self._on_edit(lambda s: replace(s, welcome=replace(s.welcome, forgetting="")))

    def show_state(self, state: WizardState) -> None:
        """Ask about the server in question, or nothing."""
        server = state.welcome.server(state.welcome.forgetting)
        asked = server.id if server else ""
        self.setVisible(server is not None)
        if asked == self._asked:
            return
        self._asked = asked
        if server is not None:
            question = self._ui.t("server.forget_question", name=server_name(self._ui, server))
            self.question.setText(question)
            self.setAccessibleName(f"{question} {self._ui.t('welcome.forget_detail')}")
            self.no.setFocus()
