"""Named states of every page, for screenshots and for tests of layout and names.

Each module of a page has ``STATES``: name → a function that makes the ``WizardState`` (for the panel, what
``window`` there takes). Data in them is invented; nothing is connected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from installer.views.wizard import Trial, WizardState
from tests.ui.states.login import PASTED
from tests.ui.states.services import SUBJECTS
from ui.widgets.scroll_into_view import SETTLED_MS
from ui.wizard.login.page import LoginPage
from ui.wizard.settings.page import SettingsPage

#: States of Settings whose subject stands under "More settings".
UNFOLDED = ("settings-service", "settings-further")


def unfold(name: str, page: QWidget) -> None:
    """Open what *name*'s subject is folded in; paste what it is about."""
    if name.startswith(UNFOLDED) and isinstance(page, SettingsPage):
        page.more.fold.open(True)
    text = PASTED.get(name.removeprefix("login-host_key_"))
    if text is not None and isinstance(page, LoginPage) and page.host_key.pasted is not None:
        page.host_key.pasted.edit.setText(text)
        page.host_key.pasted.edit.textEdited.emit(text)


def bring_into_sight(name: str, page: QWidget) -> bool:
    """Scroll to what *name* is about, where that is further down: an answer's control, or the result of a
    service test as it comes up when the test ends. Whether something was scrolled."""
    field = SUBJECTS.get(name.removeprefix("settings-"))
    if field is None or not isinstance(page, SettingsPage):
        return False
    page.focus_field(field)
    state = page.state
    if state.trial.found or state.trial.errors:
        QTest.qWait(2 * SETTLED_MS)
        page.show_state(replace(state, trial=Trial()))
        page.show_state(state)
    QTest.qWait(2 * SETTLED_MS)
    return True


PAGES = ("welcome", "where", "login", "checks", "settings", "review", "install", "done", "report")


def wizard_states() -> Mapping[str, Callable[[], WizardState]]:
    """``page-name`` → state, for every page."""
    found: dict[str, Callable[[], WizardState]] = {}
    for page in PAGES:
        for name, make in import_module(f"tests.ui.states.{page}").STATES.items():
            found[f"{page}-{name}"] = make
    for name, make in import_module("tests.ui.states.services").STATES.items():
        found[f"settings-{name}"] = make
    return found
