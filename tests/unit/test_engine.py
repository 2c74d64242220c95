"""What ``apply`` carries out of a plan."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import cast
from unittest.mock import Mock

import pytest

from installer.answers import Admin, Secrets
from installer.answers.model import Repairs
from installer.apply.executor import CarryOut
from installer.apply.lock import LockData, job_unfinished
from installer.apply.plan import Plan, make_plan
from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError
from installer.core.events import Line, StepFailed, StepStarted
from installer.core.secrets import Secret
from installer.engine import WAIT_LONGER, Blocked, Engine, Outcome
from installer.facts.model import DockerFacts, Facts
from installer.release.obtain import Obtained
from installer.root_cause import Heard
from installer.state.plan_input import Situation
from tests.fakes.host import FakeHost
from tests.situations import ANSWERS, situation
from tests.unit.acme.situations import HERE, asked, made, there
from tests.unit.repairs.test_offered import DEBIAN, PLAIN

BARE = replace(PLAIN, system=DEBIAN, docker=DockerFacts())
READY = replace(PLAIN, system=DEBIAN)
ASKED = replace(ANSWERS, admin=Admin(email="a@example.jp", name="a"), repairs=Repairs(("docker.install",)))


class Recorded(Engine):
    """An engine whose machine is *seen*, one after the other; what it would do there is noted."""

    def __init__(self, home: Path, *seen: Facts) -> None:
        secrets = Secrets(admin_password=Secret("hunter2hunter2"))
        super().__init__(ASKED, secrets, Home(home), emit=lambda _: None)
        self.using(FakeHost())
        self.seen, self.done = list(seen), list[str]()

    def facts(self, *, account: bool = False) -> Facts:
        return self.seen[0]

    def release(self, installed: str = "") -> Obtained:
        return cast(Obtained, None)

    def judge(self, facts: Facts, release: Obtained) -> Situation:
        return situation(facts, ASKED)

    def _repaired(self, plan: Plan, release: Obtained) -> Plan:
        self.done += [f"own job: {repair.id}" for repair in plan.to_repair]
        return make_plan(self.judge(self.seen.pop(), release), repairing=False)

    def _carry_out(self) -> CarryOut:
        done = Mock(spec=CarryOut)
        done.run = lambda plan, **_: self.done.extend(action.step for action in plan.actions)
        return done

    def _outcome(self, plan: Plan, done: CarryOut, *, changed: bool) -> Outcome:
        return Outcome("http://x", "1", changed=changed)


ALL = ["upload", "pull", "reach", "databases", "start", "ready", "admin"]


@pytest.mark.parametrize("skip", [frozenset[str](), frozenset({"admin"})])
def test_repairs_are_carried_out_by_themselves_and_once(tmp_path: Path, skip: frozenset[str]) -> None:
    engine = Recorded(tmp_path, BARE, READY)
    engine.apply(skip=skip)
    assert engine.done == ["own job: docker.install", *(step for step in ALL if step not in skip)]


def test_only_waiting_repairs_and_starts_nothing(tmp_path: Path) -> None:
    engine = Recorded(tmp_path, READY)
    engine.apply(skip=WAIT_LONGER)
    assert engine.done == ["ready", "admin"]
    engine = Recorded(tmp_path, BARE)
    with pytest.raises(Blocked) as caught:
        engine.apply(skip=WAIT_LONGER)
    assert engine.done == [] and not caught.value.repaired


def test_facts_from_before_the_end_of_a_job_are_gathered_anew() -> None:
    """A job that ended between the look and the question whether it runs: its port is in the facts, its
    container is not."""
    lock = LockData("t", "c", "me@here", 1, 0.0, 1.0, job="apply-1").dump().decode()
    assert job_unfinished(Facts(lock=lock))
    assert not job_unfinished(Facts(lock=lock, jobs={"apply-1": "0"}))
    assert not job_unfinished(Facts())


# ---------------------------------------------------------------- HTTPS that waits for its certificate


class Certified(Recorded):
    """Asks for a certificate; *fails*: the step of the second plan at which something goes wrong."""

    def __init__(self, home: Path, *seen: Facts, fails: str = "", code: Code = Code.SERVICE_FAILED) -> None:
        super().__init__(home, *seen)
        self.answers = asked()
        self.fails, self.code = fails, code
        self.settles: list[bool] = []
        self.admin = Admin()

    def facts(self, *, account: bool = False) -> Facts:
        return self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]

    def judge(self, facts: Facts, release: Obtained) -> Situation:
        return made(replace(asked(), admin=self.admin), facts)

    def _carry_out(self) -> CarryOut:
        done = Mock(spec=CarryOut)

        def run(plan: Plan, *, settles: bool = True) -> None:
            self.settles.append(settles)
            steps = [f"{action.step}" for action in plan.actions]
            on = plan.situation.configuration.env["NGINX_HTTPS_ENABLED"]
            self.done.append(f"{on}: {' '.join(steps)}")
            if self.fails and self.fails in steps and on == "true":
                raise InstallError(self.code)

        done.run = run
        return done


FIRST = "false: upload pull reach databases start ready address certificate"
THEN = "true: upload pull reach databases start ready"


def test_what_follows_from_the_certificate_is_planned_once_it_is_there(tmp_path: Path) -> None:
    engine = Certified(tmp_path, HERE, there())
    engine.apply()
    assert engine.done == [FIRST, THEN, "true: renewal"]
    assert engine.settles == [False, True, True]  # the first plan is not the whole of the change


@pytest.mark.parametrize("fails", ["", "start"])
def test_what_is_passed_by_is_passed_by_in_the_second_plan_too(tmp_path: Path, fails: str) -> None:
    engine = Certified(tmp_path, HERE, there(), fails=fails)
    engine.admin = Admin("me@example.jp", "Me")
    with suppress(InstallError):
        engine.apply(skip=frozenset({"admin"}))
    assert len(engine.done) == 3 and not any("admin" in done for done in engine.done)


def test_waiting_alone_brings_https_to_its_end(tmp_path: Path) -> None:
    engine = Certified(tmp_path, HERE, there())
    engine.admin = Admin("me@example.jp", "Me")
    engine.apply(skip=WAIT_LONGER)
    assert engine.done[0] == "false: ready admin address certificate"
    assert engine.done[1].startswith("true: upload ")  # HTTPS is brought to its end all the same


def test_parts_of_switching_on_are_told_as_such(tmp_path: Path) -> None:
    engine, told = Certified(tmp_path, HERE, there()), list[str]()
    engine.emit = Heard(lambda event: told.append(f"{event.kind} {event.step}"))
    engine.apply()
    assert told == ["step_started https", "step_finished https"]
    engine.emit.within = "https"
    engine.emit(Line(step="start", text="x"))
    assert told[-1] == "line https:start"
    engine.emit(StepStarted(step="ready"))
    engine.emit(Line(step="ready", text="it said this"))
    engine.emit(StepFailed(step="https", code="ready.timeout"))
    assert (engine.emit.step, [*engine.emit.lines]) == ("ready", ["it said this"])


@pytest.mark.parametrize(
    ("code", "back"), [(Code.SERVICE_FAILED, True), (Code.NOT_READY, True), (Code.SSH_CONNECTION_LOST, False)]
)
def test_https_that_keeps_dify_down_is_taken_back(tmp_path: Path, code: Code, back: bool) -> None:
    engine = Certified(tmp_path, HERE, there(), fails="start", code=code)
    with pytest.raises(InstallError) as caught:
        engine.apply()
    assert caught.value.code is code
    former = FIRST.removesuffix(" address certificate")
    assert engine.done == [FIRST, THEN, *([former] if back else [])]


def test_a_certificate_that_is_said_to_be_there_and_is_not_is_an_error(tmp_path: Path) -> None:
    engine = Certified(tmp_path, HERE)
    with pytest.raises(InstallError) as caught:
        engine.apply()
    assert caught.value.code is Code.TLS_ISSUE_FAILED and engine.done == [FIRST]
