"""What unfolds, or comes up below, is in sight at once in a small window, by mouse and by keyboard, and the
focus is where a person who uses the keyboard expects it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from installer.core.errors import Code, InstallError
from installer.views.panel import Removal
from installer.views.wizard import Failure, Trial
from tests.ui.page_probe import Probe
from tests.ui.preview import settle, throw_away
from tests.ui.states import panel, wizard_states
from tests.ui.states.welcome import with_welcome
from ui.panel.server.section import ServerSection
from ui.panel.space.section import SpaceSection
from ui.widgets.scroll_into_view import SETTLED_MS
from ui.wizard.install.page import InstallPage
from ui.wizard.review.page import ReviewPage
from ui.wizard.review.repairs import RepairStep
from ui.wizard.settings.page import SettingsPage

STATES = wizard_states()
WIDTH, HEIGHT = 900, 640
#: At least as much of what came up is seen, in pixels: its first line.
LINE = 20
both_languages = pytest.mark.parametrize("language", ["en", "ja"])


@dataclass
class Small:
    """A small window with a scroll area."""

    bot: QtBot
    window: QWidget
    area: QScrollArea

    def top(self, part: QWidget) -> int:
        """Where *part* begins in the viewport, in pixels."""
        return part.mapTo(self.area.viewport(), QPoint()).y()

    def sees(self, part: QWidget, *, height: int = LINE) -> bool:
        """Whether the first *height* pixels of *part*, or all of it, are inside the viewport."""
        needed = min(height, part.height())
        return part.isVisible() and 0 <= self.top(part) <= self.area.viewport().height() - needed

    def to_the_edge(self, part: QWidget) -> None:
        """Scroll so that *part* is the last thing in sight, as far as the page is long enough."""
        bar = self.area.verticalScrollBar()
        bar.setValue(bar.value() + self.top(part) + part.height() - self.area.viewport().height() + 2)

    def unfolds(self, toggle: QPushButton, part: QWidget, focus: QWidget | None = None) -> None:
        """*toggle* shows *part* in sight, and *focus* (else *toggle*) has the focus; pressed again it hides
        *part*."""
        wanted = focus or toggle
        for press in (_click, _space):
            assert not part.isVisible()
            self.to_the_edge(toggle)
            toggle.setFocus(Qt.FocusReason.TabFocusReason)
            press(toggle)
            self.comes_into_sight(part)
            assert self.window.focusWidget() is wanted, toggle.text()
            if wanted is toggle:
                assert self.sees(toggle, height=toggle.height()), toggle.text()
            press(toggle)
            self.bot.waitUntil(lambda: not part.isVisible())

    def comes_into_sight(self, part: QWidget) -> None:
        """Wait until *part* was scrolled to."""
        self.bot.wait(2 * SETTLED_MS)
        self.bot.waitUntil(lambda: self.sees(part, height=min(part.height(), self.area.height() // 2)))


def _click(button: QPushButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def _space(button: QPushButton) -> None:
    QTest.keyClick(button, Qt.Key.Key_Space)


def small(qtbot: QtBot, name: str, language: str) -> tuple[Probe, Small]:
    """A page of the wizard in a small window."""
    probe = Probe(qtbot, STATES[name](), language)
    settle(probe.shell, WIDTH, HEIGHT)
    return probe, Small(qtbot, probe.shell, probe.page.area)


@both_languages
def test_folds_of_settings(qtbot: QtBot, language: str) -> None:
    probe, window = small(qtbot, "settings-authority", language)
    page = probe.page
    assert isinstance(page, SettingsPage)
    window.unfolds(page.version.by_hand.toggle, page.version.by_hand.content)
    window.unfolds(page.version.news, page.version.notes)
    window.unfolds(page.version.other, page.version.choice, page.version.choice)
    fold = page.address.panels["acme_server"].fold  # type: ignore[attr-defined]
    fold.open(False)
    window.unfolds(fold.toggle, fold.content)
    window.unfolds(page.more.fold.toggle, page.more.fold.content)
    page.more.fold.open(True)
    settle(probe.shell, WIDTH, HEIGHT)
    window.unfolds(page.more.open_table, page.more.table, page.more.table.focusProxy())


@both_languages
def test_the_fold_of_a_service_of_ones_own(qtbot: QtBot, language: str) -> None:
    probe, window = small(qtbot, "settings-service_store", language)
    page = probe.page
    assert isinstance(page, SettingsPage) and page.stores.service.fields is not None
    fold = page.stores.service.fields.more
    window.unfolds(fold.toggle, fold.content)


@both_languages
def test_further_ways_and_stores_come_up_above_their_button(qtbot: QtBot, language: str) -> None:
    probe, window = small(qtbot, "settings-newest", language)
    page = probe.page
    assert isinstance(page, SettingsPage)
    for section, cards in ((page.address, page.address.mode.cards), (page.stores, page.stores.stores.cards)):
        card = next(card for card in cards.values() if not card.isVisible())
        for press in (_click, _space):
            window.to_the_edge(section.more)
            section.more.setFocus(Qt.FocusReason.TabFocusReason)
            press(section.more)
            window.comes_into_sight(card)
            assert window.sees(card, height=card.height())
            assert probe.shell.focusWidget() is section.more
            press(section.more)
            assert not card.isVisible()


@both_languages
def test_folds_of_install(qtbot: QtBot, language: str) -> None:
    probe, window = small(qtbot, "install-two-causes", language)
    page = probe.page
    assert isinstance(page, InstallPage) and page.cause.also is not None
    window.unfolds(page.unfold, page.log)
    window.unfolds(page.cause.also.unfold, page.cause.also.inside)


@both_languages
def test_folds_of_review(qtbot: QtBot, language: str) -> None:
    probe, window = small(qtbot, "review-repairs", language)
    page = probe.page
    assert isinstance(page, ReviewPage)
    step = page.findChildren(RepairStep)[-1]
    window.unfolds(step.toggle, step.contents)
    window.unfolds(page.unfold, page.files)


@both_languages
@pytest.mark.parametrize(
    ("section", "button"),
    [("overview", "stop"), ("server", "forget"), ("space", "clean")],
)
def test_questions_of_the_panel(
    qtbot: QtBot, section: Literal["overview", "server", "space"], button: str, language: str
) -> None:
    name = {"overview": "running", "server": "known", "space": "shown"}[section]
    window = panel.window(section, name, language, "light")
    settle(window, WIDTH, HEIGHT)
    shown_here = window.view.current
    has_own = isinstance(shown_here, ServerSection | SpaceSection)
    confirm = shown_here.confirm if has_own else shown_here.notices.confirm  # type: ignore[attr-defined]
    pressed = getattr(shown_here, button)
    page = Small(qtbot, window, shown_here.area)
    for press in (_click, _space):
        page.to_the_edge(pressed)
        pressed.setFocus(Qt.FocusReason.TabFocusReason)
        press(pressed)
        page.comes_into_sight(confirm)
        assert window.focusWidget() is confirm.no and page.sees(confirm, height=confirm.height())
        QTest.keyClick(confirm.no, Qt.Key.Key_Escape)
        assert not confirm.isVisible() and window.focusWidget() is pressed
    throw_away(window)


@both_languages
@pytest.mark.parametrize(
    "name", ["settings-service_refused", "settings-service_well", "settings-service_lost"]
)
def test_the_result_of_a_service_test(qtbot: QtBot, name: str, language: str) -> None:
    probe, window = small(qtbot, "settings-service_trying", language)
    page, ended = probe.page, STATES[name]()
    assert isinstance(page, SettingsPage)
    page.more.fold.open(True)
    settle(probe.shell, WIDTH, HEIGHT)
    service = next(g.service for g in page.more.groups if g.part == "database")  # type: ignore[attr-defined]
    trial = service.trial
    window.to_the_edge(trial.stop)
    trial.stop.setFocus()
    probe.show(ended)
    window.comes_into_sight(trial.found)
    assert window.sees(trial.found, height=trial.found.height())
    assert probe.shell.focusWidget() is trial.begin and page.state.trial != Trial()


@both_languages
@pytest.mark.parametrize("name", ["welcome-full", "where-server", "where-local"])
def test_a_failure_below_the_edge(qtbot: QtBot, name: str, language: str) -> None:
    probe, window = small(qtbot, name, language)
    page, state = probe.page, probe.view.state
    page.setFixedHeight(200)
    qtbot.waitUntil(lambda: page.area.verticalScrollBar().maximum() > 0)
    error = InstallError(Code.SSH_CONNECTION_LOST, {"host": "203.0.113.5", "port": "22"})
    if name == "where-local":  # no failure: what the page itself sees
        assert state.local is not None
        probe.show(replace(state, local=replace(state.local, error=error)))
    else:
        probe.show(replace(state, work=replace(state.work, failure=Failure(state.page, error))))
    window.comes_into_sight(page.cause)  # type: ignore[attr-defined]


def test_the_card_of_a_server_below_the_edge(qtbot: QtBot) -> None:
    probe, window = small(qtbot, "welcome-full", "en")
    page = probe.page
    page.setFixedHeight(200)
    qtbot.waitUntil(lambda: page.area.verticalScrollBar().maximum() > 0)
    before = probe.view.state
    probe.show(with_welcome(before, forgetting=before.welcome.known[-1].id))
    window.comes_into_sight(page.forget)  # type: ignore[attr-defined]


@both_languages
def test_what_a_removal_would_delete(qtbot: QtBot, language: str) -> None:
    window = panel.window("server", "known", language, "light")
    settle(window, WIDTH, HEIGHT)
    section = window.view.current
    assert isinstance(section, ServerSection)
    page = Small(qtbot, window, section.area)
    page.to_the_edge(section.removal.begin)
    window.view.show_state(replace(window.view.state, removal=Removal(plan=panel.going())))
    page.comes_into_sight(section.removal.card)
    keep = section.removal.card.keep
    assert keep is not None and window.focusWidget() is keep
    throw_away(window)
