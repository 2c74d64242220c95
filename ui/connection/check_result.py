"""What a look at a machine found, and how its rows are judged. The engine is imported when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from installer.answers import Answers
from installer.core.errors import InstallError
from installer.preflight.check_list import check_list
from installer.repairs.model import offered

if TYPE_CHECKING:
    from installer.facts.model import Facts
    from installer.preflight.check_list import Check, Network
    from installer.release.obtain import Obtained
    from installer.repairs.model import Repair
    from installer.state.plan_input import Situation

#: Gives what is known of the network by then.
AskNetwork = Callable[[], "Network | None"]


@dataclass(frozen=True)
class Looked:
    """What the Checks page is made of; parts come one after the other."""

    facts: Facts
    checks: tuple[Check, ...]
    obtained: Obtained | None = None
    situation: Situation | None = None
    release_error: InstallError | None = None
    settings_error: InstallError | None = None
    running: bool = False
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True)
class Judged:
    """Settings judged again from facts at hand."""

    situation: Situation | None
    checks: tuple[Check, ...]
    error: InstallError | None = None
    repairs: tuple[Repair, ...] = ()


def judge_rows(
    answers: Answers, facts: Facts, situation: Situation | None, rights: str, network: Network | None
) -> tuple[tuple[Check, ...], tuple[Repair, ...]]:
    """The rows of the checks, and what could be done about them."""
    checks = check_list(answers, facts, situation, rights=rights, network=network)
    return checks, offered_for(answers, facts, rights, checks)


def offered_for(answers: Answers, facts: Facts, rights: str, checks: tuple[Check, ...]) -> tuple[Repair, ...]:
    """What could be done here about what *checks* found."""
    return offered(facts, rights, answers, [c.problem for c in checks if c.problem is not None])
