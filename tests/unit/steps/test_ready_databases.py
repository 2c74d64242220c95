"""The gate's last question: a database that refuses is asked again, as long as there is patience."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from installer.answers import Secrets
from installer.apply.readiness.reachability import Places
from installer.apply.steps import ready as module
from installer.apply.steps.base import Context
from installer.apply.steps.ready import Look, Ready
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.secrets import Redactor
from installer.hosts.base import Command, Result
from installer.hosts.http import Answer
from tests.fakes.host import Expected, FakeHost, ok
from tests.situations import situation
from tests.unit.gate.test_guilty import container


class Complete(Ready):
    """Everything runs and the page answers."""

    def _look(self, context: Context, restarts: dict[str, int]) -> Look:
        names = context.situation.configuration.databases
        return Look(tuple(container(name) for name in names), (), 3, Answer(200, {}, b"{}", ""))


def wait(monkeypatch: pytest.MonkeyPatch, answers: Sequence[int], seconds: Iterator[float]) -> FakeHost:
    """Databases that answer with these exit codes; *seconds*: what the clock says."""
    monkeypatch.setattr(module, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(module, "ask_here", lambda *_: "yes")
    monkeypatch.setattr(module, "_on_the_way", lambda *_: Places("yes", "yes"))

    def asked(command: Command) -> bool:
        return "exec" in command.argv

    def reply(code: int) -> Result:
        return ok("") if code == 0 else Result(code, b"", b"the database system is starting up")

    host = FakeHost([Expected(asked, reply(code)) for code in answers])
    there = situation()
    context = Context(
        host=host,
        situation=there,
        secrets=Secrets(),
        emit=lambda _: None,
        cancel=CancelToken(),
        redact=Redactor(),
        renew=lambda: None,
        cache=Path("/nowhere"),
    )
    gate = Complete(clock=lambda: next(seconds))
    action = gate.plan(there)
    assert action
    with host:
        gate.apply(action, context)
    return host


def test_one_that_refuses_for_a_moment_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    wait(monkeypatch, [1, 0, 0], iter([0.0, 1.0, 2.0, 3.0]))


def test_one_that_goes_on_refusing_is_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InstallError) as caught:
        wait(monkeypatch, [1, 1], iter([0.0, 1.0, 5000.0]))
    assert caught.value.code is Code.DATABASE_NOT_READY
    assert caught.value.params["service"] and "starting up" in caught.value.detail
