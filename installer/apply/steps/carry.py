"""Fetch the missing images on this computer and send them to the target, if the answers say so."""

from __future__ import annotations

from installer.apply.steps.base import Action, Context
from installer.image_transfer.run import Carry, wanted_of
from installer.registry.manifests import architecture
from installer.state.desired import images_to_carry
from installer.state.plan_input import Situation

#: In the cache on this computer.
FOLDER = "images"


class CarryImages:
    """One image after the other; done by this computer, so the transfer does not continue without it."""

    id = "carry"

    def plan(self, situation: Situation) -> Action | None:
        """None where the target downloads images itself, or has them."""
        images = images_to_carry(situation) if situation.carries else {}
        if not images:
            return None
        params = {"images": str(len(images)), "of": str(len(situation.configuration.images))}
        return Action(self.id, params)

    def apply(self, action: Action, context: Context) -> None:
        """See ``image_transfer.run.Carry``. Raises what it raises."""
        situation = context.situation
        Carry(
            context.host,
            architecture(situation.facts.system.arch),
            context.cache / FOLDER,
            context.emit,
            context.cancel,
            context.renew,
        ).run(wanted_of(images_to_carry(situation)))
