"""The panel's controller where the Engine tells events: no polling, and what containers use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from installer.core.app_folder import Home
from installer.operations import live, stats
from installer.views.panel import PanelState
from tests.ui.panel_host import ANSWERS, PanelHost
from ui import intents as i
from ui.background.jobs import Jobs
from ui.connection.session import Session
from ui.panel import controller as module
from ui.panel import intents as pi
from ui.panel import watch
from ui.panel.containers import usage_watch
from ui.panel.controller import PanelController


class Bench:
    """A controller over an Engine that tells events."""

    def __init__(self, home: Home, bot: QtBot) -> None:
        self.host, self.bot, self.jobs = PanelHost(), bot, Jobs()
        self.host.events = True
        self.controller = PanelController(self.jobs, home, Session(home, host=self.host), ANSWERS)
        self.states: list[PanelState] = []
        self.controller.changed.connect(self.states.append)

    @property
    def state(self) -> PanelState:
        return self.controller.state

    @property
    def asked(self) -> list[str]:
        """What was asked on the plain connections, without signs of life."""
        return [path for path in self.host.wire.asked if path != "/_ping"]

    def until(self, condition: Callable[[], Any]) -> None:
        self.bot.waitUntil(lambda: bool(condition()), timeout=5000)

    def begin(self, section: str = "containers") -> None:
        self.controller.ask(pi.ShowSection(section))  # type: ignore[arg-type]
        self.controller.begin()
        self.until(lambda: self.state.status)

    def state_of(self, service: str) -> str:
        assert self.state.status is not None
        return next(c.state for c in self.state.status.containers if c.service == service)


@pytest.fixture
def bench(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Seconds of a person are too long for a test."""
    monkeypatch.setattr(watch, "WAITS", (0.03, 0.05))
    monkeypatch.setattr(live, "ALIVE_SECONDS", 0.05)
    monkeypatch.setattr(stats, "FIRST_SECONDS", 0.02)
    monkeypatch.setattr(stats, "EACH_SECONDS", 0.02)
    monkeypatch.setattr(usage_watch, "AGAIN_SECONDS", 0.03)
    for name in ("LOOK", "LOOK_ACTING", "LOOK_LOGS"):
        monkeypatch.setattr(module, name, 0.05)
    made = Bench(Home(tmp_path), qtbot)
    yield made
    made.host.wire.gate.set()
    made.controller.close()
    assert made.jobs.close()


def test_an_event_is_shown_and_nobody_polls(bench: Bench) -> None:
    bench.begin()
    bench.bot.wait(200)
    assert bench.host.looks == 0
    assert bench.asked.count("/containers/json") == 1 and bench.host.wire.listeners == 1
    bench.host.engine.down.add("api")
    bench.host.wire.tell("die", "api-a")
    bench.until(lambda: bench.state_of("api") == "exited")
    assert bench.asked.count("/containers/json") == 1


def test_a_broken_stream_is_grey_at_once_and_comes_back_by_itself(bench: Bench) -> None:
    bench.begin()
    bench.host.break_line()
    bench.until(lambda: bench.state.lost)
    errors = [s.lost_since for s in bench.states if s.lost]
    bench.bot.wait(150)
    assert len(set(errors)) == 1
    bench.host.broken = None
    bench.until(lambda: bench.state.lost is None)
    bench.host.engine.down.add("api")
    bench.host.wire.tell("die", "api-a")
    bench.until(lambda: bench.state_of("api") == "exited")


