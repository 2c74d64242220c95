"""A shell in a container, through the real window, over SSH and on this computer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from installer.core.errors import Code
from tests.lab import Lab
from tests.lab_ui.driver import Heartbeat
from tests.lab_ui.grid_lab import Panel, Stack, on_server, on_this_computer
from ui.panel.terminal.section import TerminalSection

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

NAMES = ("nginx", "api")


@pytest.fixture(params=["server", pytest.param("this computer", marks=pytest.mark.slow)])
def stack(request: pytest.FixtureRequest, lab: Lab, tmp_path: Path) -> Iterator[Stack]:
    """An installation there."""
    if request.param == "server":
        with on_server(lab, "terminal", NAMES) as made:
            yield made
    else:
        with on_this_computer(lab, tmp_path, NAMES) as made:
            yield made


class Typist:
    """The panel, and a person at its terminal."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.host = stack.host()
        self.panel = Panel(self.host, stack.answers, folder)
        self.stack = stack

    def open(self, service: str) -> TerminalSection:
        """By the menu of the service's row."""
        self.panel.section.select((service,))
        menu = self.panel.section.menu()
        wanted = self.panel.section.ui.t("containers.open_shell")
        next(a for a in menu.actions() if a.text() == wanted).trigger()
        menu.deleteLater()
        section = self.panel.view.current
        assert isinstance(section, TerminalSection)
        self.section = section
        return section

    def shows(self, text: str, seconds: float = 20) -> None:
        """Wait until *text* is on the screen."""
        try:
            self.panel.until(lambda: text in self.screen(), seconds)
        except AssertionError:
            raise AssertionError(f"{text!r} is not to be seen:\n{self.screen()}") from None

    def screen(self) -> str:
        shown = self.section.view.terminal
        if shown is None:
            return ""
        first, (columns, lines) = shown.view().first, shown.size
        return shown.text((first, 0), (first + lines - 1, columns))

    def type(self, text: str, *, enter: bool = True) -> None:
        for character in text:
            QTest.keyClicks(self.section.view, character)
        if enter:
            QTest.keyClick(self.section.view, Qt.Key.Key_Return)

    def compose(self, text: str) -> None:
        """As an input method does."""
        for part in range(1, len(text) + 1):
            QApplication.sendEvent(self.section.view, QInputMethodEvent(text[:part], []))
        event = QInputMethodEvent("", [])
        event.setCommitString(text)
        QApplication.sendEvent(self.section.view, event)

    def failed(self) -> Code:
        """With which error it ends."""
        controller = self.panel.controller
        self.panel.until(lambda: controller.state.terminal.phase == "ended")
        error = controller.state.terminal.error
        assert error is not None
        return error.code

    def close(self) -> None:
        self.panel.close()
        self.host.close()


@pytest.fixture
def typist(qtbot: QtBot, stack: Stack, tmp_path: Path) -> Iterator[Typist]:
    made = Typist(stack, tmp_path / "home")
    yield made
    made.close()


def test_a_shell_with_a_full_screen_program_japanese_and_another_size(typist: Typist) -> None:
    section = typist.open("api")
    typist.shows("#")
    assert section.view.hasFocus()
    columns, lines = section.view.cells()
    typist.type("stty size")
    typist.shows(f"{lines} {columns}")

    typist.type("echo ", enter=False)
    typist.compose("日本語の入力")
    typist.type(" | wc -c")
    typist.shows("\n19")

    typist.type("vi /tmp/notes")
    typist.panel.until(lambda: section.view.terminal is not None and section.view.terminal.alternate)
    typist.shows("~")
    typist.type("i", enter=False)
    typist.panel.run(0.5)
    typist.compose("こんにちは")
    QTest.keyClick(section.view, Qt.Key.Key_Return)
    typist.type("second line", enter=False)
    typist.shows("second line")
    assert "こんにちは" in typist.screen()
    typist.panel.shell.resize(1300, 860)
    typist.panel.until(lambda: section.view.cells() != (columns, lines))
    QTest.keyClick(section.view, Qt.Key.Key_Escape)
    typist.panel.run(0.5)  # what follows at once is taken for one key, by vi
    QTest.keyClick(section.view, Qt.Key.Key_Up)
    typist.panel.run(0.5)
    typist.type(":wq")
    typist.panel.until(lambda: section.view.terminal is not None and not section.view.terminal.alternate)
    written = typist.stack.docker("exec api cat /tmp/notes")
    assert written.splitlines() == ["こんにちは", "second line"]
    wide, high = section.view.cells()
    typist.type("stty size")
    typist.shows(f"{high} {wide}")

    typist.type("exit 7")
    typist.panel.until(lambda: typist.panel.controller.state.terminal.phase == "ended")
    assert typist.panel.controller.state.terminal.code == 7
    assert "code 7" in section.word.text() and section.open.hasFocus()


