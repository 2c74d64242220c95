"""The guilty container: told at once, its log after a while, each line once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from installer.answers import Secrets
from installer.apply.readiness import watch as module
from installer.apply.readiness.timeouts import Patience
from installer.apply.readiness.watch import LINE_LENGTH, GuiltyWatch
from installer.apply.steps.base import Context
from installer.apply.steps.ready import Look, not_ready
from installer.core.cancel import CancelToken
from installer.core.errors import InstallError
from installer.core.events import Event, Line, Waiting
from installer.core.secrets import Redactor, Secret
from installer.docker.containers import Container
from installer.hosts.http import Answer
from installer.logs.service_logs import LogLine
from tests.fakes.host import FakeHost
from tests.situations import situation
from tests.unit.gate.test_guilty import container, stack


class Engine:
    """Tells the processor time."""

    used = 0

    def stats(self, _id: str, **_options: Any) -> dict[str, Any]:
        return {"cpu_stats": {"cpu_usage": {"total_usage": self.used}}}


class Scene:
    """A gate that waits for the API, with a log that a test writes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, least: float = 600) -> None:
        self.events: list[Event] = []
        self.lines: list[LogLine] = []
        self.engine = Engine()
        redact = Redactor([Secret("hunter2")])
        host = FakeHost(docker_client=self.engine)
        self.situation = situation()
        self.context = Context(
            host=host,
            situation=self.situation,
            secrets=Secrets(),
            emit=self.events.append,
            cancel=CancelToken(),
            redact=redact,
            renew=lambda: None,
            cache=Path("/nowhere"),
        )
        self.patience = Patience(0.0, least=least, most=1800, quiet=120)
        self.watch = GuiltyWatch("ready", self.context, self.patience)
        monkeypatch.setattr(module, "history", lambda *_args, **_options: list(self.lines))

    def look(self, now: float, **changes: Container | None) -> None:
        self.watch.look(stack(self.situation, **changes), now)

    def write(self, second: int, text: str) -> None:
        self.lines.append(LogLine(f"2026-11-24T08:00:{second:02}.5Z", "api", "stdout", text))

    @property
    def said(self) -> list[str]:
        return [e.text for e in self.events if isinstance(e, Line)]

    @property
    def waits(self) -> list[tuple[str, int, str]]:
        return [(e.service, e.seconds, e.state) for e in self.events if isinstance(e, Waiting)]


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(monkeypatch)


def test_who_is_waited_for_is_told_at_once_and_now_and_then(scene: Scene) -> None:
    for now in (0.0, 1.0, 2.0, 10.0, 11.0):
        scene.look(now)
    assert scene.waits == [("api", 0, "migrating"), ("api", 10, "migrating")]


def test_another_one_is_told_at_once(scene: Scene) -> None:
    scene.look(0.0, web=None)
    scene.look(1.0)
    assert [w[0] for w in scene.waits] == ["web", "api"]


def test_its_log_comes_after_a_while_and_each_line_once(scene: Scene) -> None:
    scene.write(1, "Running migrations")
    scene.look(0.0)
    scene.look(14.0)
    assert scene.said == []
    scene.look(15.0)
    scene.look(16.0)
    scene.write(2, "password hunter2")
    scene.look(20.0)
    scene.look(25.0)
    assert scene.said == ["api | Running migrations", "api | password ••••••"]


def test_lines_are_bounded(scene: Scene) -> None:
    for second in range(60):
        scene.write(second, "x" * 2000)
        scene.write(second, f"{second}")
    scene.look(0.0)
    scene.look(15.0)
    assert len(scene.said) == 61, "sixty, and how many are left out"
    assert scene.said[0] == "api | … (60)"
    assert max(map(len, scene.said)) <= LINE_LENGTH + len("api | ")


def test_a_new_line_makes_the_waiting_longer(scene: Scene) -> None:
    scene.look(0.0)
    scene.write(1, "one")
    scene.look(590.0)
    assert not scene.patience.over(600.0)
    assert scene.patience.over(710.0)


def test_one_that_ends_again_and_again_is_no_progress(scene: Scene) -> None:
    crashing = Container("api", "api", "api", "running", "", 1, "i", (), "", 3)
    scene.look(0.0, api=crashing)
    scene.write(1, "Traceback")
    scene.look(590.0, api=crashing)
    assert scene.said == ["api | Traceback"]
    assert scene.patience.over(600.0)


def test_work_without_a_word_makes_it_longer(scene: Scene) -> None:
    scene.look(0.0)
    scene.look(580.0)
    scene.engine.used = int(5e9)
    scene.look(590.0)
    assert not scene.patience.over(600.0)


def test_an_idle_processor_does_not(scene: Scene) -> None:
    scene.look(0.0)
    scene.look(580.0)
    scene.engine.used = int(1e9)
    scene.look(590.0)
    assert scene.patience.over(600.0)


def test_a_log_that_cannot_be_read_does_not_end_the_waiting(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    from installer.core.errors import Code

    def refuse(*_args: object, **_options: object) -> list[LogLine]:
        raise InstallError(Code.ACTION_FAILED)

    monkeypatch.setattr(module, "history", refuse)
    scene.look(0.0)
    scene.look(20.0)
    assert scene.said == []


def test_the_ending_says_who_and_how_long_and_what_it_said(scene: Scene) -> None:
    scene.write(1, "still migrating")
    scene.look(0.0)
    scene.look(600.0)
    look = Look(stack(scene.situation, web=container("web")), (), 5, Answer(502, {}, b"Bad Gateway"))
    error = not_ready(look, scene.watch, scene.patience, 720.0)
    assert error.params["services"] == "api"
    assert error.params["minutes"] == "12"
    assert error.detail.splitlines() == ["api: migrating, 720 s", "api | still migrating", "Bad Gateway"]
