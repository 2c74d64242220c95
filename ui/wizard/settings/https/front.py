"""Behind an existing web server: where it reaches Dify, and the configuration that it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QFileDialog, QPlainTextEdit, QWidget

from installer.answers import Answers
from installer.https.reverse_proxy.front import snippet_for
from installer.https.reverse_proxy.place import why_not
from installer.views.wizard import WizardState, effective
from ui.intents import CopyText, SaveText
from ui.style.context import Ui
from ui.style.theme import fixed_font
from ui.widgets.announce import announce
from ui.widgets.basics import Card, button, column, hint, label, row
from ui.widgets.combo import ComboField
from ui.widgets.field import Field
from ui.wizard.settings.group import side_by_side
from ui.wizard.settings.https.panel import Panel
from ui.wizard.settings.section import Problems, show_trimmed

#: Parent, title, proposed name → the chosen path, "" if none was chosen.
AskPath = Callable[[QWidget, str, str], str]
KINDS = ("nginx", "apache", "caddy")
_LINES = 9


def ask_path(parent: QWidget, title: str, name: str) -> str:
    """Ask where to write a file."""
    return QFileDialog.getSaveFileName(parent, title, name)[0]


class FrontPanel(Panel):
    """*ask_path* asks for a file's place; tests answer by themselves."""

    asks = "proxy_install"

    def __init__(self, ui: Ui, ask_path: AskPath = ask_path) -> None:
        super().__init__(ui)
        self._ask_path = ask_path
        self._kind = ""
        self.kind = ComboField(ui, ui.t("settings.front_kind"))
        self.kind.show_items([(ui.t(f"settings.front_{kind}"), kind) for kind in KINDS])
        self.kind.chosen.connect(self._choose)
        self.bind = Field(ui, ui.t("settings.front_bind"), note=ui.t("settings.front_bind_note"))
        self.bind.typed.connect(lambda text: self._bind(text.strip()))
        self.controls["site.bind"] = self.bind
        self.certificate = self.text_field("proxy_certificate", "front_certificate", note=True)
        self.key = self.text_field("proxy_key", "front_key", note=True)
        self.install = QCheckBox(ui.t("settings.front_install"))
        self.install.clicked.connect(lambda on: self.change(proxy_install=on))
        self.controls["tls.proxy_install"] = self.install
        self.install_note = hint(ui.t("settings.front_install_text"))
        self.column.addLayout(side_by_side(self.kind, self.bind))
        self.files = QWidget()
        files = side_by_side(self.certificate, self.key)
        self.files.setLayout(files)
        self.column.addWidget(self.files)
        self.column.addLayout(column(self.install, self.install_note, space=4))
        self.column.addWidget(self._snippet())

    def _snippet(self) -> Card:
        t = self.ui.t
        card = Card(margins=14)
        self.title = label(t("settings.front_snippet"), bold=True, wrap=True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(fixed_font(0.92))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(t("settings.front_snippet"))
        self.text.setFixedHeight(_LINES * self.text.fontMetrics().lineSpacing() + 16)
        self.copy = button(t("settings.front_copy"), self._copy)
        self.save = button(t("settings.front_save"), self._save)
        self.about = hint(t("settings.front_snippet_text"))
        card.body.addWidget(self.title)
        card.body.addWidget(self.about)
        card.body.addWidget(self.text)
        card.body.addLayout(row(self.copy, self.save, None))
        return card

    # -------------------------------------------------------------------- edits

    def _choose(self, kind: str) -> None:
        self._kind = kind
        self._show_snippet(self.state)
        if kind != "nginx" and self.state.answers.tls.proxy_install:
            self.change(proxy_install=False)  # it is for nginx alone

    def _bind(self, address: str) -> None:
        self.edit_answers(lambda a: replace(a, site=replace(a.site, bind=address)))

    def _copy(self) -> None:
        self.ask(CopyText(self.text.toPlainText()))
        self._say(self.ui.t("settings.front_copied"))

    def _save(self) -> None:
        chosen = self._ask_path(self, self.ui.t("settings.front_save_title"), self._file_name())
        if chosen:
            self.ask(SaveText(Path(chosen), self.text.toPlainText()))
            self._say(self.ui.t("settings.front_saved", path=chosen))

    def _say(self, text: str) -> None:
        self.about.setText(text)
        announce(self, text)

    def _file_name(self) -> str:
        project = self.state.answers.project
        return f"Caddyfile-{project}" if self._kind == "caddy" else f"dify-{project}.conf"

    # -------------------------------------------------------------------- state

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*."""
        super().show_state(state, problems)
        if not self.counts(state.answers.tls):
            return
        self._kind = self._kind or _running(state)
        if state.answers.tls.proxy_install:
            self._kind = "nginx"
        self.kind.show_value(self._kind)
        show_trimmed(self.bind, state.answers.site.bind)
        self.show_texts(state, problems)
        self.show_problem("site.bind", problems)
        wrong = {"site.address", "site.bind", "ports.http", "target.project"} & problems.keys()
        self._show_snippet(state, unknown=bool(wrong))
        self._show_install(state, unknown=bool(wrong))

    def _show_snippet(self, state: WizardState, *, unknown: bool = False) -> None:
        """While something that stands in it is wrong, the last one stays and cannot be taken."""
        self.files.setVisible(self._kind != "caddy")
        self.install.setVisible(self._kind == "nginx" and state.answers.target.host_kind.takes_proxy_file)
        self.install_note.setVisible(not self.install.isHidden())
        for shown in (self.copy, self.save):
            shown.setEnabled(not unknown)
        if unknown:
            return
        env = state.checks.situation.configuration.env if state.checks.situation else {}
        text = _text(effective(state), self._kind, env)
        if text != self.text.toPlainText():
            self.text.setPlainText(text)
            self.about.setText(self.ui.t("settings.front_snippet_text"))

    def _show_install(self, state: WizardState, *, unknown: bool) -> None:
        self.install.setChecked(state.answers.tls.proxy_install)
        reason, holder = ("", "") if unknown else _why_not(state)
        self.install.setEnabled(not reason or state.answers.tls.proxy_install)
        key = f"settings.front_cannot_{reason}" if reason else "settings.front_install_text"
        self.install_note.setText(self.ui.t(key, **({"holder": holder} if reason == "port" else {})))
        self.install.setAccessibleDescription(self.install_note.text())


def _running(state: WizardState) -> str:
    """The web server that is there, nginx where that is not known."""
    there = state.checks.facts.webservers if state.checks.facts else None
    running = [kind for kind in KINDS if there is not None and kind in there.running]
    return running[0] if running else KINDS[0]


def _why_not(state: WizardState) -> tuple[str, str]:
    """Why our file cannot be given to the nginx there; empty where it can, or before the checks ran."""
    if state.checks.facts is None:
        return "", ""
    return why_not(effective(state), state.checks.facts)


def _text(answers: Answers, kind: str, env: Mapping[str, str]) -> str:
    return snippet_for(kind, answers, env)  # type: ignore[arg-type]  # one of KINDS
