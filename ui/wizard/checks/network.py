"""Checks: what the machine reaches on the network, queried beside everything else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from installer.answers import Answers, Target
from installer.preflight.check_list import Network
from installer.views.wizard import NetworkState

if TYPE_CHECKING:
    from installer.network.model import NetworkFacts
    from installer.preflight.check_list import Network
    from ui.wizard.controller import Flow


class NetworkController:
    """Only the newest query counts; its result is judged when the one of the facts is there, too."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._number = 0
        self._due = False

    def known(self) -> Network | None:
        """What is known of it now; a job's thread asks this, too: states are never changed, only replaced."""
        state = self._flow.state
        return Network(state.network.facts) if state.answers.target.host_kind.network_checked else None

    def look(self, asked: Answers) -> None:
        """Runs in parallel to the checks and takes longer; they do not wait for it."""
        self._number += 1
        mine = self._number
        job = self._flow.jobs.glance(self._flow.session.look_at_network(asked))
        job.done.connect(lambda facts: self._found(mine, asked, facts))
        job.failed.connect(lambda _: self._found(mine, asked, None))

    def _found(self, mine: int, asked: Answers, facts: NetworkFacts | None) -> None:
        if mine != self._number or _machine(asked) != _machine(self._flow.answers()[0]):
            return
        self._due = True
        self._flow.set(replace(self._flow.state, network=NetworkState(facts)))
        self.judge()

    def judge(self) -> None:
        """Once both results are there; a query that still runs calls this at its end."""
        state = self._flow.state
        if self._due and state.work.busy is None and state.checks.facts is not None:
            self._due = False
            self._flow.checks.judge(state.checks.facts)


def _machine(answers: Answers) -> Target:
    """The target whatever the folder."""
    return replace(answers.target, directory="", project="")
