"""Done: Dify answers, and what to do next."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from installer.core.addresses import bare_host
from installer.core.events import ReachFound
from installer.core.secrets import Secret
from installer.engine import Outcome
from installer.views.wizard import PageId, WizardState
from ui.intents import CopyText, OpenPanel, OpenThroughSsh, OpenUrl
from ui.style.context import Ui
from ui.style.theme import SPACE_M, SPACE_S
from ui.widgets.basics import (
    Card,
    RowCard,
    clear,
    column,
    hint,
    label,
    picture,
    row,
    section,
    set_kind,
)
from ui.widgets.copyable import Copyable
from ui.widgets.secret_line import SecretLine
from ui.widgets.tab_order import tab_as_read
from ui.window.bottom_bar import Bar
from ui.wizard.page import Page

_TOP = Qt.AlignmentFlag.AlignTop
_HERE = ("localhost", "127.0.0.1", "::1")


class PasswordCard(Card):
    """The password that Dify asks for once, and where it is kept."""

    def __init__(self, ui: Ui, page: DonePage, secret: Secret, path: str, *, local: bool) -> None:
        super().__init__(tone="accent")
        words = ui.t("done.show"), ui.t("done.hide"), ui.t("done.copy")
        name = ui.t("done.password_name")
        self.line = SecretLine(ui, name, words, lambda text: page.ask(CopyText(text, secret=True)))
        self.line.show_secret(secret)
        key = "done.password_hint_local" if local else "done.password_hint"
        self.body.addWidget(label(ui.t("done.password_title"), bold=True, wrap=True))
        self.body.addWidget(self.line)
        self.body.addWidget(hint(ui.t(key, path=path)))


class DonePage(Page):
    """Rebuilt for every outcome."""

    page = PageId.DONE

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.t("done.heading"))
        self.body.insertWidget(0, picture(ui.pixmap("circle-check", ui.colors.ok, 48)))
        self._content = QVBoxLayout()
        self._content.setSpacing(SPACE_M)
        self.body.addLayout(self._content)
        self.body.addStretch(1)
        self.password: PasswordCard | None = None
        self.address: Copyable | None = None
        self._shown: tuple[object, ...] = ()

    def show_state(self, state: WizardState) -> None:
        """Show *state*; the same outcome leaves the page as it is."""
        super().show_state(state)
        shown = (state.install.outcome, state.answers, state.tunnel)
        if self._shown == shown:
            return
        self._shown = shown
        clear(self._content)
        self.password = self.address = None
        if state.install.outcome is not None:
            self._show_outcome(state, state.install.outcome)
        tab_as_read(self)

    def _show_outcome(self, state: WizardState, outcome: Outcome) -> None:
        ui, answers = self.ui, state.answers
        closed = _closed(outcome)
        key = "done.sentence" if outcome.changed else "done.sentence_same"
        key = "done.sentence_unknown" if outcome.changed and outcome.here == "unknown" else key
        key = "done.sentence_closed" if closed or outcome.here == "no" else key
        self.show_heading(ui.t("done.heading"), ui.t(key, version=outcome.version))
        self.address = Copyable(
            ui, outcome.url, ui.t("done.copy_address"), lambda text: self.ask(CopyText(text))
        )
        for text in self.address.findChildren(QLabel):
            set_kind(text, "accent")
        self._content.addWidget(self.address)
        if closed is not None:
            self._content.addWidget(self._closed(state, closed))
        if outcome.init_password:
            local = not answers.target.host_kind.remote
            path = f"{answers.docker_folder}/.env"
            self.password = PasswordCard(ui, self, outcome.init_password, path, local=local)
            self._content.addWidget(self.password)
        if _readable_by_others(outcome.url):
            self._content.addLayout(self._reminder())
        self._content.addLayout(column(section(ui.t("done.next")), self._next(outcome)))

    def _closed(self, state: WizardState, found: ReachFound) -> Card:
        """The port is closed from outside: where it is opened, and the way through SSH until then."""
        ui, texts = self.ui, self.ui.texts
        _name, advice = texts.provider(found.provider, port=str(found.port))
        card = Card(tone="warning")
        card.body.addWidget(label(ui.t("done.closed", port=str(found.port)), bold=True, wrap=True))
        card.body.addWidget(hint(advice))
        if state.tunnel.error is not None:
            error = texts.explain(state.tunnel.error.code.value, state.tunnel.error.params, screen=True)
            card.body.addWidget(hint(" ".join(filter(None, (error.what, error.do)))))
        elif state.tunnel.url:
            card.body.addWidget(hint(ui.t("done.tunnel", url=state.tunnel.url)))
        return card

    def _reminder(self) -> QHBoxLayout:
        ui = self.ui
        found = row(space=10)
        found.addWidget(picture(ui.pixmap("triangle-alert", ui.colors.warning)), 0, _TOP)
        found.addWidget(label(ui.t("done.insecure"), "second", wrap=True), 1)
        return found

    def _next(self, outcome: Outcome) -> QWidget:
        ui = self.ui
        first = ui.t("done.next_create") if outcome.first else ui.t("done.next_account")
        first = ui.t("done.next_log_in", email=outcome.account) if outcome.account else first
        card = RowCard()
        lines = (("log-in", first), ("plug", ui.t("done.next_models")), ("monitor", ui.t("done.next_keep")))
        for icon, text in lines:
            line = row(space=SPACE_S + 2)
            line.addWidget(picture(ui.pixmap(icon, ui.colors.second)), 0, _TOP)
            line.addWidget(label(text, wrap=True), 1)
            card.add_row(line)
        return card

    def bar(self, state: WizardState) -> Bar:
        """Dify itself first, the control panel beside it. What is closed from outside opens through SSH."""
        t, outcome = self.ui.t, state.install.outcome
        usual = Bar(back=False, second=t("done.panel"), second_intent=OpenPanel())
        if outcome is not None and _closed(outcome) and not state.tunnel.url:
            note = t("done.connecting") if state.tunnel.opening else ""
            words = t("done.through_ssh")
            return replace(
                usual, primary=words, enabled=not state.tunnel.opening, note=note, intent=OpenThroughSsh()
            )
        url = state.tunnel.url or (outcome.url if outcome else "")
        return replace(usual, primary=t("done.open"), enabled=bool(url), intent=OpenUrl(url))


def _closed(outcome: Outcome) -> ReachFound | None:
    """The first port that the look from outside did not reach."""
    return next((found for found in outcome.reach if found.code), None)


def _readable_by_others(url: str) -> bool:
    """Whether what people type at *url* travels unencrypted through a network."""
    scheme, _, rest = url.partition("://")
    address = rest.partition("/")[0]
    host = address if address.endswith("]") else address.rpartition(":")[0] or address
    return scheme == "http" and bare_host(host) not in _HERE
