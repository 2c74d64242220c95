"""The terminal in the window: keys, input method, selection, scrolling; nothing behind it but its screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import (
    QGuiApplication,
    QImage,
    QInputMethodEvent,
    QKeyEvent,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from installer.terminal.session import Terminal
from installer.views.panel import TerminalState
from tests.ui.states import panel as states
from ui import intents as i
from ui.panel import intents as pi
from ui.panel.terminal.colors import BACKGROUND
from ui.panel.terminal.section import TerminalSection
from ui.style.colors import LIGHT
from ui.style.style_sheet import style_sheet

M = Qt.KeyboardModifier


class Typed(Terminal):
    """Keeps what was typed."""

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        self.typed = b""
        self.sizes: list[tuple[int, int]] = []
        super().__init__(columns, lines)

    def send(self, data: bytes) -> None:
        self.typed += data

    def resize(self, columns: int, lines: int) -> None:
        self.sizes.append((columns, lines))
        super().resize(columns, lines)

    def feed(self, text: str) -> None:
        with self._seeing() as emulator:
            emulator.feed(text.encode())
        self._picture()


class Bench:
    """The section in a window, with a shell that is open."""

    def __init__(self, bot: QtBot) -> None:
        state = replace(states.shell("open"), section="terminal")
        self.window = states.panel_window(state, "en", "light")
        bot.addWidget(self.window)
        self.bot, self.view = bot, self.window.view
        self.asked: list[i.Intent] = []
        self.view.asked.connect(self.asked.append)
        self.shell = Typed()
        self.view.wake_terminal(self.shell)
        with bot.waitExposed(self.window):
            self.window.show()
        self.window.activateWindow()
        section = self.view.current
        assert isinstance(section, TerminalSection)
        self.section, self.screen = section, section.view
        bot.waitUntil(lambda: self.window.focusWidget() is self.screen)

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = M.NoModifier) -> bytes:
        self.shell.typed = b""
        QTest.keyClick(self.screen, key, held)
        return self.shell.typed

    def feed(self, text: str) -> None:
        self.shell.feed(text)
        self.screen._take()

    def commit(self, preedit: str, text: str = "") -> None:
        event = QInputMethodEvent(preedit, [])
        if text:
            event.setCommitString(text)
        QApplication.sendEvent(self.screen, event)

    def end(self, **known: object) -> None:
        gone = TerminalState("api", "ended", **known)  # type: ignore[arg-type]
        self.view.show_state(replace(self.view.state, terminal=gone))


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(qtbot)
    yield made
    made.view.stop()


def test_it_is_as_large_as_there_is_room_and_follows_the_window(bench: Bench) -> None:
    assert bench.shell.size == bench.screen.cells() != (80, 24)
    before = bench.shell.size
    bench.window.resize(1300, 900)
    bench.bot.waitUntil(lambda: bench.shell.size == bench.screen.cells() != before)


def test_where_no_container_runs_it_is_said(bench: Bench) -> None:
    section = bench.section
    bench.view.show_state(replace(states.absent(), section="terminal", terminal=TerminalState()))
    assert section.word.text().startswith("No container is running") and not section.open.isEnabled()
    bench.view.show_state(states.running(section="terminal", terminal=TerminalState()))
    assert section.word.text().startswith("For those who know") and section.open.isEnabled()


def test_the_place_of_its_scroll_bar_has_the_colour_of_the_screen() -> None:
    """Which is painted by the style sheet, not by the view."""
    assert f"TerminalView {{ background: {BACKGROUND};" in style_sheet(LIGHT)


def test_every_key_is_the_shells(bench: Bench) -> None:
    assert bench.key(Qt.Key.Key_A) == b"a"
    assert bench.key(Qt.Key.Key_Tab) == b"\t"
    assert bench.key(Qt.Key.Key_Tab, M.ShiftModifier) == b"\x1b[Z"
    assert bench.key(Qt.Key.Key_Escape) == b"\x1b"
    assert bench.key(Qt.Key.Key_Return) == b"\r"
    assert bench.key(Qt.Key.Key_C, M.ControlModifier) == b"\x03"
    assert bench.key(Qt.Key.Key_O, M.AltModifier) == b"\x1bo", "not the button with that letter"
    assert bench.key(Qt.Key.Key_F5) == b"\x1b[15~"
    assert bench.key(Qt.Key.Key_Up) == b"\x1b[A"
    bench.feed("\x1b[?1h")
    assert bench.key(Qt.Key.Key_Up) == b"\x1bOA"
    assert bench.window.focusWidget() is bench.screen and not bench.asked


def test_ctrl_tab_leaves_it_both_ways(bench: Bench) -> None:
    assert bench.key(Qt.Key.Key_Tab, M.ControlModifier) == b""
    after = bench.window.focusWidget()
    assert after is not None and after is not bench.screen
    bench.screen.setFocus()
    assert bench.key(Qt.Key.Key_Backtab, M.ControlModifier | M.ShiftModifier) == b""
    assert bench.window.focusWidget() is bench.section.end


def test_japanese_by_the_input_method(bench: Bench) -> None:
    bench.commit("にほんご")
    assert bench.screen._preedit == "にほんご" and bench.shell.typed == b""
    bench.screen.grab()  # it is painted
    bench.commit("日本語")
    bench.commit("", "日本語")
    assert bench.shell.typed.decode() == "日本語" and bench.screen._preedit == ""
    bench.feed("日本語")
    place = bench.screen.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle)
    left = bench.screen._cells.rect(6, 0, 1).left()
    assert place.left() >= left, "the list of choices stands at the cursor"  # type: ignore[attr-defined]
    assert bench.screen.inputMethodQuery(Qt.InputMethodQuery.ImEnabled)


def test_select_and_copy(bench: Bench) -> None:
    bench.feed("one 日本 two\r\nsecond line")
    cell, height = bench.screen._cells.width, bench.screen._cells.height
    area = bench.screen.viewport()
    QTest.mousePress(area, Qt.MouseButton.LeftButton, pos=QPoint(6 + 4 * cell, 10))
    for at in (QPoint(6 + 8 * cell, 10), QPoint(6 + 6 * cell, 10 + height)):
        event = QEvent.Type.MouseMove
        from PySide6.QtGui import QMouseEvent

        moved = QMouseEvent(
            event,
            QPointF(at),
            QPointF(area.mapToGlobal(at)),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            M.NoModifier,
        )
        QApplication.sendEvent(area, moved)
    assert bench.screen.selected() == "日本 two\nsecond"
    bench.key(Qt.Key.Key_C, M.ControlModifier | M.ShiftModifier)
    assert bench.asked == [i.CopyText("日本 two\nsecond")] and bench.shell.typed == b""
    QTest.mouseDClick(area, Qt.MouseButton.LeftButton, pos=QPoint(6 + 2 * cell, 10 + height))
    assert bench.screen.selected() == "second"
    bench.key(Qt.Key.Key_X)
    assert bench.screen.selected() == "", "typing ends it"


def test_paste(bench: Bench) -> None:
    QGuiApplication.clipboard().setText("one\ntwo 日本\x1b[201~")
    bench.key(Qt.Key.Key_V, M.ControlModifier | M.ShiftModifier)
    assert bench.shell.typed == "one\rtwo 日本[201~".encode()
    bench.feed("\x1b[?2004h")
    menu = bench.screen.menu()
    copy, paste = menu.actions()
    assert not copy.isEnabled() and paste.isEnabled()
    bench.shell.typed = b""
    paste.trigger()
    menu.deleteLater()
    assert bench.shell.typed.startswith(b"\x1b[200~one\r") and bench.shell.typed.count(b"\x1b") == 2


def test_scrolled_back_it_stays_there_until_one_types(bench: Bench) -> None:
    bench.feed("".join(f"line {n}\r\n" for n in range(300)))
    bar = bench.screen.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    bar.setValue(10)
    assert bench.screen._view is not None and bench.screen._view.first == 10
    bench.feed("more\r\n" * 50)
    assert bar.value() == 10 and bench.screen._view.first == 10
    bench.key(Qt.Key.Key_A)
    bench.bot.waitUntil(lambda: bar.value() == bar.maximum())


def test_over_a_full_screen_program_the_wheel_is_its_arrows(bench: Bench) -> None:
    def turn() -> None:
        at = QPointF(20, 20)
        event = QWheelEvent(
            at,
            QPointF(bench.screen.mapToGlobal(at.toPoint())),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            M.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(bench.screen.viewport(), event)

    turn()
    assert bench.shell.typed == b""
    bench.feed("\x1b[?1049h")
    turn()
    assert bench.shell.typed == b"\x1b[B" * 3


def test_after_its_end_keys_are_the_windows_again(bench: Bench) -> None:
    bench.feed("what it showed")
    bench.end(code=3)
    assert "code 3" in bench.section.word.text() and not bench.section.end.isVisible()
    assert bench.window.focusWidget() is bench.section.open
    bench.screen.setFocus()
    assert bench.key(Qt.Key.Key_A) == b""
    override = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_O, M.AltModifier, "o")
    override.ignore()
    QApplication.sendEvent(bench.screen, override)
    assert not override.isAccepted()
    assert bench.shell.text((0, 0), (0, 80)) == "what it showed"


def test_open_and_end_are_asked_for(bench: Bench) -> None:
    bench.section.end.click()
    bench.section.services.setCurrentText("worker")
    bench.section.open.click()
    assert bench.asked == [pi.CloseShell(), pi.OpenShell("worker")]
    shown = [bench.section.services.itemText(n) for n in range(bench.section.services.count())]
    assert "init_permissions" not in shown, "what does not run has no shell"


def test_it_is_painted(bench: Bench) -> None:
    bench.feed("\x1b[1;31mred\x1b[7mturned\x1b[0;4;9munder\x1b[0m 日本 \x1b[48;5;30mback\x1b[?25h")
    image = bench.screen.grab().toImage()
    colors = {image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, 40, 2)}
    assert "#13161b" in colors and "#008787" in colors


def seen(bench: Bench) -> QImage:
    """What is on the screen, not what a new painting would give."""
    screen = bench.screen.screen()
    bench.bot.wait(60)  # longer than between two paintings
    place = QRect(bench.screen.viewport().mapTo(bench.window, QPoint()), bench.screen.viewport().size())
    return screen.grabWindow(bench.window.winId()).toImage().copy(place)


@pytest.mark.parametrize(
    "written",
    [
        "\x1b[3;5Hin the middle",
        "\r\nscrolled" * 60,
        "\x1b[?1049h\x1b[2J\x1b[10;1Ha full screen\x1b[?25l",
        "\x1b[2J",
        "\x1b[5;1H\x1b[41mred 日本語\x1b[0m\x1b[K",
        "\x1b[1;5H",
    ],
)
def test_only_what_changed_is_painted_and_nothing_is_forgotten(bench: Bench, written: str) -> None:
    bench.feed("".join(f"line {n} of the beginning 日本\r\n" for n in range(50)))
    assert seen(bench).width() > 100
    areas: list[int] = []

    class Painted(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802
            if isinstance(event, QPaintEvent):
                areas.append(event.rect().height())
            return False

    watch = Painted()
    bench.screen.viewport().installEventFilter(watch)
    for letter in written if len(written) < 60 else [written]:
        bench.feed(letter)
        QApplication.processEvents()
    found = seen(bench)
    bench.screen.viewport().removeEventFilter(watch)
    assert areas
    if written.endswith("K"):
        assert min(areas) <= 2 * bench.screen._cells.height, "the row of a letter, not all of them"
    bench.screen.viewport().update()
    assert seen(bench) == found


def test_a_selection_stays_with_its_text_while_lines_come(bench: Bench) -> None:
    bench.feed("".join(f"line {n}\r\n" for n in range(50)))
    last = bench.shell.shown.last
    bench.screen._from, bench.screen._to = (last + 3, 0), (last + 5, 4)
    bench.screen.viewport().update()
    seen(bench)
    bench.feed("more\r\n" * 2)
    found = seen(bench)
    bench.screen.viewport().update()
    assert seen(bench) == found
