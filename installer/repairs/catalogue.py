"""Every repair: from facts to the very commands. Pure; knowledge is in ``resources/repairs.toml``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from installer.answers import Answers
from installer.core.repair_ids import IDS
from installer.core.resources import table
from installer.core.version import Version
from installer.facts.model import Facts
from installer.hosts.base import Stage
from installer.preflight.findings import Finding
from installer.repairs.model import Repair
from installer.repairs.script import shown


@dataclass(frozen=True)
class Inputs:
    """What repairs are chosen by. *admin*: commands run as root there."""

    facts: Facts
    answers: Answers
    findings: tuple[Finding, ...]
    admin: bool

    def param(self, repair_id: str, name: str) -> str:
        """The first value of that name among the params of the findings that *repair_id* takes away, or an
        empty string. Other findings have params of the same name that mean something else."""
        solves = knowledge()["repair"][repair_id]["solves"]
        mine = (p.params for p in self.findings if p.code.value in solves)
        return next((params[name] for params in mine if params.get(name)), "")


@dataclass(frozen=True)
class Draft:
    """What a builder gives: the stages, and for people what changes."""

    stages: tuple[Stage, ...]
    changes: tuple[str, ...]
    params: Mapping[str, str]
    daemon_json: str = ""
    needs_admin: bool = True


Builder = Callable[[Inputs], Draft | None]


def knowledge() -> Mapping[str, Any]:
    """``resources/repairs.toml``."""
    return table("repairs")


def needed_compose(inputs: Inputs, repair_id: str) -> str:
    """The smallest Compose that will do: what a finding names that *repair_id* takes away, else what our own
    override file needs."""
    features = table("compose_features")["feature"]
    ours = str(features["override_tag"]["version"])
    need = inputs.param(repair_id, "need")
    return need if need and Version.try_parse(need) else ours


def all_repairs(inputs: Inputs) -> tuple[Repair, ...]:
    """Those that take away one of the findings, or that are asked for, and can be done here; in the order of
    ``IDS``."""
    return tuple(_offered(inputs))


def _offered(inputs: Inputs) -> Iterator[Repair]:
    from installer.repairs.builders import BUILDERS

    for repair_id in IDS:
        draft = BUILDERS[repair_id](inputs) if _wanted(repair_id, inputs) else None
        if draft is not None and (inputs.admin or not draft.needs_admin):
            yield finished(repair_id, draft)


def _wanted(repair_id: str, inputs: Inputs) -> bool:
    entry = knowledge()["repair"][repair_id]
    if entry.get("on_request") and repair_id in inputs.answers.repairs.allow:
        return True
    return any(found.code.value in entry["solves"] for found in inputs.findings)


def finished(repair_id: str, draft: Draft) -> Repair:
    """The repair as it is offered."""
    entry = knowledge()["repair"][repair_id]
    return Repair(
        repair_id,
        draft.params,
        at_once=bool(entry.get("at_once")),
        without_lock=bool(entry.get("without_lock")),
        commands=shown(draft.stages),
        changes=draft.changes,
        stages=draft.stages,
        solves=frozenset((*entry["solves"], *entry.get("covers", ()))),
        renews=bool(entry.get("renews")),
        daemon_json=draft.daemon_json,
    )
