"""The first account: asked for until Dify answers again, sent again only if it was lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from installer.answers import Admin, Secrets
from installer.apply.steps import admin as module
from installer.apply.steps.admin import CreateAdmin
from installer.apply.steps.base import Context
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Event, FirstAccount
from installer.core.secrets import Redactor, Secret
from installer.hosts.http import Answer
from tests.fakes.host import FakeHost
from tests.situations import ANSWERS, situation

GONE = Answer(0, {}, b"", "timed out")
OPEN = Answer(200, {}, b'{"step": "not_started"}', "")
FINISHED = Answer(200, {}, b'{"step": "finished"}', "")
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


def run(
    monkeypatch: pytest.MonkeyPatch,
    answers: list[Answer],
    seconds: Iterator[float],
    told: list[Event] | None = None,
) -> list[str]:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)
    there = situation(answers=replace(ANSWERS, admin=Admin(email="a@example.jp", name="A")))
    context = Context(
        host=FakeHost(),
        situation=there,
        secrets=Secrets(admin_password=Secret("hunter2hunter2")),
        emit=(told if told is not None else []).append,
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
    asked = run(monkeypatch, [GONE, Answer(502, {}, b"", ""), OPEN, DONE, DONE], map(float, range(9)))
    assert asked == [GET, GET, GET, INIT, POST]


def test_one_that_stays_away_is_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InstallError) as caught:
        run(monkeypatch, [GONE, GONE], iter([0.0, 1.0, 1000.0]))
    assert caught.value.code is Code.ADMIN_FAILED and caught.value.params["answer"] == "timed out"


def test_the_guard_may_be_passed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = run(monkeypatch, [OPEN, GONE, DONE, DONE], map(float, range(9)))
    assert asked == [GET, INIT, INIT, POST]


def test_the_form_is_sent_once_and_it_is_asked_whether_it_arrived(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = run(monkeypatch, [OPEN, DONE, GONE, OPEN, FINISHED], map(float, range(9)))
    assert asked == [GET, INIT, POST, GET, GET]
    assert run(monkeypatch, [FINISHED], iter([0.0])) == [GET]


def test_a_form_that_was_lost_is_sent_again_once_dify_says_so_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Docker was restarted in the middle of it: Dify was away, then answered without an account."""
    asked = run(monkeypatch, [OPEN, DONE, GONE, GONE, OPEN, OPEN, DONE, DONE], map(float, range(0, 300, 31)))
    assert asked == [GET, INIT, POST, GET, GET, GET, INIT, POST]
    with pytest.raises(InstallError) as caught:
        run(monkeypatch, [OPEN, *[DONE, GONE, OPEN, OPEN] * 9], map(float, range(0, 900, 31)))
    assert caught.value.params["answer"] == "timed out"


def test_one_that_had_arrived_after_all_is_refused_the_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    no = Answer(403, {}, b'{"code": "already_setup", "message": "Dify has been successfully installed."}', "")
    answers = [OPEN, DONE, GONE, OPEN, OPEN, DONE, no, FINISHED, FINISHED]
    assert run(monkeypatch, answers, map(float, range(0, 300, 31)))[-2:] == [GET, GET]


def test_a_form_that_dify_failed_at_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Answer(500, {}, b'{"message": "Internal Server Error"}', "")
    with pytest.raises(InstallError) as caught:
        run(monkeypatch, [OPEN, DONE, broken, OPEN, OPEN], map(float, range(0, 300, 31)))
    assert caught.value.params["answer"] == "Internal Server Error"


@pytest.mark.parametrize(
    ("answers", "created"),
    [([FINISHED], False), ([OPEN, DONE, DONE], True), ([OPEN, DONE, GONE, FINISHED], True)],
)
def test_whether_this_run_created_it_is_told(
    monkeypatch: pytest.MonkeyPatch, answers: list[Answer], created: bool
) -> None:
    told: list[Event] = []
    run(monkeypatch, answers, map(float, range(9)), told)
    assert [(e.email, e.created) for e in told if isinstance(e, FirstAccount)] == [("a@example.jp", created)]


def test_an_account_that_is_known_is_not_planned() -> None:
    answers = replace(ANSWERS, admin=Admin(email="a@example.jp", name="A"))
    there = situation(answers=answers)
    assert CreateAdmin().plan(there) is not None
    known = replace(there, facts=replace(there.facts, account=True))
    assert CreateAdmin().plan(known) is None


@pytest.mark.parametrize("before", [[], [DONE]])
def test_a_refusal_is_told_at_once(monkeypatch: pytest.MonkeyPatch, before: list[Answer]) -> None:
    no = Answer(403, {}, b'{"message": "Init validate failed"}', "")
    with pytest.raises(InstallError) as caught:
        run(monkeypatch, [OPEN, *before, no, OPEN], map(float, range(9)))
    assert caught.value.params["answer"] == "Init validate failed"
