"""What comes from a program is drawn beside the window, in pictures that it only has to take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from installer.terminal.emulator import View
from installer.terminal.session import Terminal


class Drawn:
    """A terminal whose drawing thread runs."""

    def __init__(self) -> None:
        self.woken: list[float] = []
        self.terminal = Terminal(80, 24, lambda: self.woken.append(time.monotonic()))
        self.thread = threading.Thread(target=self.terminal._draw, daemon=True)
        self.thread.start()

    def text(self, view: View) -> str:
        return "\n".join("".join(run.text for run in line) for line in view.lines)

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.002)

    def end(self) -> None:
        self.terminal._finish()
        self.thread.join(10)
        assert not self.thread.is_alive()


@pytest.fixture
def drawn() -> Iterator[Drawn]:
    made = Drawn()
    yield made
    made.end()


def test_what_comes_is_to_be_seen_soon(drawn: Drawn) -> None:
    for number in range(20):
        drawn.terminal._take(f"line {number}\r\n".encode())
        drawn.until(lambda n=number: f"line {n}" in drawn.text(drawn.terminal.shown))  # type: ignore[misc]
    assert drawn.terminal.shown == drawn.terminal.view()


def test_no_more_pictures_than_an_eye_can_follow_and_the_last_is_one_of_them(drawn: Drawn) -> None:
    began = time.monotonic()
    for number in range(300):
        drawn.terminal._take(f"{number} of many\r\n".encode() * 20)
    drawn.terminal._take(b"the end")
    drawn.until(lambda: "the end" in drawn.text(drawn.terminal.shown))
    took = time.monotonic() - began
    assert len(drawn.woken) <= took * 31 + 3


def test_nothing_is_drawn_while_the_window_paints(drawn: Drawn) -> None:
    with drawn.terminal.resting():
        drawn.terminal._take(b"later")
        time.sleep(0.15)
        assert "later" not in drawn.text(drawn.terminal.shown)
    drawn.until(lambda: "later" in drawn.text(drawn.terminal.shown))


def test_another_size_is_to_be_seen_at_once(drawn: Drawn) -> None:
    drawn.terminal._take(b"text")
    drawn.until(lambda: "text" in drawn.text(drawn.terminal.shown))
    drawn.terminal.resize(40, 10)
    assert len(drawn.terminal.shown.lines) == 10 and "text" in drawn.text(drawn.terminal.shown)


def test_output_that_cannot_be_read_ends_no_thread(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn.terminal._take(b"hello\r\n\x1b[" + b"9" * 5000 + b"m after")
    drawn.until(lambda: "after" in drawn.text(drawn.terminal.shown))

    def fails(*_: object) -> bytes:
        raise RuntimeError

    monkeypatch.setattr(drawn.terminal._emulator, "feed", fails)
    drawn.terminal._take(b"lost")
    drawn.until(lambda: "after" not in drawn.text(drawn.terminal.shown))
    drawn.terminal._take(b"more output")
    drawn.until(lambda: "more output" in drawn.text(drawn.terminal.shown))


def test_answers_that_a_program_never_reads_do_not_fill_the_memory(drawn: Drawn) -> None:
    for _ in range(30):
        drawn.terminal._take(b"\x1b[6n" * 1000)
    drawn.terminal._take(b"the end")
    drawn.until(lambda: "the end" in drawn.text(drawn.terminal.shown))
    assert drawn.terminal._orders.qsize() <= 1000
