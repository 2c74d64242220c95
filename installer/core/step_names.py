"""What a stage of a job belongs to. No imports: the first page needs this, too."""

from __future__ import annotations

REPAIR = "repair"
WEBSERVER, WEBSERVER_OFF = "webserver", "webserver_off"


def step_of(stage: str) -> str:
    """The step of *stage*: ``databases`` of ``databases:redis``; a repair is a step of its own:
    ``repair:docker.install`` of ``repair:docker.install:download``."""
    first, _, rest = stage.partition(":")
    if first == REPAIR and rest:
        return f"{REPAIR}:{rest.partition(':')[0]}"
    return first


def repair_step(repair_id: str) -> str:
    """The step that carries out a repair."""
    return f"{REPAIR}:{repair_id}"


def repair_of(stage: str) -> str:
    """The repair's id in a step's or stage's name, empty for everything else."""
    first, _, rest = stage.partition(":")
    return rest.partition(":")[0] if first == REPAIR else ""
