"""The steps whose commands run as a detached job on the target: pull, databases, start.

Each only plans; the engine gives all their stages to one job, so that they go on when this program,
this computer or the line to the server goes away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from installer.apply.readiness.timeouts import database_seconds
from installer.apply.steps.base import Action, Context
from installer.apply.steps.bring_up import database_stages, up_stages
from installer.config.pins import pin_parts
from installer.core.installation_files import PINS_FILE
from installer.core.resources import entries
from installer.core.version import Version
from installer.docker.compose import compose
from installer.docker.pulls import PullImage
from installer.hosts.base import Stage
from installer.registry.manifests import HUB, Blob, Reference
from installer.release.services import followers
from installer.state.desired import (
    former_profiles,
    former_services,
    kept_pins,
    missing_images,
    pins_to_make,
    stale_pins,
    unpinned_images,
    up_to_date,
)
from installer.state.plan_input import Situation

#: Under what Docker's client keeps a login for Docker Hub (docker/cli, ``IndexServer``).
_HUB_LOGIN = "https://index.docker.io/v1/"


def pull_image(image: str) -> PullImage:
    """*image* as a job fetches it, by digest where it has one; the Engine refuses what is no image's name."""
    try:
        reference = Reference.parse(image)
    except ValueError:
        return PullImage(image, image, "")
    registry = reference.registry
    login = _HUB_LOGIN if registry == HUB else registry
    return PullImage(image, f"{registry}/{reference.name}", reference.tag, login)


def with_parts(stages: Iterable[Stage], parts: Mapping[str, Sequence[Blob]]) -> list[Stage]:
    """*stages*, with the *parts* of each image that is fetched, as far as they are known. Those of which they
    are not come first, as the Engine has to tell them; then big ones: the last one is still unpacked when all
    else is done."""

    def known(image: PullImage) -> PullImage:
        return replace(image, parts=tuple((b.digest, b.size) for b in parts.get(image.name, ())))

    def order(image: PullImage) -> tuple[bool, int]:
        return bool(image.parts), -sum(size for _, size in image.parts)

    return [replace(stage, pulls=tuple(sorted(map(known, stage.pulls), key=order))) for stage in stages]


class _JobStep:
    id = ""

    def apply(self, action: Action, context: Context) -> None:
        raise AssertionError(f"{action.step} runs as a job")


class Pull(_JobStep):
    """Fetch the images that are not there yet, and pin those that the release leaves without a version."""

    id = "pull"

    def plan(self, situation: Situation) -> Action | None:
        """Images that are missing, each once."""
        # what is carried is there by then
        images, stages = [] if situation.carries else [*missing_images(situation)], []
        kept, stale = kept_pins(situation), stale_pins(situation)
        if images:
            stages.append(Stage(self.id, pulls=tuple(map(pull_image, images))))
        if stale or pins_to_make(situation):
            loose = {n: image for n, image in unpinned_images(situation).items() if n not in kept}
            stages.append(Stage(f"{self.id}:pins", writes=PINS_FILE, parts=pin_parts(kept, loose)))
        if not stages:
            return None
        params = {"images": str(len(images)), "of": str(len(situation.configuration.images))}
        return Action(self.id, params, stages=tuple(stages))


class Databases(_JobStep):
    """Start the databases alone and wait until they answer, so that nothing else meets them half-made."""

    id = "databases"

    def plan(self, situation: Situation) -> Action | None:
        """None if all of them run as configured."""
        names = situation.configuration.databases
        if not names or all(up_to_date(situation, name) for name in names):
            return None
        stages = database_stages(self.id, names, database_seconds(situation.facts))
        return Action(self.id, {"services": ", ".join(names)}, stages=tuple(stages))


def owner_stages(situation: Situation) -> Iterator[Stage]:
    """Folders whose owner a release's own images need and none of its services sets."""
    if situation.facts.system.uid != 0:
        return
    for entry in entries("folders", "folder", Version.parse(situation.model.version)):
        path = entry["path"]
        yield Stage(f"{Start.id}:folder", ("mkdir", "-p", path))
        yield Stage(f"{Start.id}:owner", ("chown", "-R", entry["owner"], path))


class Start(_JobStep):
    """Start everything else. ``up`` without ``--wait``: that one fails on stock Dify (its worker has a
    health check that is switched off), so readiness is judged by our own gate afterwards."""

    id = "start"

    def plan(self, situation: Situation) -> Action | None:
        """None if every expected container is as Compose would make it."""
        config = situation.configuration
        former = former_services(situation)
        current = all(up_to_date(situation, service) for service in config.services) and situation.uploaded
        if current and not former:
            return None
        stages = [*owner_stages(situation), *up_stages(self.id, config.services)]
        changed = [s for s in config.services if not up_to_date(situation, s)]
        present = [s for s in config.services if s in situation.containers]
        again = followers(Version.parse(situation.model.version), changed, present)
        if again:
            # older releases' nginx keeps the addresses of containers that no longer exist
            stages.append(Stage(f"{self.id}:again", compose("restart", *again)))
        if former:  # removed, not only stopped: it would come back with the machine; its data stays
            profiles = [word for p in former_profiles(situation, former) for word in ("--profile", p)]
            stages.append(Stage(f"{self.id}:former", compose(*profiles, "rm", "--stop", "--force", *former)))
        return Action(self.id, {"services": str(len(config.services))}, stages=tuple(stages))
