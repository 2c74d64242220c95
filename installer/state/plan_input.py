"""What a plan is made from: the answers, what is there, and what the release and they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from installer.answers import Answers
from installer.answers.optional import THIS_COMPUTER
from installer.config.render import Configuration
from installer.facts.model import ContainerFacts, Facts
from installer.release.archive import ReleaseTree
from installer.release.model import ReleaseModel

if TYPE_CHECKING:
    from installer.state.external_report import Tested


@dataclass(frozen=True)
class Situation:
    """All inputs of the plan, already read; everything judged from it is pure.

    *listed*: see ``Obtained``. *external*: results of the tests of external services, empty before that.
    """

    answers: Answers
    facts: Facts
    tree: ReleaseTree
    model: ReleaseModel
    configuration: Configuration
    listed: float = 0.0
    external: tuple[Tested, ...] = ()

    @property
    def containers(self) -> dict[str, ContainerFacts]:
        """Containers of this installation by service (the newest of a service counts)."""
        found: dict[str, ContainerFacts] = {}
        for container in self.facts.of_project(self.answers.project):
            found.setdefault(container.service, container)
        return found

    @property
    def carries(self) -> bool:
        """Whether this computer fetches the images and sends them to the target."""
        return self.answers.registry.through == THIS_COMPUTER

    @property
    def uploaded(self) -> bool:
        """Whether an upload was finished and verified here before."""
        record = self.facts.record
        return record is not None and record.uploaded
