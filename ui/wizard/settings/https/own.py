"""The user's own certificate: its files, and what was read from them."""

from __future__ import annotations

from installer.views.wizard import WizardState
from installer.views.wizard.edits import is_current
from ui.cards.certificate import CertificateCard
from ui.style.context import Ui
from ui.widgets.basics import column
from ui.wizard.settings.group import side_by_side
from ui.wizard.settings.https.panel import Panel
from ui.wizard.settings.section import ChooseFile, FileField, Problems, ask_file

_CERTIFICATES = "(*.pem *.crt *.cer *.key *.pfx *.p12 *.p7b *.der)"


class OwnPanel(Panel):
    """*choose_file* opens the desktop's own dialog; tests put another one in its place."""

    asks = "certificate"

    def __init__(self, ui: Ui, choose_file: ChooseFile | None = None) -> None:
        super().__init__(ui)
        usual = ask_file(ui, f"{ui.t('settings.certificate_files')} {_CERTIFICATES}")
        self.choose_file: ChooseFile = choose_file or usual
        self.certificate = self._file("certificate")
        self.key = self._file("key")
        self.passphrase = self.secret_field("tls_passphrase", "passphrase", note=True)
        self.card = CertificateCard(ui)
        self.card.hide()
        self.column.addLayout(side_by_side(self.certificate, self.key))
        self.column.addLayout(side_by_side(self.passphrase, column()))
        self.column.addWidget(self.card)

    def _file(self, name: str) -> FileField:
        t = self.ui.t
        certificate = name == "certificate"
        title = t("settings.choose_certificate") if certificate else t("settings.choose_key")
        note = t("settings.certificate_note") if certificate else t("settings.key_note")
        caption = t("settings.certificate") if certificate else t("settings.key")
        made = FileField(self.ui, caption, note=note, title=title, choose=lambda: self._pick(name, title))
        made.typed.connect(lambda text: self.change(**{name: text.strip()}))
        self.controls[f"tls.{name}"] = made
        return made

    def _pick(self, name: str, title: str) -> None:
        path = self.choose_file(self, title, getattr(self.state.answers.tls, name))
        if path:
            self.change(**{name: path})

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*. Until what was chosen is read, what was read before stays."""
        super().show_state(state, problems)
        self.show_texts(state, problems)
        found = state.checks.situation.configuration.certificate if state.checks.situation else None
        tls = state.answers.tls
        if not self.counts(tls) or state.checks.error or not tls.certificate:
            self.card.hide()
        elif is_current(state):
            self.card.setVisible(found is not None)
            if found is not None:
                self.card.show_certificate(found)
