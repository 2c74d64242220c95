"""Address, how HTTPS is made, and the ports of the web page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QVBoxLayout, QWidget

from installer.answers import Answers, Ports
from installer.answers.tls_modes import MODES, TlsMode, mode_named
from installer.views.wizard import WizardState
from installer.views.wizard.https import Reach, behind, choose_https, open_to_all
from ui.style.context import Ui
from ui.style.theme import SPACE_M
from ui.widgets.basics import button, hint, label, row, section
from ui.widgets.choice import ChoiceCard, ChoiceRow
from ui.widgets.field import Field
from ui.widgets.scroll_into_view import reveal
from ui.wizard.settings.dns_card import DnsCard
from ui.wizard.settings.https.authority import AuthorityPanel
from ui.wizard.settings.https.browsers import BrowsersPanel
from ui.wizard.settings.https.front import AskPath, FrontPanel, ask_path
from ui.wizard.settings.https.own import OwnPanel
from ui.wizard.settings.https.panel import Panel
from ui.wizard.settings.section import ChooseFile, PortBox, Problems, Section, show_trimmed

#: As their cards are shown.
_CARDS = tuple(sorted(MODES, key=lambda mode: mode.position))
#: What few people need: shown on demand, or when one of them is chosen.
_FURTHER = tuple(mode.name for mode in _CARDS if mode.further)
_ACROSS = 3


class AddressSection(Section):
    """The panel for a field of ``[tls]`` is made when a mode that counts it is chosen first. *choose_file*
    and *ask_path* open the system dialogs; tests put others in their place."""

    def __init__(self, ui: Ui, choose_file: ChooseFile | None = None, ask_path: AskPath = ask_path) -> None:
        super().__init__(ui)
        self._all = False
        #: where Dify was published before it went behind a web server, and where it was put then
        self._moved: tuple[Reach, Reach] | None = None
        self._makers: dict[str, Callable[[], Panel]] = {
            "certificate": lambda: OwnPanel(ui, choose_file),
            "acme_server": lambda: AuthorityPanel(ui),
            "proxy_install": lambda: FrontPanel(ui, ask_path),
        }
        self.panels: dict[str, Panel] = {}
        self.address = Field(ui, ui.t("settings.address"), note=ui.t("settings.address_note"))
        self.address.typed.connect(lambda text: self._site(text.strip()))
        self.https, self.http = PortBox(ui, ui.t("settings.https")), PortBox(ui, ui.t("settings.http"))
        self.https.chosen.connect(lambda port: self._ports(lambda ports: replace(ports, https=port)))
        self.http.chosen.connect(lambda port: self._ports(lambda ports: replace(ports, http=port)))
        self.mode = ChoiceRow([(mode.name, self._card(mode)) for mode in _CARDS], columns=_ACROSS)
        self.mode.setAccessibleName(ui.t("settings.https_title"))
        self.mode.chosen.connect(self._choose_mode)
        self.more = button("", self._turn, "link")
        self.about = hint()
        self.inside = hint(ui.t("settings.inside_only"))
        self.open_up = button(ui.t("settings.open_up"), lambda: self.edited.emit(open_to_all), "link")
        self.dns = DnsCard(ui, self.ask)
        self.browsers = BrowsersPanel(ui)
        self.browsers.edited.connect(self.edited)
        self.controls |= {
            "site.address": self.address,
            "ports.https": self.https,
            "ports.http": self.http,
        }
        self._lay_out()
        self._unfold(False)

    def _card(self, mode: TlsMode) -> ChoiceCard:
        title, text = (self.ui.t(f"settings.https_{mode.text_key}{end}") for end in ("", "_text"))
        return ChoiceCard(self.ui, title, text, icon=mode.icon)

    def _lay_out(self) -> None:
        line = row(space=SPACE_M)
        line.addWidget(self.address, 5)
        line.addWidget(self.https, 3)
        line.addWidget(self.http, 3)
        self.column.addWidget(section(self.ui.t("settings.address_title")))
        self.column.addLayout(line)
        self.column.addWidget(self.inside)
        self.column.addLayout(row(self.open_up, None))
        self.column.addSpacing(4)
        self.column.addWidget(label(self.ui.t("settings.https_title"), bold=True, wrap=True))
        self.column.addWidget(self.mode)
        self.column.addLayout(row(self.more, None))
        self.column.addWidget(self.about)
        self.column.addWidget(self.dns)
        self.place = QWidget()
        inside = QVBoxLayout(self.place)
        inside.setContentsMargins(0, 0, 0, 0)
        self.column.addWidget(self.place)
        self.column.addWidget(self.browsers)
        self.foot = self.browsers

    # -------------------------------------------------------------------- edits

    def _choose_mode(self, mode: str) -> None:
        """Behind a web server Dify is published elsewhere; with another way it comes back from there."""
        state, reach, in_front = self.state, None, mode_named(mode).in_front
        if in_front and not state.answers.tls.way.in_front:
            reach = behind(state)
            self._moved = Reach.of(state.answers), reach
        elif not in_front and self._moved is not None:
            before, put = self._moved
            reach = before if Reach.of(state.answers) == put else None
            self._moved = None
        self.edited.emit(lambda state: choose_https(state, mode, reach))

    def _site(self, address: str) -> None:
        self.edit_answers(lambda a: replace(a, site=replace(a.site, address=address)))

    def _ports(self, change: Callable[[Ports], Ports]) -> None:
        self.edit_answers(lambda a: replace(a, ports=change(a.ports)))

    def _turn(self) -> None:
        self._unfold(not self._all)
        if self._all:  # the further ways come up above the button
            reveal(self.more)
            reveal(self.mode.cards[_FURTHER[0]])

    def _unfold(self, every: bool) -> None:
        self._all = every
        for mode in _FURTHER:
            self.mode.cards[mode].setVisible(every)
        self.more.setText(self.ui.t("settings.https_fewer" if every else "settings.https_more"))

    # -------------------------------------------------------------------- state

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state* and what its way of making HTTPS asks."""
        super().show_state(state, problems)
        answers, mode = state.answers, state.answers.tls.mode
        way = answers.tls.way
        self.mode.show_choice(mode)
        if mode in _FURTHER and not self._all:
            self._unfold(True)
        self.more.setVisible(mode not in _FURTHER)  # what is chosen is not hidden
        self.address.edit.setPlaceholderText(replace(answers, site=Answers().site).site_address)
        show_trimmed(self.address, answers.site.address)
        self.http.show_port(answers.ports.http)
        self.https.show_port(answers.ports.https)
        self.https.setVisible(way.serves)
        for name in ("site.address", "ports.https", "ports.http"):
            self.show_problem(name, problems)
        self._show_reach(state)
        self.about.setText(self.ui.t(f"settings.https_{way.text_key}_about") if way.explained else "")
        self.about.setVisible(bool(self.about.text()))
        self.rebuilt |= self.dns.show_state(state)
        self._show_panels(state, problems)

    def _show_reach(self, state: WizardState) -> None:
        """The way out where only the machine itself reaches the web server."""
        inside = state.answers.site.inside_only and not state.answers.tls.way.in_front
        self.inside.setVisible(inside)
        self.open_up.setVisible(inside)

    def _show_panels(self, state: WizardState, problems: Problems) -> None:
        for field, make in self._makers.items():
            if field in state.answers.tls.way.fields and field not in self.panels:
                self._add_panel(field, make())
        for panel in (*self.panels.values(), self.browsers):
            panel.setVisible(panel.counts(state.answers.tls))
            panel.show_state(state, problems)

    def _add_panel(self, field: str, panel: Panel) -> None:
        self.panels[field] = panel
        panel.edited.connect(self.edited)
        panel.asked.connect(self.asked)
        layout = self.place.layout()
        assert isinstance(layout, QVBoxLayout)  # noqa: S101  (made above)
        layout.addWidget(panel)
        self.rebuilt = True

    def control(self, field: str) -> QWidget | None:
        """The control of *field* in the panel of the way that is chosen; else the way itself."""
        chosen = self.mode.cards[self.state.answers.tls.way.name]
        if field == "tls.mode" or (field == "ports.https" and self.https.isHidden()):
            return chosen
        panels = (*self.panels.values(), self.browsers)
        found = super().control(field) or next((c for p in panels if (c := p.control(field))), None)
        if found is None and field.startswith(("tls.", "secrets.tls_")):
            return chosen
        return found
