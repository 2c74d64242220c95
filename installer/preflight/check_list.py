"""Everything that is checked before an installation as rows, also what is fine, each with its evidence. Pure.

Verdicts come from ``checks`` alone: every blocker and every warning of the plan stands in exactly one row,
and a row without one is fine, or not known as long as something it needs is missing. Sentences are in
``resources/texts/<language>/checks.toml``; ``Texts.check_name`` and ``Texts.check_evidence`` read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from installer.answers import Answers
from installer.answers.external_services import Chosen, chosen
from installer.core.errors import EXTERNAL_FINDINGS, Code
from installer.core.finding import Finding, Weight, link_of
from installer.facts.model import Facts
from installer.network.model import NetworkFacts
from installer.preflight.findings import early_findings, findings
from installer.preflight.row import Group, Inputs, Row, codes
from installer.preflight.rows_docker import docker_rows
from installer.preflight.rows_network import network_rows, port_rows
from installer.preflight.rows_server import server_rows
from installer.state.plan_input import Situation

__all__ = ["Check", "Group", "Network", "Verdict", "check_list", "counts", "worst_first"]

Verdict = Literal["ok", "warning", "stop", "unknown"]

Weighed = tuple[Weight, Finding]

_EXTERNAL = codes(*EXTERNAL_FINDINGS)
_URGENCY: Mapping[Verdict, int] = {"stop": 0, "warning": 1, "unknown": 2, "ok": 3}


@dataclass(frozen=True)
class Check:
    """A row. *params* fill the evidence's text and choose among its variants (``variant``, ``code``);
    *problem* is None where nothing is wrong or nothing is known."""

    id: str
    group: Group
    verdict: Verdict
    params: Mapping[str, str]
    problem: Finding | None

    @property
    def link(self) -> str:
        """Where to read more, or an empty string."""
        return self.problem.link if self.problem is not None else link_of(self.id)


@dataclass(frozen=True)
class Network:
    """The second job, where there is one. *facts* is None while it asks, and if it could not ask."""

    facts: NetworkFacts | None = None


def check_list(
    answers: Answers,
    facts: Facts,
    situation: Situation | None,
    *,
    rights: str = "",
    network: Network | None = None,
) -> tuple[Check, ...]:
    """All rows, group by group.

    *situation* is None as long as the release could not be read: what needs it is then not known.
    *rights*: a value of ``hosts.ssh.rights.Rights``, ``local`` for this computer, empty if not known.
    *network*: None where it is not asked what the machine reaches; there are no rows of it then.
    """
    inputs = Inputs(answers, facts, situation, rights)
    judged = early_findings(answers, facts) if situation is None else findings(situation)
    weighed: list[Weighed] = [(problem.weight, problem) for problem in judged]
    shown = list(rows(inputs))
    if network is not None:
        from installer.preflight.network import (  # late: it needs the rows' module
            network_findings,
            network_rows,
        )

        shown += network_rows(network.facts, inputs)
        weighed += network_findings(network.facts, inputs)
    found = _judged(tuple(shown), _once(weighed))
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


# ------------------------------------------------------------------------------ judging


def _once(problems: Iterable[Weighed]) -> list[Weighed]:
    """What stops first: a row that two findings fit shows that one."""
    found: list[Weighed] = []
    for weighed in problems:
        if weighed not in found:
            found.append(weighed)
    return sorted(found, key=lambda weighed: weighed[0] != "stop")


def _judged(found: tuple[Row, ...], problems: list[Weighed]) -> Iterator[Check]:
    """Each row with the first problem that belongs to it; those that are left over get their own."""
    left = list(problems)
    homes: dict[Code, Row] = {code: row for row in reversed(found) for code in row.codes}
    for row in found:
        mine = next((weighed for weighed in left if row.takes(weighed[1])), None)
        if mine is None:
            yield Check(row.id, row.group, "ok" if row.known else "unknown", row.params, None)
        else:
            left.remove(mine)
            yield _with(row.id, row, mine)
    seen: dict[Code, int] = {}
    for weight, problem in left:
        code, seen[problem.code] = problem.code, seen.get(problem.code, 0) + 1
        number = f":{seen[code]}" if seen[code] > 1 else ""
        home = homes.get(code)
        if home is not None and home.repeats:
            yield _with(f"{home.id}:{code.value}{number}", home, (weight, problem))
        else:
            group = home.group if home is not None else "server"
            yield Check(f"{code.value}{number}", group, weight, dict(problem.params), problem)


def _with(name: str, row: Row, weighed: Weighed) -> Check:
    weight, problem = weighed
    params = {**problem.params, **row.params, "code": problem.code.value}
    return Check(name, row.group, weight, params, problem)


def rows(inputs: Inputs) -> Iterator[Row]:
    """Every row, in the order in which they are shown."""
    yield from server_rows(inputs)
    yield from docker_rows(inputs)
    yield from port_rows(inputs)
    yield from network_rows(inputs)
    yield from external_rows(inputs)


def external_rows(inputs: Inputs) -> Iterator[Row]:
    """A row for each external service; known once it was tested."""
    mail = inputs.answers.mail.kind
    services = (*chosen(inputs.answers), *([Chosen("mail", mail)] if mail else []))
    results = inputs.situation.external if inputs.situation is not None else ()
    tried = {tested.section: tested for tested in results}
    for service in services:
        tested = tried.get(service.section)
        params = {"service": service.name, "section": service.section, "address": "", "version": ""}
        if tested is not None:
            params |= {"address": tested.address, "version": tested.version}
            params["variant"] = "version" if tested.version and not tested.findings else ""
        name = f"external:{service.section}"
        known = tested is not None and tested.verdict != "unknown"
        yield Row(name, "network", params, _EXTERNAL, known=known, match=("section",), repeats=True)
