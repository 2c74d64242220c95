"""The flow on Settings: a service of one's own is tried, and what was found holds for these answers only."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from installer.answers import Answers
from installer.apply.plan import make_plan
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit
from installer.state import external_report
from installer.views.wizard import PageId, Trial, edit
from installer.views.wizard.external import with_setting
from tests.situations import situation
from tests.ui.states.services import POSTGRESQL, works
from tests.ui.test_flow import Script, flow, script, wait_for
from ui import intents
from ui.wizard.controller import Flow

__all__ = ["flow"]  # the fixture


@pytest.fixture
def at_settings(qtbot: QtBot, flow: Flow) -> Flow:
    """On Settings, with a database of one's own."""
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    flow.ask(intents.Next())
    flow.edit(lambda s: edit(s, answers=replace(s.answers, database=POSTGRESQL)))
    return flow


def judged(flow: Flow) -> list[object]:
    """What each judging was told of trying."""
    return [given[2] for name, given in script(flow).asked if name == "judge"]


def test_what_was_found_is_known_to_the_checks_too(qtbot: QtBot, at_settings: Flow) -> None:
    script(at_settings).results["try"] = (works(),)
    at_settings.ask(intents.CheckService("database"))
    assert at_settings.state.trial.going == "database"
    qtbot.waitUntil(lambda: not at_settings.state.trial.going)
    assert at_settings.state.trial == Trial({"database": works()})
    qtbot.waitUntil(lambda: (works(),) in judged(at_settings))


def test_answers_that_change_meanwhile_end_it(qtbot: QtBot, at_settings: Flow) -> None:
    asked, cancelled = threading.Event(), threading.Event()

    def long(emit: Emit, cancel: CancelToken) -> tuple[external_report.Tested, ...]:
        asked.set()
        while not cancel.cancelled:
            cancelled.wait(0.01)
        cancelled.set()
        return (works(),)

    script(at_settings).results["try"] = long
    at_settings.ask(intents.CheckService("database"))
    assert asked.wait(5)
    at_settings.edit(
        lambda s: edit(s, answers=with_setting(s.answers, "database", "DB_HOST", "db2.example.jp"))
    )
    assert not at_settings.state.trial.going
    assert cancelled.wait(5)
    qtbot.wait(100)
    assert at_settings.state.trial == Trial()


def test_it_can_be_stopped_and_begun_again(qtbot: QtBot, at_settings: Flow) -> None:
    go_on = threading.Event()
    script(at_settings).results["try"] = lambda *_: go_on.wait(5) and (works(),)
    at_settings.ask(intents.CheckService("database"))
    at_settings.ask(intents.StopServiceCheck())
    assert not at_settings.state.trial.going
    go_on.set()
    at_settings.ask(intents.CheckService("database"))
    qtbot.waitUntil(lambda: at_settings.state.trial == Trial({"database": works()}))


def test_another_page_waits_for_nothing(qtbot: QtBot, at_settings: Flow) -> None:
    go_on = threading.Event()
    script(at_settings).results["try"] = lambda *_: go_on.wait(5) and (works(),)
    at_settings.ask(intents.CheckService("database"))
    at_settings.ask(intents.GoToPage(PageId.CHECKS))
    assert not at_settings.state.trial.going
    go_on.set()


def test_why_it_could_not_be_tried_is_said_there(qtbot: QtBot, at_settings: Flow) -> None:
    error = InstallError(Code.SSH_CONNECTION_LOST, {"host": "h"})
    script(at_settings).results["try"] = error
    at_settings.ask(intents.CheckService("database"))
    qtbot.waitUntil(lambda: not at_settings.state.trial.going)
    assert at_settings.state.trial.errors == {"database": error}
    at_settings.session.close()
    at_settings.ask(intents.CheckService("database"))
    assert at_settings.state.trial.errors["database"].code is Code.SSH_CONNECTION_LOST


def test_what_a_plan_found_is_shown_on_settings(qtbot: QtBot, at_settings: Flow) -> None:
    found: Script = script(at_settings)
    there = situation()
    answers: Answers = replace(there.answers, database=POSTGRESQL)
    found.results["plan"] = make_plan(replace(there, answers=answers, external=(works(),)))
    at_settings.ask(intents.Next())
    qtbot.waitUntil(lambda: at_settings.state.review.plan is not None)
    assert at_settings.state.trial.found == {"database": works()}
