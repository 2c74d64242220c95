"""Overview: how Dify is, where it is, and what can be done with it as a whole."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from installer.core.formatting import moment_or_time
from installer.release.advisories import advisories
from installer.views.panel import PanelState, headline, may_all
from installer.views.service_rows import Row, counts, rows
from ui.intents import CopyText, OpenUrl
from ui.panel.intents import Disconnect, InstallHere, RunAction, ShowSection
from ui.panel.overview.advisories_card import HolesCard
from ui.panel.overview.facts import GeneralRows, fact, place_text
from ui.panel.overview.outside_check import OutsideLine
from ui.panel.section import Notices, Section
from ui.style.context import Ui
from ui.widgets.basics import RowCard, button, clear, column, icon_button, label, row
from ui.widgets.flow_row import FlowRow
from ui.widgets.pill import Pill, Tone

_ICONS = {
    "running": "circle-check",
    "degraded": "triangle-alert",
    "stopped": "power",
    "absent": "circle-minus",
    "looking": "clock",
}
_GROUP_ICONS = {
    "starting": "clock",
    "changing": "rotate-cw",
    "stopped": "power",
    "unknown": "circle-question-mark",
}


def pills(ui: Ui, found: tuple[Row, ...]) -> list[Pill]:
    """How many containers are how."""
    made = []
    for count in counts(found):
        text = ui.t(f"containers.count_{count.group}", count=ui.count(count.number))
        made.append(Pill(ui, count.tone, text, icon=_GROUP_ICONS.get(count.group, "")))
    return made


class PillRow(QWidget):
    """Pills that are rebuilt only when they change."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._shown: object = None
        self._layout = FlowRow(self)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_rows(self, found: tuple[Row, ...]) -> None:
        """Show the pills for *found*."""
        wanted = counts(found)
        if wanted == self._shown:
            return
        self._shown = wanted
        clear(self._layout)
        for pill in pills(self._ui, found):
            self._layout.addWidget(pill)
            pill.show()