#: Milliseconds that the window may be held up by what is its own, on the reference machine.
HELD_MS = 50


@pytest.mark.slow
@pytest.mark.parametrize("writes", ["yes", "while :; do cat /bin/busybox | od -c; done"])
def test_a_flood_does_not_hold_the_window_up_and_is_ended_by_ctrl_c(typist: Typist, writes: str) -> None:
    """The GUI thread's own work never takes so long. What it waits for Python's lock depends on who else uses
    the machine, so of that only what comes every time counts."""
    typist.open("api")
    typist.shows("#")
    said = []
    for number in range(3):
        beat, ended = flooded(typist, writes, f"over{number}")
        gaps = beat.stop()
        worst = gaps[0][0] if gaps else 0
        print(f"flood: longest wait of the window {worst:.0f} ms, back {ended:.1f} s after Ctrl+C")
        assert ended < 5 * beat.slowness
        assert all(own <= HELD_MS * beat.slowness for _gap, own, _note in gaps), gaps
        if worst <= HELD_MS * beat.slowness:
            return
        said += [str(gaps[:5]), *beat.seen]
    raise AssertionError("\n".join(said))


def flooded(typist: Typist, writes: str, word: str) -> tuple[Heartbeat, float]:
    """Three seconds of it, then Ctrl+C and *word*; how long it took until that was there."""
    beat = Heartbeat()
    typist.type(writes)
    typist.panel.run(3)
    QTest.keyClick(typist.section.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    began = time.monotonic()
    typist.type(f"echo all''{word}")
    while True:
        typist.panel.run(0.1)
        ended = time.monotonic() - began
        with beat.apart():  # reading the whole screen is the test's own work
            there = f"\nall{word}" in typist.screen()
        if there or ended > 30:
            return beat, ended


@pytest.mark.slow
def test_ending_it_here_leaves_nothing_behind(typist: Typist) -> None:
    section = typist.open("api")
    typist.shows("#")
    typist.type("vi /etc/passwd")
    typist.shows("root:")
    assert "vi" in typist.stack.docker("top api")
    section.end.click()
    typist.panel.until(lambda: typist.panel.controller.state.terminal.phase == "ended")
    assert "root:" in typist.screen(), "what it showed stays"

    def gone() -> bool:
        return "vi" not in typist.stack.docker("top api").replace("TIME", "")

    typist.panel.until(gone)
    assert typist.stack.docker("top api").count("\n") <= 2


@pytest.mark.slow
def test_an_image_without_a_shell_and_a_container_that_stopped(lab: Lab, typist: Typist) -> None:
    if typist.stack.server is None:
        pytest.skip("the same engine code; the image is made on the server")
    typist.stack.server.run(
        "docker cp api:/bin/busybox /tmp/busybox; tar -C /tmp -c busybox | docker import - none:1;"
        "docker rm -f nginx; docker run -d --name nginx --label com.docker.compose.project=dify "
        "--label com.docker.compose.service=nginx none:1 /busybox sleep 1000"
    )
    typist.panel.until(lambda: typist.panel.shown("nginx") == "Running")
    section = typist.open("nginx")
    assert typist.failed() is Code.SHELL_NONE
    assert section.cause.isVisible()
    typist.stack.docker("kill api")
    typist.panel.controller.terminal.open("api")
    assert typist.failed() is Code.SHELL_STOPPED


@pytest.mark.slow
def test_a_container_that_is_removed_meanwhile(typist: Typist) -> None:
    typist.open("api")
    typist.shows("#")
    typist.stack.docker("rm -f api")
    typist.panel.until(lambda: typist.panel.controller.state.terminal.phase == "ended")
    error = typist.panel.controller.state.terminal.error
    assert error is None or error.code in (Code.SHELL_LOST, Code.DOCKER_API_FAILED)
