"""Where pages are scrolled to, in the real window."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from tests.ui.page_probe import Probe
from tests.ui.preview import settle, throw_away
from tests.ui.states import panel, wizard_states

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
    qtbot.wait(100)
    at = details.mapTo(page, QPoint(0, details.height())).y()
    page.setFixedHeight(at + 8)  # the button is the last thing in view
    qtbot.wait(100)
    probe.click(details)
    box = next(b for b in page.findChildren(QPlainTextEdit) if b.isVisible())
    qtbot.wait(150)  # laid out
    qtbot.waitUntil(lambda: box.visibleRegion().boundingRect() == box.rect())