class OverviewSection(Section):
    """See the module."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, "", " ")
        self._words: tuple[str, str] = ("", "")
        self._icon = QLabel()
        self._icon.setFixedSize(30, 30)
        self.notices = Notices(ui, self.ask)
        self.restart = button(ui.t("overview.restart"), self.notices.ask_restart, "outline")
        self.stop = button(ui.t("overview.stop"), lambda: self.notices.ask_stop(()))
        self.start = button(ui.t("overview.start"), lambda: self.ask(RunAction("start")), "primary")
        self.compose_head(self._icon, None, self.restart, self.stop, self.start)
        self.body.addWidget(self.notices)
        self.absent = self._absent()
        self.body.addWidget(self.absent)
        self.holes: HolesCard | None = None
        self._holes = column()
        self.body.addLayout(self._holes)
        self.facts = self._facts()
        self.body.addWidget(self.facts)
        self.body.addLayout(self.general.under)
        self.body.addStretch(1)
        self.general.begin()

    def _absent(self) -> QWidget:
        card = RowCard()
        self.install = button(self.ui.t("overview.install"), lambda: self.ask(InstallHere()), "primary")
        self.leave = button(self.ui.t("overview.disconnect"), lambda: self.ask(Disconnect()), "outline")
        new, other = (label(self.ui.t(f"overview.absent_{name}"), wrap=True) for name in ("new", "other"))
        card.add_row(column(new, row(self.install, None)))
        card.add_row(column(other, row(self.leave, None)))
        card.hide()
        return card

    def _facts(self) -> RowCard:
        ui, card = self.ui, RowCard()
        self.address = label(size=1.1, bold=True, wrap=True)
        self.address.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy = icon_button(ui, "copy", ui.t("overview.copy_address"), self._copy)
        self.open = button(f" {ui.t('overview.open')}", self._open, "primary")
        self._address_row = self._fact(card, "address", self.address, self.copy, self.open)
        self.outside = OutsideLine(ui, self.ask)
        self._outside_row = self._fact(card, "outside", self.outside, self.outside.look, self.outside.tunnel)
        self.pills = PillRow(ui)
        self.more = button(ui.t("overview.show_containers"), lambda: self.ask(ShowSection("containers")))
        self._containers_row = self._fact(card, "containers", self.pills, self.more)
        self.general = GeneralRows(ui, card, self.ask)
        return card

    def _fact(self, card: RowCard, name: str, value: QWidget, *more: QWidget) -> QWidget:
        return card.add_row(fact(self.ui.t(f"overview.{name}"), value, *more))

    def _copy(self) -> None:
        if self.state and self.state.status:
            self.ask(CopyText(self.state.status.url))

    def _open(self) -> None:
        if self.state and self.state.status:
            self.ask(OpenUrl(self.state.status.url))

    # ------------------------------------------------------------------- show

    def show_state(self, state: PanelState, now: float) -> None:
        super().show_state(state, now)
        status = state.status
        found = rows(state, now)
        self._show_headline(state, found)
        self.notices.show_state(state, now)
        absent = status is not None and status.state == "absent"
        self.absent.setVisible(absent)
        self.install.setEnabled(state.lost is None and not state.acting)
        self.facts.setVisible(not absent)
        self.address.setText(status.url if status else "")
        for holder in (self._address_row, self._containers_row, self.general.version_row):
            self.facts.show_row(holder, status is not None)
        self._show_holes(status.version if status else "")
        self.general.show_state(state, now)
        self.pills.show_rows(found)
        up = status is not None and status.state in ("running", "degraded")
        self._offer_open(up)
        self.facts.show_row(self._outside_row, up and state.answers.target.host_kind.seen_from_outside)
        self.outside.show_state(state)
        self._show_buttons(state)

    def _show_holes(self, version: str) -> None:
        """The warning is made when there is a reason for it."""
        if self.holes is None and advisories(version):
            self.holes = HolesCard(self.ui, self.ask)
            self._holes.addWidget(self.holes)
        if self.holes is not None:
            self.holes.show_version(version)

    def _offer_open(self, may: bool) -> None:
        c = self.ui.colors
        self.open.setEnabled(may)
        self.open.setIcon(self.ui.icon("external-link", c.on_accent if may else c.disabled))

    def _show_buttons(self, state: PanelState) -> None:
        status, may = state.status, may_all(state)
        there = status is not None and status.state != "absent"
        stopped = status is not None and status.state == "stopped"
        self.restart.setVisible(there and not stopped)
        self.stop.setVisible(there and not stopped)
        self.start.setVisible(there and stopped)
        pairs: tuple[tuple[QPushButton, str], ...] = (
            (self.restart, "restart"),
            (self.stop, "stop"),
            (self.start, "start"),
        )
        for shown, action in pairs:
            shown.setEnabled(action in may)

    def _show_headline(self, state: PanelState, found: tuple[Row, ...]) -> None:
        word, tone = headline(state)
        version = state.status.version if state.status else ""
        said = (self.ui.t(f"overview.state_{word}", version=version), self._about(word, state, found))
        if said == self._words:
            return
        self._words = said
        self.show_heading(*said)
        self._icon.setPixmap(self._picture(word, tone))

    def _picture(self, word: str, tone: Tone) -> QPixmap:
        icon = _ICONS.get(word, "rotate-cw" if word.startswith("act_") else "circle-question-mark")
        return self.ui.pixmap(icon, str(getattr(self.ui.colors, tone)), 28)

    def _about(self, word: str, state: PanelState, found: tuple[Row, ...]) -> str:
        if word == "unknown":
            seen = moment_or_time(state.seen_at)
            return (
                self.ui.t("overview.about_unknown", time=seen)
                if state.status
                else self.ui.t("overview.about_never")
            )
        bad = [r.service for r in found if r.tone in ("stop", "warning") and r.word != "starting"]
        return self.ui.t(
            f"overview.about_{word}",
            services=", ".join(bad),
            directory=state.answers.directory,
            place=place_text(self.ui, state),
        )

    def first_focus(self) -> QWidget | None:
        buttons = (self.open, self.install)
        return next((b for b in buttons if b.isVisible() and b.isEnabled()), None)
