"""Gives the target's own nginx the file with which it stands in front of Dify, and takes it away again."""

from __future__ import annotations

from installer.apply.steps.base import Action, Context
from installer.core.step_names import WEBSERVER, WEBSERVER_OFF
from installer.https.reverse_proxy.place import (
    asked,
    foreign,
    noted,
    place_stages,
    placed,
    remove_stage,
    sums,
)
from installer.state.plan_input import Situation


class Webserver:
    """After Dify answers and has its first account: from here on others reach it."""

    id = WEBSERVER

    def plan(self, situation: Situation) -> Action | None:
        """The file, None if it is there, or if a file that is not ours is in its place."""
        wanted = placed(situation)
        if wanted is None or foreign(situation):
            return None
        if situation.facts.webservers.ours.get(wanted.path) == wanted.checksum:
            return None
        return Action(self.id, {"path": wanted.path}, stages=place_stages(situation, wanted))

    def apply(self, action: Action, context: Context) -> None:
        """It runs as a job."""
        raise AssertionError(f"{action.step} runs as a job")


class WebserverOff:
    """For answers that no longer ask for it."""

    id = WEBSERVER_OFF

    def plan(self, situation: Situation) -> Action | None:
        """None if there is no file of ours."""
        facts = situation.facts
        path = str(noted(facts.record).get("path", ""))
        if asked(situation.answers) or facts.record is None or not path:
            return None
        if facts.webservers.ours.get(path) not in sums(facts.record):
            return None
        stage = remove_stage(self.id, facts.record, situation.answers.state_folder)
        return Action(self.id, {"path": path}, stages=(stage,))

    def apply(self, action: Action, context: Context) -> None:
        """It runs as a job."""
        raise AssertionError(f"{action.step} runs as a job")
