"""Where Checks is scrolled to, in the real window."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.ui.page_probe import Probe
from tests.ui.states.checks import STATES
from ui.wizard.checks.page import ChecksPage


def test_a_new_look_begins_at_the_top(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["many"]())
    probe.shell.resize(960, 620)
    bar = probe.page.area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 100)
    probe.page.area.setFocus()
    bar.setValue(bar.maximum())
    probe.show(STATES["again"]())
    assert bar.value() == 0


def test_what_unfolds_comes_into_sight_with_its_button(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["no_docker"]())
    probe.shell.resize(960, 620)
    page = probe.page
    assert isinstance(page, ChecksPage)
    row = page.rows.made["docker"]
    qtbot.waitUntil(lambda: bool(row.offers) and row.offers[0].show_button.isVisible())
    qtbot.wait(100)
    show, area = row.offers[0].show_button, page.area
    at = show.mapTo(area.widget() or page, QPoint(0, show.height())).y()
    page.setFixedHeight(max(160, at + 8))  # the button is the last thing in view
    qtbot.wait(100)
    probe.click(show)
    copy = next(b for b in row.offers[0].contents.findChildren(QPushButton))
    qtbot.waitUntil(lambda: copy.visibleRegion().boundingRect() == copy.rect())
