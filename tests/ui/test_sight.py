"""Where pages are scrolled to, in the real window."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.page_probe import Probe
from tests.ui.preview import settle, throw_away
from tests.ui.states import panel, wizard_states
from ui.widgets.scroll_into_view import turn

STATES = wizard_states()


@pytest.mark.parametrize("name", ["checks-many", "settings-preset", "review-new"])
def test_a_page_that_comes_up_again_begins_at_its_top(qtbot: QtBot, name: str) -> None:
    state = STATES[name]()
    probe = Probe(qtbot, state)
    probe.shell.resize(960, 620)
    page = probe.page
    bar = page.area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 60)
    bar.setValue(bar.maximum())
    probe.show(replace(state))
    assert bar.value() > 0, "who is in the middle of it stays there"
    probe.show(STATES["where-server"]())
    probe.show(state)
    assert bar.value() == 0


def test_a_section_of_the_panel_begins_at_its_top(qtbot: QtBot) -> None:
    window = panel.window("overview", "running", "en", "light")
    settle(window, 960, 620)
    view = window.view
    section = view.current
    bar = section.area.verticalScrollBar()
    section.setFixedHeight(200)
    qtbot.waitUntil(lambda: bar.maximum() > 60)
    bar.setValue(bar.maximum())
    view.show_state(view.state)
    assert bar.value() == bar.maximum(), "each second, while one reads"
    before = view.state
    view.show_state(replace(before, section="server"))
    view.show_state(before)
    assert view.current is section and bar.value() == 0
    throw_away(window)


def test_details_of_an_error_come_into_sight(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["login-unreachable"]())
    probe.shell.resize(960, 620)
    page = probe.page
    details = probe.button("Technical details")
    qtbot.waitUntil(lambda: page.area.verticalScrollBar().value() > 0)  # to the error
    at = details.mapTo(page, QPoint(0, details.height())).y()
    page.setFixedHeight(at + 8)  # the button is the last thing in view
    qtbot.waitUntil(lambda: page.height() == at + 8)
    probe.click(details)
    box = next(b for b in page.findChildren(QPlainTextEdit) if b.isVisible())
    qtbot.waitUntil(lambda: box.visibleRegion().boundingRect() == box.rect())


def test_what_grows_late_stays_in_sight(qtbot: QtBot) -> None:
    """A label that wraps, or a slow computer: the height is known after the scrolling."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    inner = QWidget()
    column = QVBoxLayout(inner)
    above, head, part = QWidget(), QWidget(), QWidget()
    above.setFixedHeight(400)
    head.setFixedHeight(20)
    part.setFixedHeight(40)
    part.hide()
    for widget in (above, head, part):
        column.addWidget(widget)
    area.setWidget(inner)
    area.resize(300, 300)
    qtbot.addWidget(area)
    area.show()
    turn(part, head)
    qtbot.waitUntil(lambda: part.visibleRegion().boundingRect() == part.rect())
    part.setFixedHeight(200)
    qtbot.waitUntil(lambda: part.visibleRegion().boundingRect() == part.rect())
    qtbot.waitUntil(lambda: not part.children())
    area.verticalScrollBar().setValue(0)
    part.setFixedHeight(210)
    qtbot.wait(50)
    assert area.verticalScrollBar().value() == 0, "later it is the person's"
