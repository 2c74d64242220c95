"""Repairs as the wizard sees them."""

from __future__ import annotations

from dataclasses import replace

from installer.answers import Repairs
from installer.core.errors import Code
from installer.core.finding import Finding
from installer.facts.model import Facts
from installer.preflight.check_list import Check
from installer.repairs.model import Repair
from installer.views.wizard import (
    ChecksState,
    PageId,
    WizardState,
    choose,
    chosen_for,
    edit,
    holding_back,
    is_chosen,
    missing,
    offers,
    will_be_repaired,
    with_answers,
)
from tests.situations import ANSWERS

INSTALL = Repair("docker.install", solves=frozenset({"docker.missing"}))
START = Repair("docker.start", at_once=True, solves=frozenset({"docker.not_running"}))
MISSING = Finding(Code.DOCKER_MISSING, repairs=("docker.install",))
DISK = Finding(Code.DISK_TOO_SMALL)


def state(*problems: Finding) -> WizardState:
    checks = tuple(Check(p.code.value, "docker", "stop", {}, p) for p in problems)
    return WizardState(
        page=PageId.CHECKS,
        answers=ANSWERS,
        rights="root",
        checks=ChecksState(facts=Facts(), rows=checks, repairs=(INSTALL, START)),
    )


def without_repairs(there: WizardState) -> WizardState:
    return replace(there, checks=replace(there.checks, repairs=()))


def test_only_what_can_be_done_there_is_offered() -> None:
    assert offers(state(), MISSING) == (INSTALL,)
    assert offers(without_repairs(state()), MISSING) == ()
    assert offers(state(), Finding(Code.DOCKER_NOT_RUNNING)) == (START,)
    assert offers(state(), DISK) == offers(state(), None) == ()


def test_a_chosen_repair_holds_nobody_back() -> None:
    before = state(MISSING)
    assert [m.key for m in missing(before)] == ["repairs"]
    after = choose(before, "docker.install", wanted=True)
    assert after.answers.repairs.allow == ("docker.install",)
    assert missing(after) == () and holding_back(after) == ()
    assert chosen_for(after, after.checks.rows) == 1
    assert choose(after, "docker.install", wanted=False).answers == before.answers


def test_what_it_does_not_take_away_still_does() -> None:
    after = choose(state(MISSING, DISK), "docker.install", wanted=True)
    assert [c.id for c in holding_back(after)] == ["disk.too_small"]
    assert missing(after)[0].params == {"count": "1"}


def test_a_choice_that_is_not_offered_here_solves_nothing() -> None:
    after = choose(without_repairs(state(MISSING)), "docker.install", wanted=True)
    assert is_chosen(after, "docker.install") and not will_be_repaired(after, MISSING)


def test_choosing_keeps_what_was_found_and_drops_the_plan() -> None:
    before = state(MISSING)
    after = choose(before, "docker.install", wanted=True)
    assert after.checks.facts is before.checks.facts and after.checks.rows is before.checks.rows
    assert after.review.plan is None


def test_a_choice_is_for_the_machine_it_was_made_for() -> None:
    chosen = choose(state(MISSING), "docker.install", wanted=True)
    other = replace(chosen.answers, target=replace(chosen.answers.target, host="203.0.113.99"))
    moved = edit(chosen, answers=other)
    assert moved.answers.repairs.allow == () and moved.checks.repairs == ()
    proxy = Repairs(("docker.install",), "https://mirror.example.jp", "http://proxy.example.jp:3128")
    given = replace(chosen, answers=replace(chosen.answers, repairs=proxy))
    assert choose(given, "swap.add", wanted=True).answers.repairs == replace(
        proxy, allow=("docker.install", "swap.add")
    )
    other_network = edit(given, answers=replace(other, repairs=proxy)).answers.repairs
    assert other_network == replace(proxy, allow=())
    named = replace(other, repairs=Repairs(("swap.add",)))
    assert with_answers(chosen, named, "password").answers.repairs.allow == ("swap.add",)
