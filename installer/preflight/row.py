"""A row of the checks before it is judged, and what rows are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from installer.answers import Answers
from installer.core.errors import Code
from installer.core.finding import Finding
from installer.facts.model import Facts
from installer.preflight.engine import judge_docker
from installer.state.plan_input import Situation

Group = Literal["server", "docker", "ports", "network"]

#: Values of ``hosts.ssh.rights.Rights`` with which a folder is written only where the user owns it.
LIMITED_RIGHTS = frozenset({"docker_group", "none"})
#: All values that ``rights`` may have; an empty text means that they were not checked yet.
RIGHTS = LIMITED_RIGHTS | {"root", "sudo", "sudo_password", "local"}


@dataclass(frozen=True)
class Row:
    """*codes* are the findings that stand in it, *known* whether it is fine without one. A finding belongs to
    it only if its params *match* are the row's. With *repeats* further findings of its codes become rows of
    the same name."""

    id: str
    group: Group
    params: Mapping[str, str] = field(default_factory=dict)
    codes: frozenset[Code] = frozenset()
    known: bool = True
    match: tuple[str, ...] = ()
    repeats: bool = False

    def takes(self, problem: Finding) -> bool:
        """Whether *problem* stands in this row."""
        mine = (problem.params.get(k) == self.params.get(k) for k in self.match)
        return problem.code in self.codes and all(mine)


@dataclass(frozen=True)
class Inputs:
    """What rows are made from, see ``check_list``."""

    answers: Answers
    facts: Facts
    situation: Situation | None
    rights: str

    @property
    def docker_ready(self) -> bool:
        """Whether Docker and Compose are there and may be used."""
        return not any(judge_docker(self.facts))

    @property
    def installed(self) -> bool:
        """Whether Dify was started in the folder before."""
        return self.facts.record is not None and self.facts.record.installed

    @property
    def linux(self) -> bool:
        """Whether the target itself is Linux; Docker Desktop runs a machine of its own on the others."""
        return self.facts.desktop is None or self.facts.desktop.system in ("", "Linux")


def codes(*found: Code) -> frozenset[Code]:
    """A row's codes."""
    return frozenset(found)
