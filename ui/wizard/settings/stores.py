"""The vector store: the usual ones as cards, the others on demand; or an external one."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QWidget

from installer.views.wizard import WizardState
from ui.style.context import Ui
from ui.widgets.basics import button, column, hint, row, section
from ui.widgets.choice import ChoiceCard, ChoiceRow
from ui.widgets.combo import ComboField
from ui.widgets.scroll_into_view import reveal
from ui.wizard.settings.external_service import OwnService, name_of, offers
from ui.wizard.settings.group import side_by_side
from ui.wizard.settings.section import Problems, Section

USUAL = ("weaviate", "qdrant", "pgvector")
_ACROSS = 3


class StoreSection(Section):
    """The cards are rebuilt only for a release that offers other stores."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
        heading, _, about = ui.texts.what_is_a_store().partition(": ")
        explained = hint(about)
        explained.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head = row(section(heading))
        head.addWidget(explained, 1)
        self._heading = heading
        self._offered: tuple[str, ...] = ()
        self._all = False
        self.stores = ChoiceRow(())
        self.more = button("", self._turn, "link")
        self.own = QCheckBox(ui.t("settings.store_own"))
        self.own.clicked.connect(self._take_own)
        self.kind = ComboField(ui, ui.t("settings.store_kind"))
        self.kind.chosen.connect(self._choose)
        self.kinds = QWidget()
        self.kinds.setLayout(side_by_side(self.kind, column()))
        self.service = OwnService(ui, "stores")
        self.adopt(self.service)
        self._before = ""  # the one beside Dify that was chosen last
        self.column.addLayout(head)
        self.column.addWidget(self.stores)
        self.column.addLayout(row(self.more, None))
        for part in (self.own, self.kinds, self.service):
            self.column.addWidget(part)
        self.controls["stores.external"] = self.own

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*."""
        super().show_state(state, problems)
        offered = state.release.model.stores if state.release.model else self._offered or USUAL
        if offered != self._offered:
            self._offered = offered
            self._build(offered)
        stores, chosen = state.answers.stores, state.answers.stores.vector
        self._show_own(state, problems)
        self.stores.setVisible(not stores.external)
        self.more.setVisible(bool(self._hidden) and not stores.external)
        if stores.external:
            self.controls["stores.vector"] = self.kind
            return
        self._before = chosen
        self.stores.show_choice(chosen)
        if chosen in self._hidden and not self._all:
            self._unfold(True)
        self.controls["stores.vector"] = self.stores.cards.get(chosen) or next(
            iter(self.stores.cards.values())
        )

    def _show_own(self, state: WizardState, problems: Problems) -> None:
        stores = state.answers.stores
        self.own.setChecked(stores.external)
        self.kinds.setVisible(stores.external)
        if stores.external:
            named = [(name_of("stores", kind), kind) for kind in offers(state, "stores", stores.vector)]
            self.kind.show_items(sorted(named, key=lambda item: item[0].casefold()))
            self.kind.show_value(stores.vector)
        self.service.show_service(state, stores.vector if stores.external else "", problems)
        self.note_rebuilt(self.service)

    def control(self, field: str) -> QWidget | None:
        """Also the connection fields of an external store; the switch for those that are not shown."""
        found = super().control(field) or self.service.control(field)
        return found or (self.own if field.startswith(("stores.settings", "secrets.stores")) else None)

    def _build(self, offered: tuple[str, ...]) -> None:
        usual = [name for name in USUAL if name in offered] or list(offered[:_ACROSS])
        self._hidden = tuple(name for name in offered if name not in usual)
        made = ChoiceRow([(name, self._card(name)) for name in (*usual, *self._hidden)], columns=_ACROSS)
        made.setAccessibleName(self._heading)
        made.chosen.connect(self._choose)
        self.column.replaceWidget(self.stores, made)
        self.stores.hide()
        self.stores.deleteLater()
        self.stores = made
        made.show()
        self.rebuilt = True
        self._unfold(self._all)

    def _card(self, name: str) -> ChoiceCard:
        text = self.ui.texts.store(name)
        mark = self.ui.t("settings.store_default") if name == USUAL[0] else ""
        return ChoiceCard(self.ui, text.name, f"{text.about}\n{text.who}", mark=mark)

    def _turn(self) -> None:
        self._unfold(not self._all)
        if self._all:  # the further stores come up above the button
            reveal(self.more)
            reveal(self.stores.cards[self._hidden[0]])

    def _unfold(self, every: bool) -> None:
        self._all = every
        for name in self._hidden:
            self.stores.cards[name].setVisible(every)
        count = self.ui.count(len(self._hidden))
        text = self.ui.t("settings.fewer_stores") if every else self.ui.t("settings.more_stores", count=count)
        self.more.setText(text)
        self.more.setVisible(bool(self._hidden) and not self.state.answers.stores.external)

    def _choose(self, store: str) -> None:
        self.edit_answers(lambda a: replace(a, stores=replace(a.stores, vector=store)))

    def _take_own(self, on: bool) -> None:
        """Back beside Dify it is the one that was chosen there before, or the usual one."""
        chosen = self.state.answers.stores.vector
        if not on and chosen not in self._offered:
            chosen = self._before if self._before in self._offered else next(iter(self._offered), USUAL[0])
        self.edit_answers(lambda a: replace(a, stores=replace(a.stores, vector=chosen, external=on)))
