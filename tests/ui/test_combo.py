"""Lists to choose from, opened with the mouse on the real pages: every entry can be seen and clicked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.ui.audit import shown
from tests.ui.preview import settle, throw_away, wizard_window
from tests.ui.states import panel, unfold, wizard_states
from ui.style.context import Ui
from ui.widgets.combo import CalmCombo
from ui.wizard.page import Page

#: The offscreen platform, about every list that opens.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
LEFT = Qt.MouseButton.LeftButton
#: Pages with lists, short and long ones.
PAGES = ("login-configured", "settings-front", "settings-further", "settings-services")
SECTIONS = ("containers-running", "logs-lines", "terminal-open")


def of_page(name: str) -> tuple[QWidget, QWidget]:
    """The window with the wizard's page *name*, and the page."""
    state = wizard_states()[name]()
    shell, view = wizard_window(state, "en", "light")
    unfold(name, view.pages[state.page])
    return shell, view.pages[state.page]


def of_section(name: str) -> tuple[QWidget, QWidget]:
    """The window with the control panel's section *name*, and the section."""
    section, _, state = name.partition("-")
    shell = panel.window(section, state, "en", "light")  # type: ignore[arg-type]
    return shell, panel.page_of(shell)


def open_with_mouse(combo: CalmCombo, qtbot: QtBot) -> QWidget:
    """Click on *combo*, with the pointer on it; what came up.

    Within the time of a double click Qt takes a release in the list for the end of the click that opened it,
    unless the pointer has moved in between. A pointer that an earlier list left where the entry will be does
    not move.
    """
    place = QPoint(12, combo.height() // 2)
    QTest.mouseMove(combo, place)
    QTest.mouseClick(combo, LEFT, pos=place)
    popup = combo.view().window()
    qtbot.waitUntil(lambda: popup.isVisible() and popup is not combo.window())
    qtbot.wait(30)  # laid out
    return popup


def check(combo: CalmCombo, qtbot: QtBot) -> None:
    """Each entry that should be in view is there as a whole, and the last one of them can be clicked."""
    popup = open_with_mouse(combo, qtbot)
    view, rows = combo.view(), min(combo.count(), combo.maxVisibleItems())
    first = view.indexAt(QPoint(4, 4)).row()
    assert first == 0 or combo.count() > rows
    last = view.visualRect(combo.model().index(first + rows - 1, 0))
    room = view.viewport().rect()
    assert room.top() <= last.top() and last.bottom() <= room.bottom(), (last, room, combo.count())
    QTest.mouseMove(view.viewport(), last.center())
    QTest.mouseClick(view.viewport(), LEFT, pos=last.center())
    qtbot.waitUntil(lambda: not popup.isVisible())


@pytest.mark.parametrize(
    ("make", "name"), [*[(of_page, name) for name in PAGES], *[(of_section, name) for name in SECTIONS]]
)
def test_no_entry_is_cut_off(qtbot: QtBot, make: Callable[[str], tuple[QWidget, QWidget]], name: str) -> None:
    window, page = make(name)
    settle(window, 1040, 720)
    combos = [c for c in shown(page, CalmCombo) if isinstance(c, CalmCombo) and c.count()]
    assert combos
    for combo in combos:
        if isinstance(page, Page):
            page.area.ensureWidgetVisible(combo)
        check(combo, qtbot)
    throw_away(window)


def test_a_pointer_that_is_there_already(qtbot: QtBot, ui: Ui) -> None:
    """Two lists at the same place, one after the other."""
    for _ in range(2):
        combo = CalmCombo(ui)
        combo.addItems([f"Entry {n}" for n in range(40)])
        combo.show()
        qtbot.waitExposed(combo)
        check(combo, qtbot)
        throw_away(combo)


@pytest.mark.parametrize("count", [1, 2, 6, 10, 11, 40])
def test_lists_of_every_length(qtbot: QtBot, ui: Ui, count: int) -> None:
    combo = CalmCombo(ui)
    qtbot.addWidget(combo)
    combo.addItems([f"Entry {n}" for n in range(count)])
    combo.show()
    combo.activateWindow()
    combo.setFocus()
    qtbot.waitExposed(combo)
    check(combo, qtbot)
    if count <= combo.maxVisibleItems():
        assert combo.currentIndex() == count - 1
    open_with_mouse(combo, qtbot)
    QTest.keyClick(combo.view(), Qt.Key.Key_End)
    QTest.keyClick(combo.view(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: combo.currentIndex() == count - 1)


@pytest.fixture
def ui() -> Ui:
    from tests.ui.preview import look

    return look("en", "light")
