"""A certificate from an authority: Let's Encrypt without a question, another one by choice."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from installer.core.resources import table
from installer.views.wizard import WizardState
from ui.style.context import Ui
from ui.style.theme import SPACE_M
from ui.widgets.basics import column, hint
from ui.widgets.combo import ComboField
from ui.wizard.settings.group import side_by_side
from ui.wizard.settings.https.panel import Panel
from ui.wizard.settings.section import Fold, Problems

#: What an address begins with that is still to be typed: an empty one stands for Let's Encrypt.
SCHEME = "https://"
_OTHER = "other"


class AuthorityPanel(Panel):
    """Nothing in it has to be answered for Let's Encrypt; what is for others is folded."""

    asks = "acme_server"

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
        self._known = {str(entry["id"]): str(entry["directory"]) for entry in table("acme")["authority"]}
        self.fold = Fold(ui, ui.t("settings.authority_more"))
        self.email = self.text_field("email", "acme_email", note=True)
        self.authority = ComboField(ui, ui.t("settings.authority"))
        self.authority.show_items(
            [
                (ui.t("settings.authority_usual"), ""),
                *((ui.t(f"settings.authority_{name}"), name) for name in self._known),
                (ui.t("settings.authority_other"), _OTHER),
            ]
        )
        self.authority.chosen.connect(self._choose)
        self.server = self.text_field("acme_server", "acme_server", note=True)
        self.kid = self.secret_field("tls_eab_kid", "eab_kid")
        self.hmac = self.secret_field("tls_eab_hmac", "eab_hmac")
        self.binding = QWidget()
        keys = column(hint(ui.t("settings.eab_text")), side_by_side(self.kid, self.hmac))
        keys.setContentsMargins(0, 0, 0, 0)
        self.binding.setLayout(keys)
        self.about = hint()
        parts = self.authority, self.about, self.server, self.binding, side_by_side(self.email, column())
        self.fold.body.addLayout(column(*parts, space=SPACE_M - 4))
        self.column.addWidget(self.fold)

    def _choose(self, name: str) -> None:
        self.change(acme_server=self._known.get(name, SCHEME if name == _OTHER else ""))

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*."""
        super().show_state(state, problems)
        server = state.answers.tls.acme_server
        name = next((n for n, directory in self._known.items() if directory == server), "")
        typed = bool(server) and not name
        self.authority.show_value(name or (_OTHER if typed else ""))
        self.server.setVisible(typed)
        given = state.secrets.tls_eab_kid or state.secrets.tls_eab_hmac
        asked = any(problems.get(f"secrets.{half}") for half in ("tls_eab_kid", "tls_eab_hmac"))
        self.binding.setVisible(typed or (bool(server) and bool(given or asked)))
        self.about.setText(self.ui.t("settings.authority_trial") if name == "staging" else "")
        self.about.setVisible(name == "staging")
        self.show_texts(state, problems)
        if self.counts(state.answers.tls) and (server or state.answers.tls.email):
            self.fold.open(True)

    def control(self, field: str) -> QWidget | None:
        """Unfolded, where it is in there."""
        found = super().control(field)
        if found is not None:
            self.fold.open(True)
        return found
