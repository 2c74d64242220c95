"""Address, HTTPS and the ports of the web page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QCheckBox, QFileDialog, QVBoxLayout, QWidget

from installer.settings import Answers, Ports, Tls
from installer.wizard import WizardState, edit
from ui.context import Ui
from ui.pages.settings_parts.base import (
    ChooseFile,
    FileField,
    PortBox,
    Problems,
    Section,
    secret,
    show_trimmed,
)
from ui.theme import SPACE_M
from ui.widgets.basics import column, label, row, section
from ui.widgets.choice import ChoiceCard, ChoiceRow
from ui.widgets.field import Field, SecretField

#: The port that browsers take for HTTPS without being told.
HTTPS = 443
_CERTIFICATES = "(*.pem *.crt *.cer *.key *.pfx *.p12)"


def choose_mode(state: WizardState, mode: str) -> WizardState:
    """*state* with or without HTTPS, and the port that goes with it. Files and port stay as they were named:
    they count again when the choice comes back."""
    answers = state.answers
    https = answers.ports.https if mode == "off" else answers.ports.https or HTTPS
    tls = replace(answers.tls, mode="off" if mode == "off" else "own")
    return edit(state, answers=replace(answers, tls=tls, ports=replace(answers.ports, https=https)))


class AddressSection(Section):
    """*choose_file* opens the desktop's own dialog; tests put another one in its place."""

    def __init__(self, ui: Ui, choose_file: ChooseFile | None = None) -> None:
        super().__init__(ui)
        self.choose_file: ChooseFile = choose_file or self._dialog
        own = ChoiceCard(ui, ui.t("settings.own"), ui.t("settings.own_text"), icon="lock")
        off = ChoiceCard(ui, ui.t("settings.off"), ui.t("settings.off_text"), icon="globe")
        self.mode = ChoiceRow((("own", own), ("off", off)))
        self.mode.setAccessibleName(ui.t("settings.address_title"))
        self.mode.chosen.connect(self._choose_mode)
        self.mode_problem = label("", "error", wrap=True)
        self.address = Field(ui, ui.t("settings.address"), note=ui.t("settings.address_note"))
        self.address.typed.connect(lambda text: self._site(text.strip()))
        self.https, self.http = PortBox(ui, ui.t("settings.https")), PortBox(ui, ui.t("settings.http"))
        self.https.chosen.connect(lambda port: self._ports(lambda ports: replace(ports, https=port)))
        self.http.chosen.connect(lambda port: self._ports(lambda ports: replace(ports, http=port)))
        self.own = self._own()
        self._lay_out()
        self.controls |= {
            "tls.mode": own,
            "site.address": self.address,
            "ports.https": self.https,
            "ports.http": self.http,
            "tls.certificate": self.certificate,
            "tls.key": self.key,
            "secrets.tls_passphrase": self.passphrase,
            "tls.redirect": self.redirect,
        }

    def _lay_out(self) -> None:
        line = row(space=SPACE_M)
        line.addWidget(self.address, 5)
        line.addWidget(self.https, 3)
        line.addWidget(self.http, 3)
        self.column.addWidget(section(self.ui.t("settings.address_title")))
        for part in (self.mode, self.mode_problem):
            self.column.addWidget(part)
        self.column.addSpacing(4)
        self.column.addLayout(line)
        self.column.addWidget(self.own)

    def _own(self) -> QWidget:
        ui = self.ui
        self.certificate = self._file("certificate")
        self.key = self._file("key")
        self.passphrase = SecretField(ui, ui.t("settings.passphrase"), note=ui.t("settings.passphrase_note"))
        self.passphrase.typed.connect(
            lambda text: self.edit_secrets(lambda s: replace(s, tls_passphrase=secret(text)))
        )
        self.redirect = QCheckBox(ui.t("settings.redirect"))
        self.redirect.clicked.connect(lambda on: self._tls(lambda tls: replace(tls, redirect=on)))
        box = QWidget()
        layout = QVBoxLayout(box)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(12)
        files = row(space=SPACE_M)
        files.addWidget(self.certificate, 1)
        files.addWidget(self.key, 1)
        layout.addLayout(files)
        second = row(space=SPACE_M)
        second.addWidget(self.passphrase, 1)
        second.addLayout(column(22, self.redirect, None), 1)
        layout.addLayout(second)
        return box

    def _file(self, name: str) -> FileField:
        ui = self.ui
        title = ui.t("settings.choose_certificate" if name == "certificate" else "settings.choose_key")
        caption = ui.t("settings.certificate" if name == "certificate" else "settings.key")
        note = ui.t("settings.certificate_note" if name == "certificate" else "settings.key_note")
        made = FileField(ui, caption, note=note, title=title, choose=lambda: self._pick(name, title))
        made.typed.connect(lambda text: self._path(name, text.strip()))
        return made

    # -------------------------------------------------------------------- edits

    def _choose_mode(self, mode: str) -> None:
        self.edited.emit(lambda state: choose_mode(state, mode))

    def _site(self, address: str) -> None:
        self.edit_answers(lambda a: replace(a, site=replace(a.site, address=address)))

    def _ports(self, change: Callable[[Ports], Ports]) -> None:
        self.edit_answers(lambda a: replace(a, ports=change(a.ports)))

    def _tls(self, change: Callable[[Tls], Tls]) -> None:
        self.edit_answers(lambda a: replace(a, tls=change(a.tls)))

    def _path(self, name: str, path: str) -> None:
        if name == "certificate":
            self._tls(lambda tls: replace(tls, certificate=path))
        else:
            self._tls(lambda tls: replace(tls, key=path))

    def _pick(self, name: str, title: str) -> None:
        tls = self.state.answers.tls
        path = self.choose_file(self, title, tls.certificate if name == "certificate" else tls.key)
        if path:
            self._path(name, path)

    def _dialog(self, parent: QWidget, title: str, path: str) -> str:
        ui = self.ui
        kinds = f"{ui.t('settings.certificate_files')} {_CERTIFICATES};;{ui.t('settings.all_files')} (*)"
        return QFileDialog.getOpenFileName(parent, title, path, kinds)[0]

    # -------------------------------------------------------------------- state

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*."""
        super().show_state(state, problems)
        answers = state.answers
        own = answers.tls.mode == "own"
        self.mode.show_choice(answers.tls.mode)
        self.address.edit.setPlaceholderText(replace(answers, site=Answers().site).site_address)
        show_trimmed(self.address, answers.site.address)
        self.http.show_port(answers.ports.http)
        self.https.show_port(answers.ports.https)
        self.https.setVisible(own)
        self.own.setVisible(own)
        show_trimmed(self.certificate, answers.tls.certificate)
        show_trimmed(self.key, answers.tls.key)
        given = state.secrets.tls_passphrase
        self.passphrase.show_text(given.reveal() if given else "")
        self.redirect.setChecked(answers.tls.redirect)
        reserved = problems.get("tls.mode")
        self.mode_problem.setText(self.ui.t(f"missing.{reserved.key}") if reserved else "")
        self.mode_problem.setVisible(reserved is not None)
        for name in ("site.address", "ports.https", "ports.http", "tls.certificate", "tls.key"):
            self.show_problem(name, problems)

    def control(self, field: str) -> QWidget | None:
        """What belongs to the own certificate is there only with it; without it the choice is."""
        found = super().control(field)
        own = found is self.https or (found is not None and self.own.isAncestorOf(found))
        if field == "tls.mode" or (own and self.own.isHidden()):
            cards = self.mode.cards
            return cards.get(self.state.answers.tls.mode, cards["off"])
        return found
