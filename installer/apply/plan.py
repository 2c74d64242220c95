"""The plan: everything that will happen, as pure data, before anything does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from installer.apply.steps.admin import CreateAdmin
from installer.apply.steps.base import Action, Step
from installer.apply.steps.carry import CarryImages
from installer.apply.steps.certificate import Certificate, CheckAddress, SwitchOn
from installer.apply.steps.reach import ReachOutside
from installer.apply.steps.ready import Ready
from installer.apply.steps.renewal import Renewal, RenewalOff
from installer.apply.steps.stages import Databases, Pull, Start
from installer.apply.steps.upload import Upload
from installer.apply.steps.webserver import Webserver, WebserverOff
from installer.core.step_names import repair_step
from installer.preflight.findings import Finding, blockers, warnings
from installer.repairs.model import Repair, offered, solving
from installer.repairs.script import shown
from installer.state.desired import images_of
from installer.state.plan_input import Situation


def all_steps() -> tuple[Step, ...]:
    """Every step, in the order in which they are done."""
    return (
        *(Upload(), CarryImages(), Pull(), ReachOutside(), Databases(), Start(), Ready(), CreateAdmin()),
        *(Webserver(), WebserverOff(), CheckAddress(), Certificate(), SwitchOn(), Renewal(), RenewalOff()),
    )


#: Steps that look but change nothing: a plan with only these is "nothing to do".
LOOKING = frozenset({Ready.id, repair_step("packages.wait")})
#: Asking an authority for a certificate; done once.
ASKING = frozenset({CheckAddress.id, Certificate.id, SwitchOn.id})
#: Steps passed by when only the gate is tried once more: all before it.
WAIT_LONGER = frozenset(step.id for step in takewhile(lambda step: step.id != Ready.id, all_steps()))


@dataclass(frozen=True)
class Plan:
    """What Review shows, the journal stores and the tests compare.

    *blockers* are those that no chosen repair takes away; *repairs* all that could help, *chosen* the ids of
    those that the answers allow: they are the first actions.
    """

    situation: Situation
    actions: tuple[Action, ...]
    blockers: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    repairs: tuple[Repair, ...] = ()
    chosen: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether carrying it out changes anything."""
        return any(action.step not in LOOKING for action in self.actions)

    def without(self, steps: frozenset[str]) -> Plan:
        """The same without *steps*."""
        return replace(self, actions=tuple(a for a in self.actions if a.step not in steps)) if steps else self

    def only(self, step: str) -> Plan:
        """The same with nothing but *step*."""
        return replace(self, actions=tuple(a for a in self.actions if a.step == step))

    @property
    def first(self) -> Plan:
        """What is done before HTTPS can be switched on; all of it where nothing waits for that."""
        before = takewhile(lambda action: action.step != SwitchOn.id, self.actions)
        return replace(self, actions=tuple(before))

    @property
    def planned_again(self) -> bool:
        """Whether the rest is planned again, once ``first`` was carried out."""
        return any(action.step == SwitchOn.id for action in self.actions)

    @property
    def to_repair(self) -> tuple[Repair, ...]:
        """The chosen repairs, in the order in which they are carried out."""
        return tuple(r for r in self.repairs if r.id in self.chosen)

    def as_json(self) -> dict[str, Any]:
        """The object that ``plan --json`` prints; secrets are masked already."""
        config = self.situation.configuration
        return {
            "version": self.situation.model.version,
            "release_sha256": self.situation.tree.archive_sha256,
            "url": config.base_url,
            "directory": self.situation.answers.directory,
            "project": self.situation.answers.project,
            "steps": [
                {"step": a.step, **({"params": dict(a.params)} if a.params else {})} for a in self.actions
            ],
            "blockers": [finding_json(p) for p in self.blockers],
            "warnings": [finding_json(p) for p in self.warnings],
            "files": [
                {"path": f.path, "bytes": len(f.data), "mode": f"{f.mode:04o}"}
                for action in self.actions
                for f in action.files
            ],
            "removed": [path for action in self.actions for path in action.remove],
            "certificate": config.certificate.as_json() if config.certificate else None,
            "env_changes": [{"key": c.key, "old": c.old, "new": c.new} for c in config.changes],
            "ports": [
                {
                    "address": p.address,
                    "port": p.host_port,
                    "service": p.service,
                    "open_to_world": p.open_to_world,
                    "purpose": p.purpose,
                }
                for p in config.ports
            ],
            "images": sorted(set(images_of(self.situation).values())),
            "services": list(config.services),
            "elsewhere": list(config.elsewhere),
            "external": [tested.as_json() for tested in self.situation.external],
            "needed_compose": config.needed_compose.version,
            "commands": [*shown(s for action in self.actions for s in action.stages)],
            "repairs": [repair_json(r, chosen=r.id in self.chosen) for r in self.repairs],
        }


def finding_json(found: Finding) -> Mapping[str, Any]:
    """A finding as the command line prints it."""
    return {
        "code": found.code.value,
        "params": dict(found.params),
        "detail": found.detail,
        "repairs": list(found.repairs),
        "catalogue": found.catalogue,
        "ways": [{"way": way.id, **way.params} for way in found.ways],
        "link": found.link,
    }


def repair_json(repair: Repair, *, chosen: bool) -> Mapping[str, Any]:
    """A repair as the command line prints it."""
    return {
        "id": repair.id,
        "params": dict(repair.params),
        "chosen": chosen,
        "at_once": repair.at_once,
        "commands": list(repair.commands),
        "changes": list(repair.changes),
    }


def make_plan(situation: Situation, *, repairing: bool = True) -> Plan:
    """Pure: the same situation gives the same plan. Without *repairing* no repair counts as chosen: what is
    still wrong after they were carried out stays a blocker."""
    wrong, notes = blockers(situation), warnings(situation)
    facts, answers = situation.facts, situation.answers
    repairs = offered(facts, "", answers, (*wrong, *notes))
    chosen = tuple(r for r in repairs if repairing and r.id in answers.repairs.allow)
    solved = frozenset(code for r in chosen for code in r.solves)
    planned = [Action(repair_step(r.id), r.params, stages=r.stages) for r in chosen]
    planned += [a for step in all_steps() if (a := step.plan(situation)) is not None]
    return Plan(
        situation,
        tuple(planned),
        tuple(replace(p, repairs=solving(p, repairs)) for p in wrong if p.code.value not in solved),
        tuple(replace(p, repairs=solving(p, repairs)) for p in notes),
        repairs,
        tuple(r.id for r in chosen),
    )


class Blocked(Exception):
    """The plan has blockers; nothing was changed, except by repairs that were carried out (*repaired*)."""

    def __init__(self, plan: Plan, *, repaired: bool = False) -> None:
        super().__init__(", ".join(b.code for b in plan.blockers))
        self.plan, self.repaired = plan, repaired
