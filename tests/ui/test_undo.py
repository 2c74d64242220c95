"""Undo and the other ways on, carried out by the flow; and how soon a cancel shows."""

from __future__ import annotations

import threading
import time

import pytest
from pytestqt.qtbot import QtBot

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit, Finishing, StepStarted
from installer.engine import WAIT_LONGER
from installer.lifecycle.undo.model import Undone, UndoPlan
from installer.views.wizard import PageId
from tests.ui.page_probe import Probe
from tests.ui.test_flow import OUTCOME, asked_for, flow, script, to_install, wait_for
from ui import intents
from ui.wizard.controller import Flow
from ui.wizard.install.failure_actions import ways_out
from ui.wizard.install.page import InstallPage
from ui.wizard.install.words import sentence_key

__all__ = ["flow"]

PLAN = UndoPlan("remove", "/opt/dify", "dify", containers=("dify-api-1",))
NOT_READY = InstallError(Code.NOT_READY, {"services": "api"})


def failed(qtbot: QtBot, flow: Flow, error: InstallError = NOT_READY) -> None:
    script(flow).results["install"] = [error, OUTCOME]
    to_install(qtbot, flow)
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.INSTALL) is error)


@pytest.mark.parametrize(
    ("intent", "how"),
    [
        (intents.WaitLonger(), {"skip": WAIT_LONGER, "wait": False}),
        (intents.ContinueAnyway(), {"skip": frozenset({"admin"}), "wait": False}),
        (intents.FollowOtherRun(), {"skip": frozenset(), "wait": True}),
        (intents.Retry(), {"skip": frozenset(), "wait": False}),
    ],
)
def test_ways_on(qtbot: QtBot, flow: Flow, intent: intents.Intent, how: dict[str, object]) -> None:
    failed(qtbot, flow)
    flow.ask(intent)
    wait_for(qtbot, flow, PageId.DONE)
    last = [given for name, given in script(flow).asked if name == "install"][-1]
    assert last[-1] == how


def test_back_to_the_checks(qtbot: QtBot, flow: Flow) -> None:
    failed(qtbot, flow)
    flow.ask(intents.BackToChecks())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert flow.state.work.failure is None


def test_undo_is_shown_first_and_nothing_done_without_a_word(qtbot: QtBot, flow: Flow) -> None:
    failed(qtbot, flow)
    script(flow).results["undo_plan"] = PLAN
    flow.ask(intents.ShowUndo())
    qtbot.waitUntil(lambda: flow.state.undoing is not None and flow.state.undoing.plan == PLAN)
    assert "undo" not in asked_for(flow)
    flow.ask(intents.DismissUndo())
    assert flow.state.undoing is None and flow.state.failed_on(PageId.INSTALL) is NOT_READY


def test_undo_to_its_end(qtbot: QtBot, flow: Flow) -> None:
    failed(qtbot, flow)
    undone = Undone(PLAN, changed=True, left=("/opt/dify/docker/volumes/db",))
    script(flow).results |= {"undo_plan": PLAN, "undo": undone}
    flow.ask(intents.ShowUndo())
    qtbot.waitUntil(lambda: flow.state.undoing is not None and flow.state.undoing.plan == PLAN)
    flow.ask(intents.Undo(confirm="/opt/dify", images=True))
    qtbot.waitUntil(lambda: flow.state.undoing is not None and flow.state.undoing.done == undone)
    assert script(flow).asked[-1] == ("undo", ("/opt/dify", True, PLAN))
    flow.ask(intents.BackToChecks())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert flow.state.undoing is None


def test_an_undo_that_fails_says_why_and_can_be_asked_for_again(qtbot: QtBot, flow: Flow) -> None:
    failed(qtbot, flow)
    error = InstallError(Code.ACTION_FAILED, {"exit_code": "1"})
    script(flow).results |= {"undo_plan": PLAN, "undo": error}
    flow.ask(intents.ShowUndo())
    qtbot.waitUntil(lambda: flow.state.undoing is not None and flow.state.undoing.plan == PLAN)
    flow.ask(intents.Undo())
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.INSTALL) is error)
    assert flow.state.undoing is not None and flow.state.undoing.broken
    page = Probe(qtbot, flow.state).page
    assert isinstance(page, InstallPage)
    ways = [text for text, _ in ways_out(page, error)]
    assert ways == [page.ui.t("install.undo"), page.ui.t("install.check_again")], "trying again would install"
    flow.ask(intents.Retry())
    assert asked_for(flow)[-1] == "undo_plan"