def test_a_line_that_falls_silent_is_told_and_forgotten_when_it_answers(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PATIENCE_SECONDS", 0.05)
    bench.begin()
    bench.host.wire.gate.clear()
    bench.until(lambda: bench.state.lost)
    bench.host.wire.gate.set()
    bench.until(lambda: bench.state.lost is None)
    assert bench.asked.count("/containers/json") == 1  # it was the same line all the time


def test_a_person_may_try_anew_while_a_line_is_silent(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PATIENCE_SECONDS", 0.05)
    bench.begin()
    opened = bench.host.wire.opened
    bench.host.wire.gate.clear()
    bench.until(lambda: bench.state.lost)
    bench.controller.ask(i.Retry())
    bench.until(lambda: bench.host.wire.opened > opened)
    bench.host.wire.gate.set()
    bench.until(lambda: bench.state.lost is None)


def test_nobody_listens_for_what_nobody_sees(bench: Bench) -> None:
    bench.begin()
    bench.controller.show_window(False)
    bench.until(lambda: not bench.host.wire.listeners and not bench.jobs.running)
    bench.controller.show_window(True)
    bench.until(lambda: bench.host.wire.listeners == 1)
    bench.controller.ask(pi.ShowSection("server"))
    bench.until(lambda: not bench.host.wire.listeners)


def test_without_events_it_looks_again_and_again(bench: Bench) -> None:
    bench.host.events = False
    bench.begin()
    bench.until(lambda: bench.host.looks >= 3)
    assert bench.host.wire.asked.count("/events") == 1


def test_a_log_that_ends_by_itself_is_taken_up_again_without_any_event(bench: Bench) -> None:
    bench.begin()
    bench.controller.ask(pi.ShowSection("logs", "api"))
    bench.until(lambda: len(bench.host.follows) == 1)
    for _ in range(2):
        follows = len(bench.host.follows)
        bench.host.break_log()
        bench.until(lambda n=follows: len(bench.host.follows) > n)  # type: ignore[misc]
    assert bench.asked.count("/containers/json") == 1 and bench.state.lost is None


def test_a_look_that_is_asked_for_tells_what_is_known(bench: Bench) -> None:
    bench.begin()
    seen = bench.state.seen_at
    bench.controller.ask(i.Retry())
    bench.until(lambda: bench.state.seen_at > seen)
    assert bench.asked.count("/containers/json") == 1


# ---------------------------------------------------------------------- usage


def asked_of(bench: Bench) -> set[str]:
    return {path.split("/")[2] for path in bench.host.wire.asked if path.endswith("/stats")}


def test_usage_is_asked_of_what_is_seen_and_runs(bench: Bench) -> None:
    bench.begin()
    bench.controller.ask(pi.WatchUsage(("api", "init_permissions")))
    bench.until(lambda: "api-a" in bench.state.usage and bench.state.usage["api-a"].history)
    assert asked_of(bench) == {"api-a"}
    usage = bench.state.usage["api-a"]
    assert usage.cpu == pytest.approx(50) and usage.sample.limit == 1_000_000
    bench.controller.ask(pi.WatchUsage(("nginx",)))
    bench.until(lambda: "nginx-a" in bench.state.usage)


def away_and_back(bench: Bench, what: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """Ways to look elsewhere."""
    show, ask = bench.controller.show_window, bench.controller.ask
    if what == "window":
        return lambda: show(False), lambda: show(True)
    return lambda: ask(pi.ShowSection("overview")), lambda: ask(pi.ShowSection("containers"))


@pytest.mark.parametrize("what", ["window", "section"])
def test_usage_ends_where_nobody_looks(bench: Bench, what: str) -> None:
    def asked() -> int:
        return sum(path.endswith("/stats") for path in bench.host.wire.asked)

    away, back = away_and_back(bench, what)
    bench.begin()
    bench.controller.ask(pi.WatchUsage(("api",)))
    bench.until(lambda: bench.state.usage)
    away()
    bench.bot.wait(60)  # a round that was under way
    before = asked()
    bench.bot.wait(100)
    assert asked() == before
    back()
    bench.until(lambda: asked() > before)


def test_usage_comes_back_after_a_broken_line(bench: Bench) -> None:
    bench.begin()
    bench.controller.ask(pi.WatchUsage(("api",)))
    bench.until(lambda: bench.state.usage)
    bench.host.break_line()
    bench.until(lambda: bench.state.lost)
    bench.host.broken = None
    bench.until(lambda: bench.state.lost is None)
    before = bench.state.usage["api-a"].sample.read
    bench.until(lambda: bench.state.usage["api-a"].sample.read > before)
