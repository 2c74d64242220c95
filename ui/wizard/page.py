"""The contract between a page and the window.

A page shows a state (``show_state``), asks for edits of it (``edited``: state → state) and for everything
else by intents (``asked``). It never navigates, starts a thread or waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar, Self, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from installer.views.wizard import PageId, WizardState, can_go_back, missing
from ui.intents import Edit, Intent
from ui.style.context import Ui
from ui.widgets.basics import Card
from ui.widgets.column import Column
from ui.widgets.scroll_into_view import reveal
from ui.window.bottom_bar import Bar


class Page(Column):
    """A page of the wizard. Subclasses set ``page`` and override ``show_state`` and ``bar``."""

    page: ClassVar[PageId]
    edited = Signal(object)
    asked = Signal(object)
    #: What ``bar`` or ``first_focus`` says is another thing now, though the state is the same.
    bar_changed = Signal()

    def __init__(self, ui: Ui, heading: str, sentence: str = "", *, wide: bool = False) -> None:
        super().__init__(heading, sentence, wide=wide)
        self.ui = ui
        self.state = WizardState()

    @classmethod
    def in_pieces(cls, ui: Ui, parent: QWidget | None = None) -> Iterator[Self | None]:
        """The page, after as many None as there are pieces of work before it: one that takes long to make
        must not hold the window up. It becomes a part of *parent*: where it is filled only there, its styles
        are worked out once."""
        page = cast(Callable[[Ui], Self], cls)(ui)  # pages have their own headings
        page.wait_in(parent)
        yield page

    def wait_in(self, parent: QWidget | None) -> None:
        """Become a hidden child of *parent*: otherwise it would be shown together with a window that is not
        visible at the moment."""
        self.setParent(parent)
        self.hide()

    def edit(self, change: Edit) -> None:
        """Ask for an edit of the state."""
        self.edited.emit(change)

    def ask(self, intent: Intent) -> None:
        """Ask for *intent*."""
        self.asked.emit(intent)

    def show_state(self, state: WizardState) -> None:
        """Show *state*. Must not emit ``edited``."""
        self.state = state

    def bar(self, state: WizardState) -> Bar:
        """The bottom bar for *state*; here the usual one."""
        lacking = missing(state, self.page)
        note = self.missing_text(lacking[0].key, **lacking[0].params) if lacking else ""
        return Bar(
            self.ui.t("shell.next"),
            enabled=not lacking and state.work.busy is None,
            note="" if state.work.busy else note,
            back=can_go_back(state),
        )

    def missing_text(self, key: str, **params: str) -> str:
        """The sentence for something that is missing."""
        return self.ui.missing(key, params)

    def news(self, before: WizardState) -> str:
        """What is to be said to people who cannot see what came up since *before*; mostly nothing."""
        return ""

    def first_focus(self) -> QWidget | None:
        """What has the focus when the page comes up; None: the primary button, once it can be used."""
        return None

    def reveal_problem(self) -> None:
        """Scroll to the card that says what went wrong."""
        for card in self.findChildren(Card):
            if card.isVisibleTo(self) and card.property("tone") in ("stop", "warning"):
                reveal(card)
                return

    def focus_field(self, field: str) -> None:
        """Put the focus into the control of answer *field*, if there is one."""