def test_a_look_that_fails_or_is_cancelled_leaves_what_was_shown(qtbot: QtBot, flow: Flow) -> None:
    failed(qtbot, flow)
    error, go_on = InstallError(Code.HOST_TIMEOUT), threading.Event()

    def look(_emit: Emit, cancel: CancelToken) -> None:
        assert cancel._event.wait(5)
        go_on.set()
        raise Cancelled

    script(flow).results["undo_plan"] = [error, look]
    flow.ask(intents.ShowUndo())
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.INSTALL) is error)
    page = Probe(qtbot, flow.state).page
    assert isinstance(page, InstallPage)
    assert [text for text, _ in ways_out(page, error)][-1] == page.ui.t("undo.close")
    flow.ask(intents.DismissUndo())
    assert flow.state.failed_on(PageId.INSTALL) is NOT_READY
    flow.ask(intents.ShowUndo())
    assert sentence_key(flow.state) == "busy.undo_look"
    flow.ask(intents.Stop())
    qtbot.waitUntil(lambda: go_on.is_set() and flow.state.work.busy is None)
    assert flow.state.undoing is None and flow.state.failed_on(PageId.INSTALL) is NOT_READY


def test_an_undo_that_is_cancelled_half_way_installs_nothing(qtbot: QtBot, flow: Flow) -> None:
    failed(qtbot, flow)

    def undo(_emit: Emit, cancel: CancelToken) -> None:
        assert cancel._event.wait(5)
        raise Cancelled

    script(flow).results |= {"undo_plan": PLAN, "undo": undo}
    flow.ask(intents.ShowUndo())
    qtbot.waitUntil(lambda: flow.state.undoing is not None and flow.state.undoing.plan == PLAN)
    flow.ask(intents.Undo())
    flow.ask(intents.Stop())
    qtbot.waitUntil(lambda: flow.state.undoing is not None and flow.state.undoing.halted)
    assert not flow.state.work.stopped
    probe = Probe(qtbot, flow.state)
    page = probe.page
    assert isinstance(page, InstallPage) and page.undoing.keep is not None
    assert page.bar(flow.state).primary == "", "Enter must not install"
    assert probe.click(page.undoing.keep) == [intents.ShowUndo()]


def test_a_line_that_is_lost_during_an_undo_leads_back_to_it(qtbot: QtBot, flow: Flow) -> None:
    failed(qtbot, flow)
    lost = InstallError(Code.SSH_CONNECTION_LOST, {"host": "203.0.113.5", "port": "22"})
    script(flow).results |= {"undo_plan": PLAN, "undo": lost}
    flow.ask(intents.ShowUndo())
    qtbot.waitUntil(lambda: flow.state.undoing is not None and flow.state.undoing.plan == PLAN)
    flow.ask(intents.Undo())
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.INSTALL) is lost)
    assert sentence_key(flow.state) == "undo.lost"
    before = asked_for(flow).count("install")
    flow.ask(intents.Retry())
    assert flow.state.page is PageId.LOGIN or asked_for(flow)[-1] == "undo_plan"
    assert asked_for(flow).count("install") == before and not flow.state.install.resuming


def test_a_cancel_shows_at_once_whatever_the_work_does(qtbot: QtBot, flow: Flow) -> None:
    go_on = threading.Event()

    def install(emit: Emit, cancel: CancelToken) -> None:
        emit(StepStarted(step="repair:docker.install"))
        assert cancel._event.wait(5)
        emit(Finishing(step="repair:docker.install", seconds=3.0))
        assert go_on.wait(5)
        raise Cancelled

    script(flow).results["install"] = install
    to_install(qtbot, flow)
    qtbot.waitUntil(lambda: bool(flow.state.install.progress.rows and flow.state.install.progress.current))
    began = time.perf_counter()
    flow.ask(intents.Stop())
    assert flow.state.work.cancelling and time.perf_counter() - began < 0.1
    qtbot.waitUntil(lambda: flow.state.install.progress.finishing is not None)
    go_on.set()
    qtbot.waitUntil(lambda: flow.state.work.stopped)


def test_what_could_not_be_told_to_stop_is_a_lost_line(qtbot: QtBot, flow: Flow) -> None:
    def install(emit: Emit, cancel: CancelToken) -> None:
        emit(StepStarted(step="pull"))
        cancel._event.wait(5)
        raise Cancelled(still_running=True)

    script(flow).results["install"] = install
    to_install(qtbot, flow)
    qtbot.waitUntil(lambda: flow.state.install.progress.current is not None)
    flow.ask(intents.Stop())
    qtbot.waitUntil(lambda: flow.state.work.failure is not None)
    error = flow.state.failed_on(PageId.INSTALL)
    assert error is not None and error.code is Code.CANCEL_UNANSWERED and not flow.state.work.stopped
