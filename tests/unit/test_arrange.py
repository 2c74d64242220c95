"""Where rows of the checks stand while they come in."""

from __future__ import annotations

from dataclasses import replace

from installer.facts.model import Facts
from installer.preflight.check_list import Check, Verdict
from installer.views.wizard import (
    Busy,
    ChecksState,
    NetworkState,
    PageId,
    WizardState,
    WorkState,
    arranged,
    awaited,
    come_in,
    looking,
    settled,
)
from tests.situations import ANSWERS

BUSY = Busy("facts", 0.0)


def row(name: str, verdict: Verdict = "ok", group: str = "server") -> Check:
    return Check(name, group, verdict, {}, None)  # type: ignore[arg-type]


def state(*checks: Check, busy: bool = False) -> WizardState:
    return WizardState(
        page=PageId.CHECKS,
        answers=ANSWERS,
        checks=ChecksState(facts=Facts(), rows=checks),
        work=WorkState(busy=BUSY if busy else None),
    )


def ids(checks: tuple[Check, ...]) -> list[str]:
    return [c.id for c in checks]


def test_at_first_every_row_that_will_come_stands_there_and_is_awaited() -> None:
    before = replace(looking(WizardState(answers=ANSWERS)), work=WorkState(busy=BUSY))
    top, rest = arranged(before)
    assert top == () and {"rights", "docker", "compose", "port:80", "release"} <= set(ids(rest))
    assert {c.verdict for c in rest} == {"unknown"} and {c.problem for c in rest} == {None}
    assert awaited(before) == set(ids(rest))


def test_nobody_waits_once_nobody_looks() -> None:
    before = looking(WizardState(answers=ANSWERS))
    assert awaited(before) == frozenset()
    assert arranged(before) == ((), ())


def test_rows_keep_their_places_until_everything_is_in() -> None:
    before = looking(state(busy=True))
    part = come_in(before, (row("a"), row("b", "stop"), row("c", "unknown")), more=True)
    assert [ids(x) for x in arranged(part)] == [[], ["a", "b", "c"]]
    assert awaited(part) == {"c"}
    whole = come_in(part, (row("a", "warning"), row("b", "stop"), row("c")), more=False)
    assert [ids(x) for x in arranged(whole)] == [["b", "a"], ["c"]]
    assert awaited(whole) == frozenset()


def test_another_look_leaves_them_where_they_are() -> None:
    before = settled(state(row("a", "warning"), row("b", "stop"), row("c")))
    again = looking(replace(before, work=replace(before.work, busy=BUSY)))
    assert arranged(again) == arranged(before)
    assert awaited(again) == {"a", "b", "c"}
    part = come_in(again, (row("a"), row("b"), row("c", "stop")), more=True)
    assert [ids(x) for x in arranged(part)] == [["b", "a"], ["c"]]
    assert [ids(x) for x in arranged(come_in(part, part.checks.rows, more=False))] == [["c"], ["a", "b"]]


def test_one_row_is_awaited_when_only_that_was_asked_for() -> None:
    before = state(row("a"), row("b"), busy=True)
    assert awaited(looking(before, "b")) == {"b"}
    assert awaited(looking(before, "gone")) == {"a", "b"}


def test_the_network_comes_later_and_only_its_rows_are_awaited() -> None:
    before = replace(looking(state()), network=NetworkState(looking=True))
    rows = row("a", "stop"), row("b", "unknown"), row("n", "unknown", "network")
    part = come_in(before, rows, more=False)
    assert awaited(part) == {"n"}
    assert ids(arranged(part)[0]) == []
    whole = come_in(
        replace(part, network=replace(part.network, looking=False)),
        (*rows[:2], row("n", "warning", "network")),
        more=False,
    )
    assert ids(arranged(whole)[0]) == ["a", "n"]


def test_what_was_found_of_a_machine_that_cannot_be_reached_any_more_is_not_shown() -> None:
    before = settled(state(row("a", "stop")))
    assert arranged(replace(before, checks=replace(before.checks, facts=None))) == ((), ())
