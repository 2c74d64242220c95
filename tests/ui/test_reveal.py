"""A problem that comes up below the fold is scrolled to."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from installer.views.wizard import WorkState
from tests.ui.preview import settle, wizard_window
from tests.ui.states.login import STATES, with_login
from ui.widgets.basics import Card


def test_the_host_key_card_is_brought_into_view(qtbot: QtBot) -> None:
    before = replace(STATES["sudo_needed"](), work=WorkState())
    window, view = wizard_window(before, "ja", "light")
    qtbot.addWidget(window)
    settle(window, 960, 620)
    view.show_state(with_login(STATES["host_key_changed"](), sudo_asked=True))
    page = view.pages[before.page]

    (card,) = (c for c in page.findChildren(Card) if c.property("tone") == "stop" and not c.isHidden())
    qtbot.waitUntil(
        lambda: 0 <= card.mapTo(page.area, QPoint(0, 0)).y() < page.area.height() / 2, timeout=10_000
    )
