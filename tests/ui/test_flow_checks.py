"""The flow on Checks: what a look leads to, the network beside it, decisions, and repairs at once."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from installer.answers import Repairs
from installer.apply.plan import make_plan
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit, Line, StepFinished, StepStarted
from installer.engine import Blocked
from installer.facts.model import DockerFacts
from installer.network.model import NetworkFacts
from installer.preflight.check_list import Network
from installer.repairs.model import Repair
from installer.views.wizard import PageId, arranged, awaited
from tests.situations import GOOD, situation
from tests.ui.test_flow import Script, asked_for, flow, script, wait_for
from ui import intents
from ui.connection.check_result import Judged, Looked, judge_rows
from ui.wizard.controller import Flow

__all__ = ["flow"]  # the fixture

START = Repair("docker.start", at_once=True, solves=frozenset({"docker.not_running"}))
WAIT = 5000


def looked(network: Network | None = None, **changes: object) -> Looked:
    """What a look finds, judged as the session does."""
    there = situation(replace(GOOD, **changes))  # type: ignore[arg-type]
    checks, repairs = judge_rows(there.answers, there.facts, there, "root", network)
    return Looked(there.facts, checks, situation=there, repairs=repairs)


def arrive(qtbot: QtBot, flow: Flow) -> Script:
    """To Checks, with everything in."""
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    qtbot.waitUntil(lambda: not flow.state.network.looking and not awaited(flow.state))
    return script(flow)


def test_rows_stand_there_while_it_looks(qtbot: QtBot, flow: Flow) -> None:
    go_on = threading.Event()
    whole = looked()

    def look(emit: Emit, cancel: CancelToken) -> Looked:
        assert go_on.wait(WAIT)
        return whole

    script(flow).results["look"] = look
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.page is PageId.CHECKS and flow.state.work.busy is not None)
    top, rest = arranged(flow.state)
    assert top == () and {c.verdict for c in rest} == {"unknown"} and awaited(flow.state)
    assert {"registry", "docker"} <= {c.id for c in rest}
    go_on.set()
    qtbot.waitUntil(lambda: flow.state.work.busy is None)
    assert flow.state.checks.facts is whole.facts
    assert flow.state.checks.repairs == whole.repairs


def test_the_network_holds_nobody_up_and_comes_in_later(qtbot: QtBot, flow: Flow) -> None:
    go_on = threading.Event()
    found = NetworkFacts(tool="curl")

    def network(emit: Emit, cancel: CancelToken) -> NetworkFacts:
        assert go_on.wait(WAIT)
        return found

    script(flow).results.update(network=network, look=looked(Network()))
    script(flow).results["judge"] = lambda *_: Judged(situation(), looked(Network(found)).checks)
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.page is PageId.CHECKS and flow.state.checks.facts is not None)
    qtbot.waitUntil(lambda: flow.state.work.busy is None)
    assert flow.state.network.looking and "registry" in awaited(flow.state)
    assert "docker" not in awaited(flow.state)
    go_on.set()
    qtbot.waitUntil(lambda: not awaited(flow.state))
    assert flow.state.network.facts is found
    given = [given for name, given in script(flow).asked if name == "judge"]
    assert given[-1][1] == Network(found)


def test_a_network_that_cannot_be_asked_is_not_waited_for(qtbot: QtBot, flow: Flow) -> None:
    script(flow).results["network"] = InstallError(Code.HOST_PROBE_FAILED, {"host": "h"})
    arrive(qtbot, flow)
    assert flow.state.network.facts is None and flow.state.work.failure is None


def test_a_look_that_fails_forgets_what_was_found_before(qtbot: QtBot, flow: Flow) -> None:
    arrive(qtbot, flow)
    script(flow).results["look"] = InstallError(Code.SSH_CONNECTION_LOST, {"host": "h"})
    flow.ask(intents.CheckAgain())
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.CHECKS) is not None)
    assert flow.state.checks.facts is None and arranged(flow.state) == ((), ())


def test_one_row_is_looked_at_again(qtbot: QtBot, flow: Flow) -> None:
    arrive(qtbot, flow)
    row = flow.state.checks.rows[0].id
    go_on, whole = threading.Event(), script(flow).results["look"]
    script(flow).results["look"] = lambda *_: whole if go_on.wait(WAIT) else None
    flow.ask(intents.CheckAgain(row))
    assert awaited(flow.state) == {row}
    assert flow.state.checks.facts is not None
    go_on.set()
    qtbot.waitUntil(lambda: flow.state.work.busy is None)


def silent(qtbot: QtBot, flow: Flow) -> Script:
    """On Checks, with a Docker that does not answer."""
    docker = DockerFacts(path="/usr/bin/docker", client="28.5.2", error="Cannot connect")
    script(flow).results["look"] = looked(docker=docker)
    script(flow).results["judge"] = Judged(None, looked(docker=docker).checks, None, (START,))
    found = arrive(qtbot, flow)
    qtbot.waitUntil(lambda: [r.id for r in flow.state.checks.repairs] == ["docker.start"])
    return found


def test_a_repair_at_once_says_what_it_does_and_everything_is_looked_at_again(
    qtbot: QtBot, flow: Flow
) -> None:
    found, go_on = silent(qtbot, flow), threading.Event()

    def repair(emit: Emit, cancel: CancelToken) -> None:
        emit(StepStarted(step="repair:docker.start"))
        emit(Line(step="repair:docker.start", text="Starting"))
        assert go_on.wait(WAIT)
        emit(Line(step="repair:docker.start", text="Started"))
        emit(StepFinished(step="repair:docker.start", changed=True))

    found.results.update(repair=repair, look=looked())
    flow.ask(intents.RepairNow("docker.start", "docker"))
    qtbot.waitUntil(lambda: flow.state.repair.lines == ("Starting",))
    assert flow.state.repair.going == "docker.start" and flow.state.work.busy is not None
    go_on.set()
    qtbot.waitUntil(lambda: flow.state.work.busy is None and flow.state.repair.going == "")
    assert flow.state.repair.lines == ("Starting", "Started")
    assert asked_for(flow)[-1] in ("look", "judge") and "repair" in asked_for(flow)
    assert next(c for c in flow.state.checks.rows if c.id == "docker").verdict == "ok"


def test_a_repair_that_fails_says_why_and_leaves_the_rows(qtbot: QtBot, flow: Flow) -> None:
    found = silent(qtbot, flow)
    found.results["repair"] = InstallError(
        Code.REPAIR_FAILED, {"repair": "docker.start"}, detail="unit masked"
    )
    flow.ask(intents.RepairNow("docker.start", "docker"))
    found.results["look"] = looked()
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.CHECKS) is not None)
    qtbot.waitUntil(lambda: flow.state.repair.going == "" and flow.state.work.busy is None)
    error = flow.state.failed_on(PageId.CHECKS)
    assert error is not None and error.code is Code.REPAIR_FAILED
    assert flow.state.checks.facts is not None and flow.state.checks.rows and flow.state.repair.changed
    assert next(c for c in flow.state.checks.rows if c.id == "docker").verdict == "ok", "looked at again"


def test_a_repair_can_be_cancelled(qtbot: QtBot, flow: Flow) -> None:
    found = silent(qtbot, flow)

    def repair(emit: Emit, cancel: CancelToken) -> None:
        cancel.wait(WAIT)
        raise Cancelled

    found.results["repair"] = repair
    flow.ask(intents.RepairNow("docker.start", "docker"))
    assert flow.state.repair.going
    before = asked_for(flow).count("look")
    flow.ask(intents.Stop())
    qtbot.waitUntil(lambda: flow.state.work.busy is None and flow.state.repair.going == "")
    assert flow.state.work.failure is None and asked_for(flow).count("look") == before + 1


def test_who_only_waits_changes_nothing(qtbot: QtBot, flow: Flow) -> None:
    silent(qtbot, flow)
    flow.set(
        replace(
            flow.state,
            checks=replace(flow.state.checks, repairs=(START, Repair("packages.wait", at_once=True))),
        )
    )
    flow.ask(intents.RepairNow("packages.wait", "docker"))
    assert flow.state.repair.going and not flow.state.repair.changed
    qtbot.waitUntil(lambda: flow.state.work.busy is None and flow.state.repair.going == "")


@pytest.mark.parametrize("wrong", ["swap.add", "nothing"])
def test_only_what_acts_at_once_is_run_at_once(qtbot: QtBot, flow: Flow, wrong: str) -> None:
    found = silent(qtbot, flow)
    flow.set(replace(flow.state, checks=replace(flow.state.checks, repairs=(START, Repair("swap.add")))))
    flow.ask(intents.RepairNow(wrong, "memory"))
    assert "repair" not in [name for name, _ in found.asked]


def test_choosing_a_repair_changes_the_answers(qtbot: QtBot, flow: Flow) -> None:
    arrive(qtbot, flow)
    flow.ask(intents.ChooseRepair("docker.install", wanted=True))
    chosen = flow.state.answers.repairs.allow
    flow.ask(intents.ChooseRepair("docker.install", wanted=False))
    assert (chosen, flow.state.answers.repairs.allow) == (("docker.install",), ())


def test_a_repair_of_a_cause_is_chosen_and_shown_before_it_runs(qtbot: QtBot, flow: Flow) -> None:
    arrive(qtbot, flow)
    flow.ask(intents.ReviewRepair("swap.add"))
    assert flow.state.page is PageId.REVIEW
    assert flow.state.answers.repairs.allow == ("swap.add",)
    qtbot.waitUntil(lambda: asked_for(flow)[-1] == "plan")
    assert "install" not in asked_for(flow)


def test_an_address_chooses_its_repair(qtbot: QtBot, flow: Flow) -> None:
    arrive(qtbot, flow)
    flow.ask(intents.ChooseRepair("docker.install", wanted=True))
    flow.ask(intents.UseAddress("proxy", "http://proxy.example.jp:3128"))
    assert flow.state.answers.repairs == Repairs(
        ("docker.install", "daemon.proxy"), proxy="http://proxy.example.jp:3128"
    )


def test_behind_another_web_server_only_the_machine_reaches_dify(qtbot: QtBot, flow: Flow) -> None:
    arrive(qtbot, flow)
    flow.ask(intents.InstallBehindProxy("ports.http", 8080))
    answers = flow.state.answers
    assert (answers.ports.http, answers.ports.https) == (8080, 0)
    assert (answers.site.bind, answers.tls.mode) == ("127.0.0.1", "proxy")
    qtbot.waitUntil(lambda: asked_for(flow)[-1] == "judge")


def test_another_folder_is_looked_at_at_once(qtbot: QtBot, flow: Flow) -> None:
    arrive(qtbot, flow)
    flow.ask(intents.UseFolder("/opt/dify2", "dify2"))
    target = flow.state.answers.target
    assert (target.directory, target.project) == ("/opt/dify2", "dify2")
    assert flow.state.work.busy is not None and asked_for(flow)[-1] == "look"
    qtbot.waitUntil(lambda: flow.state.work.busy is None)


def test_logging_in_again_makes_a_new_connection(qtbot: QtBot, flow: Flow) -> None:
    found = arrive(qtbot, flow)
    before, pages = found.host, list[PageId]()
    flow.changed.connect(lambda state: pages.append(state.page))
    flow.ask(intents.Reconnect())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert pages[0] is PageId.LOGIN  # a server may ask more than a password there
    assert found.host is not before and asked_for(flow).count("connect") == 2
    qtbot.waitUntil(lambda: flow.state.work.busy is None)
    assert flow.state.checks.facts is not None


def test_a_page_of_the_web_is_for_the_browser(qtbot: QtBot, flow: Flow) -> None:
    with qtbot.waitSignal(flow.browse) as asked:
        flow.ask(intents.OpenUrl("https://docs.docker.com/"))
    assert asked.args == ["https://docs.docker.com/"]


def test_what_a_repair_left_wrong_is_shown_where_it_was_carried_out(qtbot: QtBot, flow: Flow) -> None:
    plan = make_plan(situation(replace(GOOD, docker=DockerFacts())))
    assert plan.blockers

    def install(emit: Emit, cancel: CancelToken) -> None:
        emit(StepStarted(step="repair:docker.install"))
        emit(StepFinished(step="repair:docker.install", changed=True))
        raise Blocked(plan)

    script(flow).results["install"] = install
    flow.ask(intents.Next())
    for page in (PageId.CHECKS, PageId.SETTINGS, PageId.REVIEW):
        wait_for(qtbot, flow, page)
        flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.INSTALL) is not None)
    error = flow.state.failed_on(PageId.INSTALL)
    assert error is not None and error.code is plan.blockers[0].code
    assert flow.state.page is PageId.INSTALL
