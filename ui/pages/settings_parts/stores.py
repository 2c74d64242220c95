"""The vector store: the usual ones as cards, the others on demand."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt

from installer.wizard import WizardState
from ui.context import Ui
from ui.pages.settings_parts.base import Problems, Section
from ui.widgets.basics import button, hint, row, section
from ui.widgets.choice import ChoiceCard, ChoiceRow

USUAL = ("weaviate", "qdrant", "pgvector")
_ACROSS = 3


class StoreSection(Section):
    """Made anew only for a release that offers other stores."""

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
        self.more = button("", lambda: self._unfold(not self._all), "link")
        self.column.addLayout(head)
        self.column.addWidget(self.stores)
        self.column.addLayout(row(self.more, None))

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*."""
        super().show_state(state, problems)
        offered = state.obtained.model.stores if state.obtained else self._offered or USUAL
        if offered != self._offered:
            self._offered = offered
            self._build(offered)
        chosen = state.answers.stores.vector
        self.stores.show_choice(chosen)
        if chosen in self._hidden and not self._all:
            self._unfold(True)
        self.controls["stores.vector"] = self.stores.cards.get(chosen) or next(
            iter(self.stores.cards.values())
        )

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

    def _unfold(self, every: bool) -> None:
        self._all = every
        for name in self._hidden:
            self.stores.cards[name].setVisible(every)
        count = self.ui.count(len(self._hidden))
        text = self.ui.t("settings.fewer_stores") if every else self.ui.t("settings.more_stores", count=count)
        self.more.setText(text)
        self.more.setVisible(bool(self._hidden))

    def _choose(self, store: str) -> None:
        self.edit_answers(lambda a: replace(a, stores=replace(a.stores, vector=store)))
