"""What a person can do about a failure whose cause was found: only what exists on this machine. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from installer.core.resources import table
from installer.repairs.model import offered
from installer.views.wizard.repairs import is_chosen
from installer.views.wizard.state import WizardState

if TYPE_CHECKING:
    from installer.core.errors import InstallError
    from installer.repairs.model import Repair


@dataclass(frozen=True)
class Remedy:
    """``repair``: *id* is a repair's; ``answer``: the answer to change. *repair*: what would be done."""

    kind: Literal["repair", "answer"]
    id: str
    repair: Repair | None = None


def remedies(state: WizardState, error: InstallError) -> tuple[Remedy, ...]:
    """What takes the first finding of *error* away (``repair`` and ``answer`` of its entry in
    ``resources/diagnosis.toml``), best first. A repair that was chosen already did not help."""
    if not error.known_failures:
        return ()
    entry = table("diagnosis")["entry"].get(error.known_failures[0].code, {})
    found = []
    repair = possible(state, str(entry.get("repair", "")))
    if repair is not None:
        found.append(Remedy("repair", repair.id, repair))
    if entry.get("answer"):
        found.append(Remedy("answer", str(entry["answer"])))
    return tuple(found)


def possible(state: WizardState, repair_id: str) -> Repair | None:
    """The repair, if it can be chosen here: what it would run follows from the last look at the machine."""
    if not repair_id or state.checks.facts is None or is_chosen(state, repair_id):
        return None
    repairs = replace(state.answers.repairs, allow=(*state.answers.repairs.allow, repair_id))
    answers = replace(state.answers, repairs=repairs)
    problems = [c.problem for c in state.checks.rows if c.problem is not None]
    found = offered(state.checks.facts, state.rights, answers, problems)
    return next((repair for repair in found if repair.id == repair_id), None)
