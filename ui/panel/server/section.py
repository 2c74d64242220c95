"""Server: where Dify runs, what this computer keeps about it, and leaving."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from installer.views.panel import PanelState
from ui.intents import CopyText, ForgetServer
from ui.panel.intents import Disconnect
from ui.panel.overview.facts import fact
from ui.panel.section import ConfirmCard, Notices, Section
from ui.panel.space.removal import RemovalPart
from ui.style.context import Ui
from ui.widgets.basics import Card, RowCard, button, clear, column, hint, icon_button, label, mono, row
from ui.widgets.tab_order import tab_as_read

Fact = tuple[str, str]


class ServerSection(Section):
    """The facts are rebuilt only when one of them changes."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.t("server.title"), ui.t("server.sentence"))
        self._facts: tuple[Fact, ...] = ()
        self.notices = Notices(ui, self.ask)
        self.body.addWidget(self.notices)
        self.card = RowCard()
        self.body.addWidget(self.card)
        self.disconnect_button = button(ui.t("server.disconnect"), lambda: self.ask(Disconnect()), "outline")
        self.forget = button(ui.t("server.forget"), self._ask_forget)
        self.confirm = ConfirmCard(ui)
        self.body.addWidget(self._way(self.disconnect_button, ui.t("server.disconnect_about")))
        self.forget_way = self._way(self.forget, ui.t("server.forget_about"))
        self.body.addWidget(self.forget_way)
        self.body.addWidget(self.confirm)
        self.removal = RemovalPart(ui, self.ask)
        self.remove_way = self._way(self.removal.begin, ui.t("server.remove_about"))
        self.body.addWidget(self.remove_way)
        self.body.addWidget(self.removal)
        self.body.addStretch(1)

    def _way(self, shown: QWidget, about: str) -> Card:
        card = Card(margins=14)
        line = row()
        line.addWidget(label(about, wrap=True), 1)
        line.addWidget(shown)
        card.body.addLayout(line)
        return card

    def show_state(self, state: PanelState, now: float) -> None:
        super().show_state(state, now)
        self.notices.show_state(state, now)
        self.forget_way.setVisible(bool(state.server_id))
        self.removal.show_removal(state, now)
        there = state.status is not None and state.status.state != "absent"
        self.remove_way.setVisible(there and self.removal.idle)
        facts = self._of(state)
        if facts != self._facts:
            self._facts = facts
            clear(self.card.body)
            for name, value in facts:
                self.card.add_row(self._line(name, value))
            tab_as_read(self)

    def _of(self, state: PanelState) -> tuple[Fact, ...]:
        answers, target = state.answers, state.answers.target
        found: list[Fact] = [("kind", self.ui.t(f"server.kind_{target.host_kind.text_key}"))]
        if target.host_kind.remote:
            host = f"[{target.host}]" if ":" in target.host else target.host
            found += [("host", f"{host}:{target.port}"), ("user", target.user)]
            found += [("jump", target.jump)] if target.jump else []
            found += [("fingerprint", state.fingerprint)] if state.fingerprint else []
        found += [("folder", answers.directory), ("project", answers.project), ("files", state.home)]
        return tuple(found)

    def _line(self, name: str, value: str) -> QWidget:
        ui, holder = self.ui, QWidget()
        hinted = name in ("fingerprint", "files")
        shown = mono(value) if name not in ("kind",) else label(value, wrap=True)
        shown.setAccessibleName(f"{ui.t(f'server.{name}')}: {value}")  # the tab key comes past the caption
        content = QWidget()
        inner = column(shown, hint(ui.t(f"server.{name}_hint")), space=2) if hinted else column(shown)
        content.setLayout(inner)
        more = []
        if name in ("folder", "fingerprint"):
            copy = ui.t(f"server.copy_{name}")
            more.append(icon_button(ui, "copy", copy, lambda: self.ask(CopyText(value))))
        holder.setLayout(fact(ui.t(f"server.{name}"), content, *more))
        return holder

    def _ask_forget(self) -> None:
        ui = self.ui
        if self.state is None:
            return
        server_id, host = self.state.server_id, self.state.answers.target.host
        name = self.state.name or host or ui.t("common.this_computer")
        self.confirm.question_for(
            ui.t("server.forget_question", name=name),
            ui.t("server.forget_detail"),
            ui.t("server.forget_yes"),
            ui.t("server.forget_no"),
            lambda: self.ask(ForgetServer(server_id)),
        )
