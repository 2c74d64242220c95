"""Everything that is checked before an installation as rows, also what is fine, each with its evidence. Pure.

Verdicts come from ``checks`` alone: every blocker and every warning of the plan stands in exactly one row,
and a row without one is fine, or not known as long as something it needs is missing. Sentences are in
``resources/texts/<language>/checks.toml``; ``Texts.check_name`` and ``Texts.check_evidence`` read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from installer.check_rows import Group, Inputs, Row, published, rows
from installer.checks import (
    Problem,
    blockers,
    judge_directory,
    judge_docker,
    judge_encryption,
    judge_env,
    judge_memory,
    judge_port,
    judge_project,
    warnings,
)
from installer.errors import Code
from installer.facts.model import Facts
from installer.settings import Answers
from installer.situation import Situation

__all__ = ["Check", "Group", "Verdict", "check_list", "counts", "worst_first"]

Verdict = Literal["ok", "warning", "stop", "unknown"]

_URGENCY: Mapping[Verdict, int] = {"stop": 0, "warning": 1, "unknown": 2, "ok": 3}


@dataclass(frozen=True)
class Check:
    """A row. *params* fill the evidence's text and choose among its variants (``variant``, ``code``);
    *problem* is None where nothing is wrong or nothing is known."""

    id: str
    group: Group
    verdict: Verdict
    params: Mapping[str, str]
    problem: Problem | None


def check_list(
    answers: Answers, facts: Facts, situation: Situation | None, *, rights: str = ""
) -> tuple[Check, ...]:
    """All rows, group by group.

    *situation* is None as long as the release could not be read: what needs it is then not known.
    *rights*: a value of ``hosts.ssh_rights.Rights``, ``local`` for this computer, empty if not known.
    """
    inputs = Inputs(answers, facts, situation, rights)
    stops, warned = _problems(inputs)
    verdicts: list[tuple[Verdict, Problem]] = [("stop", p) for p in stops]
    verdicts += [("warning", p) for p in warned if p not in stops]
    found = _judged(tuple(rows(inputs)), verdicts)
    order = get_args(Group)
    return tuple(sorted(found, key=lambda check: order.index(check.group)))


def counts(checks: Iterable[Check]) -> Mapping[Verdict, int]:
    """How many rows have each verdict; every verdict is there."""
    found: dict[Verdict, int] = dict.fromkeys(_URGENCY, 0)
    for check in checks:
        found[check.verdict] += 1
    return found


def worst_first(checks: Iterable[Check]) -> tuple[Check, ...]:
    """What stops, what should be known, what is not known, the rest; otherwise in the same order."""
    return tuple(sorted(checks, key=lambda check: _URGENCY[check.verdict]))


# ------------------------------------------------------------------------------ problems


def _problems(inputs: Inputs) -> tuple[list[Problem], list[Problem]]:
    """What stops and what should be known, each once."""
    if inputs.situation is not None:
        return _once(blockers(inputs.situation)), _once(warnings(inputs.situation))
    return _once(_early_stops(inputs)), _once(_early_warnings(inputs))


def _once(problems: Iterable[Problem]) -> list[Problem]:
    found: list[Problem] = []
    for problem in problems:
        if problem not in found:
            found.append(problem)
    return found


def _early_stops(inputs: Inputs) -> Iterator[Problem]:
    """Those blockers that need no release; a test holds them against the plan's."""
    answers, facts = inputs.answers, inputs.facts
    yield from judge_docker(facts.docker, facts.system.user)
    yield from judge_directory(answers, facts)
    yield from judge_project(answers, facts)
    yield from judge_env(answers, facts)
    for address, port, purpose in published(inputs):
        yield from judge_port(facts, answers.project, address, port, purpose)


def _early_warnings(inputs: Inputs) -> Iterator[Problem]:
    yield from judge_memory(inputs.facts)
    yield from judge_encryption(inputs.answers)


def _judged(found: tuple[Row, ...], verdicts: list[tuple[Verdict, Problem]]) -> Iterator[Check]:
    """Each row with the first problem that belongs to it; those that are left over get their own."""
    left = list(verdicts)
    homes: dict[Code, Group] = {code: row.group for row in found for code in row.codes}
    for row in found:
        mine = next((entry for entry in left if row.takes(entry[1])), None)
        if mine is None:
            yield Check(row.id, row.group, "ok" if row.known else "unknown", row.params, None)
        else:
            left.remove(mine)
            verdict, problem = mine
            params = {**problem.params, **row.params, "code": problem.code.value}
            yield Check(row.id, row.group, verdict, params, problem)
    seen: dict[Code, int] = {}
    for verdict, problem in left:
        code, seen[problem.code] = problem.code, seen.get(problem.code, 0) + 1
        number = f":{seen[code]}" if seen[code] > 1 else ""
        yield Check(
            f"{code.value}{number}", homes.get(code, "server"), verdict, dict(problem.params), problem
        )
