"""Repairs as the wizard sees them: which are offered for a finding, which were chosen, and what then still
stands in the way. Pure; what a repair does is the engine's (``installer.repairs``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from installer.answers import Answers, Repairs, answer_problems
from installer.core.resources import table
from installer.repairs.model import ADMIN_RIGHTS
from installer.views.wizard.edits import edit
from installer.views.wizard.state import WizardState

if TYPE_CHECKING:
    from installer.core.finding import Finding
    from installer.preflight.check_list import Check
    from installer.repairs.model import Repair


def offers(state: WizardState, problem: Finding | None) -> tuple[Repair, ...]:
    """What could be done about *problem* on this machine."""
    if problem is None:
        return ()
    return tuple(r for r in state.checks.repairs if r.id in problem.repairs or problem.code.value in r.solves)


def is_chosen(state: WizardState, repair_id: str) -> bool:
    """Whether the repair becomes a step of the installation."""
    return repair_id in state.answers.repairs.allow


def will_be_repaired(state: WizardState, problem: Finding | None) -> bool:
    """Whether a chosen repair takes *problem* away, as the plan will see it: then it blocks nothing."""
    if problem is None:
        return False
    return any(is_chosen(state, r.id) and problem.code.value in r.solves for r in state.checks.repairs)


def choose(state: WizardState, repair_id: str, *, wanted: bool) -> WizardState:
    """*state* with the repair chosen, or not any more."""
    allowed = tuple(name for name in state.answers.repairs.allow if name != repair_id)
    if wanted:
        allowed = (*allowed, repair_id)
    repairs = replace(state.answers.repairs, allow=allowed)
    return edit(state, answers=replace(state.answers, repairs=repairs))


def by_address(state: WizardState, problem: Finding | None) -> tuple[str, ...]:
    """Fields of ``Repairs`` that take an address with which a repair would take *problem* away; none once one
    was chosen, or where nothing of the machine's settings can be changed."""
    if problem is None or state.rights not in ADMIN_RIGHTS or will_be_repaired(state, problem):
        return ()
    return tuple(kind for kind, entry in _addresses().items() if problem.code.value in entry[1])


def address_fits(kind: str, address: str) -> bool:
    """Whether *address* can be the answer ``repairs.<kind>``."""
    answers = Answers(repairs=replace(Repairs(), **{kind: address}))  # type: ignore[arg-type]
    return bool(address) and not any(
        p.params.get("key", "").startswith(f"repairs.{kind}") for p in answer_problems(answers)
    )


def with_address(state: WizardState, kind: str, address: str) -> WizardState:
    """*state* with the repair chosen that needs *address*."""
    repair_id = _addresses()[kind][0]
    repairs = replace(state.answers.repairs, **{kind: address})  # type: ignore[arg-type]
    given = edit(state, answers=replace(state.answers, repairs=repairs))
    return choose(given, repair_id, wanted=True)


def _addresses() -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """Field of ``Repairs`` → the repair that needs it, and the codes that it solves."""
    known = table("repairs")["repair"]
    return {e["address"]: (name, tuple(e["solves"])) for name, e in known.items() if "address" in e}


def chosen_for(state: WizardState, checks: Iterable[Check]) -> int:
    """How many of *checks* are stops that a chosen repair takes care of."""
    return sum(c.verdict == "stop" and will_be_repaired(state, c.problem) for c in checks)
