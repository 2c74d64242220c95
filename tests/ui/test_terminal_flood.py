"""What writes without end does not hold the window up: the program's own threads, and nothing behind them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping

import pytest
from pytestqt.qtbot import QtBot

from tests.lab_ui.driver import Heartbeat
from tests.ui.test_panel_terminal import Bench, bench
from ui.background.gc_timer import Collector
from ui.background.switch_interval import undisturbed

__all__ = ["bench"]

#: Milliseconds that the window may be held up, on the reference machine.
HELD_MS = 50
SECONDS = 2
_WORDS = "the quick brown fox jumps over the lazy dog while nobody looks and goes on for ever "
#: What fills whole windows with characters, with colours, with what each stands alone for.
FLOODS: Mapping[str, bytes] = {
    "yes": b"y\r\n" * 7000,
    "text": b"".join(f"{n:07d} {_WORDS * 2}"[:150].encode() + b"\r\n" for n in range(430)),
    "colours": b"".join(
        f"\x1b[32m{n:05d}\x1b[0m \x1b[1;34mINFO\x1b[0m {_WORDS}\x1b[31m{n % 97}\x1b[0m".encode() + b"\r\n"
        for n in range(500)
    ),
    "japanese": ("行が途切れることなく流れ続けても、画面は止まりません。" * 2 + "\r\n").encode() * 400,
    "rows": b"".join(f"\x1b[{n % 30 + 1};{n % 70 + 1}H\x1b[3{n % 8}m#{n}".encode() for n in range(4000)),
}
#: In every run: lines with sequences in them, and what draws all over the screen. The others with ``--all``.
USUAL = ("colours", "rows")


@pytest.fixture
def as_the_program(bench: Bench) -> Iterator[Bench]:
    """Garbage and the switch interval as the program has them."""
    undisturbed.begin()
    collector = Collector()
    collector.settle()
    yield bench
    collector.stop()


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in USUAL else [pytest.mark.slow]) for n in FLOODS]
)
def test_a_flood(as_the_program: Bench, qtbot: QtBot, name: str) -> None:
    """The GUI thread's own work never takes so long. What it waits for Python's lock depends on who else uses
    the machine, so of that only what comes every time counts."""
    bench = as_the_program
    bench.window.resize(1300, 900)
    qtbot.wait(100)
    said = []
    for _ in range(3):
        beat, pictures = flooded(bench, qtbot, FLOODS[name])
        gaps = beat.stop()
        worst, limit = gaps[0][0] if gaps else 0.0, HELD_MS * beat.slowness
        print(f"{name}: longest wait of the window {worst:.0f} ms, {pictures:.0f} pictures a second")
        assert 4 <= pictures <= 32
        assert all(own <= limit for _gap, own, _note in gaps), gaps
        bench.screen._take()
        assert bench.screen._view is bench.shell.shown, "the last of it is to be seen"
        if worst <= limit:
            return
        said += [str(gaps[:5]), *beat.seen]
    raise AssertionError("\n".join(said))


def flooded(bench: Bench, qtbot: QtBot, data: bytes) -> tuple[Heartbeat, float]:
    """*data* over and over for some seconds; how many pictures were made in a second."""
    shell, over = bench.shell, threading.Event()
    pictures: list[int] = []

    def wake() -> None:
        pictures.append(1)
        bell.set()

    bell = threading.Event()
    shell.wake = wake

    def pour() -> None:
        while not over.is_set():
            shell._take(data)

    threads = [threading.Thread(target=work, daemon=True) for work in (pour, shell._draw)]
    beat, began = Heartbeat(), time.monotonic()
    for thread in threads:
        thread.start()
    try:
        while time.monotonic() < began + SECONDS:
            qtbot.wait(5)
            if bell.is_set():
                bell.clear()
                bench.screen.wake()
    finally:
        rate = len(pictures) / (time.monotonic() - began)
        over.set()
        shell._finish()
        for thread in threads:
            thread.join(10)
        shell._over = False
        shell._data.clear()
    return beat, rate
