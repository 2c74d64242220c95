"""Space and ports, and removing Dify, in the window; the controller's part with a host that only answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from installer.lifecycle.undo.model import Undone
from installer.views.panel import PanelState, Removal, SpaceState
from installer.views.panel import Section as Name
from tests.ui.states import panel as states
from ui import intents as i
from ui.panel import intents as pi
from ui.panel.section import Section
from ui.panel.server.section import ServerSection
from ui.panel.space.section import SpaceSection

LEFT = Qt.MouseButton.LeftButton


class Bench:
    """A section in a window, and what it asked for."""

    def __init__(self, bot: QtBot, section: Name, state: PanelState) -> None:
        self.name, self.bot = section, bot
        self.window = states.panel_window(replace(state, section=section), "en", "light")
        bot.addWidget(self.window)
        self.view = self.window.view
        self.asked: list[i.Intent] = []
        self.view.asked.connect(self.asked.append)
        with bot.waitExposed(self.window):
            self.window.show()
        self.section: Section = self.view.current

    def show(self, state: PanelState) -> None:
        self.view.show_state(replace(state, section=self.name))

    def texts(self) -> str:
        return "\n".join(label.text() for label in self.section.findChildren(QLabel) if label.isVisible())

    def named(self, name: str) -> QPushButton:
        return next(b for b in self.section.findChildren(QPushButton) if b.accessibleName() == name)


@pytest.fixture
def space(qtbot: QtBot) -> Iterator[tuple[Bench, SpaceSection]]:
    made = Bench(qtbot, "space", states.running(space=SpaceState(states.room(), states.ports(), 1.0)))
    assert isinstance(made.section, SpaceSection)
    yield made, made.section
    made.view.stop()


def test_what_takes_room_and_whose_it_is(space: tuple[Bench, SpaceSection]) -> None:
    bench, _section = space
    said = bench.texts()
    assert "4.6 GB" in said and "/opt/dify/docker/volumes/db" in said and "size not known" in said
    assert "Used by dify-api-1, dify-worker-1" in said and "Nobody needs it any more" in said
    bench.named("Copy /opt/dify/docker/volumes/db").click()
    bench.named("Close port 5003 to others").click()
    bench.named("Change who reaches port 80").click()
    assert bench.asked == [
        i.CopyText("/opt/dify/docker/volumes/db"),
        pi.CloseDebugPort(),
        pi.ChangeSettings("site.bind"),
    ]


def test_cleaning_up_asks_first_and_takes_only_what_is_free(space: tuple[Bench, SpaceSection]) -> None:
    bench, section = space
    assert "2 unused images (up to 2.3 GB)" in section.clean.text()
    section.clean.click()
    assert section.confirm.isVisible() and bench.window.focusWidget() is section.confirm.no
    assert "No data is deleted" in section.confirm.about.text()
    QTest.keyClick(section.confirm.no, Qt.Key.Key_Escape)
    assert not bench.asked
    section.clean.click()
    QTest.mouseClick(section.confirm.yes, LEFT)
    assert bench.asked == [pi.RemoveImages(("sha256:3", "sha256:4"))]


def test_nothing_is_offered_while_it_cannot_be_done(space: tuple[Bench, SpaceSection]) -> None:
    bench, section = space
    known = SpaceState(states.room(), states.ports(), 1.0)
    bench.show(replace(states.lost(), space=known))
    assert not section.clean.isEnabled() and not section.again.isEnabled()
    bench.show(states.running(space=replace(known, busy="clean", since=1.0)))
    assert not section.clean.isEnabled() and "Removing images" in section.word.text()
    bench.show(states.running(space=replace(known, freed=1_500_000_000)))
    assert section.word.text() == "1.5 GB came free."
    few = replace(states.room(), images=states.room().images[:2])
    bench.show(states.running(space=replace(known, now=few)))
    assert not section.clean.isEnabled() and section.clean.text() == "Nothing to clean up"


@pytest.fixture
def server(qtbot: QtBot) -> Iterator[tuple[Bench, ServerSection]]:
    made = Bench(qtbot, "server", states.running())
    assert isinstance(made.section, ServerSection)
    yield made, made.section
    made.view.stop()


def test_removing_shows_what_goes_and_keeps_data_unless_the_folder_is_typed(
    server: tuple[Bench, ServerSection],
) -> None:
    bench, section = server
    section.removal.begin.click()
    assert bench.asked == [pi.ShowRemoval()]
    bench.show(states.running(removal=Removal(busy="look", since=1.0)))
    bench.bot.wait(50)
    bench.show(states.running(removal=Removal(plan=states.going())))
    card = section.removal.card
    assert not section.remove_way.isVisible()
    assert card.go is not None and card.typed is not None and card.keep is not None
    assert card.images is not None and card.added is not None
    keep = card.keep
    bench.bot.waitUntil(lambda: bench.window.focusWidget() is keep)
    bench.bot.waitUntil(lambda: "dify-certificate-2f1c.timer" in bench.texts())
    said = bench.texts()
    assert "Install Docker: package docker-ce" in said
    assert "keep the data" in card.go.text() and card.go.property("kind") == "danger"
    QTest.mouseClick(card.go, LEFT)
    QTest.keyClicks(card.typed.edit, "/opt/difi")
    assert not card.go.isEnabled()
    QTest.keyClick(card.typed.edit, Qt.Key.Key_Backspace)
    QTest.keyClicks(card.typed.edit, "y/")
    assert card.go.isEnabled() and "delete the data" in card.go.text()
    assert card.go.property("kind") == "danger" and card.keep.property("kind") != "danger"
    card.images.setChecked(True)
    card.added.setChecked(True)
    QTest.mouseClick(card.go, LEFT)
    QTest.mouseClick(card.keep, LEFT)
    assert bench.asked[1:] == [pi.RemoveDify(), pi.RemoveDify("/opt/dify/", True, True), pi.DismissRemoval()]


def test_how_removing_goes_and_ended(server: tuple[Bench, ServerSection]) -> None:
    bench, section = server
    bench.show(states.running(removal=Removal(states.going(), busy="remove", since=1.0)))
    assert section.removal.busy.isVisible() and not section.removal.card.isVisible()
    section.removal.stop.click()
    assert bench.asked == [i.Stop()]
    done = Undone(states.going(), True, ("/opt/dify/docker/.env",))
    bench.show(replace(states.absent(), removal=Removal(done=done)))
    bench.bot.waitUntil(lambda: "Dify is gone from /opt/dify." in bench.texts())
    assert "/opt/dify/docker/.env" in bench.texts()
    assert not section.remove_way.isVisible()
