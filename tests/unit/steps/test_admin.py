"""The first account: asked for until Dify answers again, sent once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from installer.cancel import CancelToken
from installer.errors import Code, InstallError
from installer.hosts.http import Answer
from installer.secrets import Redactor, Secret
from installer.settings import Admin, Secrets
from installer.steps import admin as module
from installer.steps.admin import CreateAdmin
from installer.steps.base import Context
from tests.fakes.host import FakeHost
from tests.situations import ANSWERS, situation

GONE = Answer(0, {}, b"", "timed out")
OPEN = Answer(200, {}, b'{"step": "not_started"}', "")
DONE = Answer(201, {}, b"{}", "")


class Asking(CreateAdmin):
    """A Dify that gives *answers*, one after the other; what was asked is kept."""

    def __init__(self, answers: list[Answer], seconds: Iterator[float]) -> None:
        super().__init__(clock=lambda: next(seconds))
        self.answers, self.asked = answers, list[str]()

    def _ask(
        self, context: Context, method: str, path: str, form: dict[str, str] | None = None, cookie: str = ""
    ) -> Answer:
        self.asked.append(f"{method} {path}")
        return self.answers.pop(0)


def run(monkeypatch: pytest.MonkeyPatch, answers: list[Answer], seconds: Iterator[float]) -> list[str]:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)
    there = situation(answers=replace(ANSWERS, admin=Admin(email="a@example.jp", name="A")))
    context = Context(
        host=FakeHost(),
        situation=there,
        secrets=Secrets(admin_password=Secret("hunter2hunter2")),
        emit=lambda _: None,
        cancel=CancelToken(),
        redact=Redactor(),
        renew=lambda: None,
        cache=Path("/nowhere"),
    )
    step = Asking(answers, seconds)
    action = step.plan(there)
    assert action
    step.apply(action, context)
    return step.asked


GET, INIT, POST = "GET /console/api/setup", "POST /console/api/init", "POST /console/api/setup"


def test_a_dify_that_is_away_for_a_moment_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = run(monkeypatch, [GONE, Answer(502, {}, b"", ""), OPEN, DONE, DONE], iter([0.0, 1.0, 2.0]))
    assert asked == [GET, GET, GET, INIT, POST]


def test_one_that_stays_away_is_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InstallError) as caught:
        run(monkeypatch, [GONE, GONE], iter([0.0, 1.0, 1000.0]))
    assert caught.value.code is Code.ADMIN_FAILED and caught.value.params["answer"] == "timed out"


def test_the_form_is_never_sent_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have arrived: only the next run can tell, by asking."""
    with pytest.raises(InstallError):
        run(monkeypatch, [OPEN, DONE, GONE], iter([0.0]))
    finished = Answer(200, {}, b'{"step": "finished"}', "")
    assert run(monkeypatch, [finished], iter([0.0])) == [GET]
