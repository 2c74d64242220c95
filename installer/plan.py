"""The plan: everything that will happen, as pure data, before anything does."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from installer.checks import Problem, blockers, warnings
from installer.situation import Situation
from installer.steps.admin import CreateAdmin
from installer.steps.base import Action, Step
from installer.steps.ready import Ready
from installer.steps.stages import Databases, Pull, Start
from installer.steps.upload import Upload


def all_steps() -> tuple[Step, ...]:
    """Every step, in the order in which they are done."""
    return (Upload(), Pull(), Databases(), Start(), Ready(), CreateAdmin())


#: Steps that look but change nothing: a plan with only these is "nothing to do".
LOOKING = frozenset({Ready.id})


@dataclass(frozen=True)
class Plan:
    """What Review shows, the journal stores and the tests compare."""

    situation: Situation
    actions: tuple[Action, ...]
    blockers: tuple[Problem, ...]
    warnings: tuple[Problem, ...]

    @property
    def changes(self) -> bool:
        """Whether carrying it out changes anything."""
        return any(action.step not in LOOKING for action in self.actions)

    def as_json(self) -> dict[str, Any]:
        """The object that ``plan --json`` prints; secrets are masked already."""
        config = self.situation.configuration
        return {
            "version": self.situation.model.version,
            "url": config.base_url,
            "directory": self.situation.answers.directory,
            "project": self.situation.answers.project,
            "steps": [
                {"step": a.step, **({"params": dict(a.params)} if a.params else {})} for a in self.actions
            ],
            "blockers": [problem_json(p) for p in self.blockers],
            "warnings": [problem_json(p) for p in self.warnings],
            "files": [
                {"path": f.path, "bytes": len(f.data), "mode": f"{f.mode:04o}"}
                for action in self.actions
                for f in action.files
            ],
            "removed": [path for action in self.actions for path in action.remove],
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
            "images": list(config.images),
            "services": list(config.services),
            "needed_compose": config.needed_compose.version,
            "commands": [shlex.join(s.argv) for action in self.actions for s in action.stages],
        }


def problem_json(problem: Problem) -> Mapping[str, Any]:
    """A finding as the command line prints it."""
    return {
        "code": problem.code.value,
        "params": dict(problem.params),
        "detail": problem.detail,
        "repairs": list(problem.repairs),
    }


def make_plan(situation: Situation) -> Plan:
    """Pure: the same situation gives the same plan."""
    actions = tuple(a for step in all_steps() if (a := step.plan(situation)) is not None)
    return Plan(situation, actions, blockers(situation), warnings(situation))
