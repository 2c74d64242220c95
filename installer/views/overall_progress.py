"""How much of an installation is done, over all of its steps. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from installer.core.resources import table
from installer.core.step_names import REPAIR, repair_of

if TYPE_CHECKING:
    from installer.views.progress import Progress, StepRow


def overall(progress: Progress) -> float:
    """The part that is done, 0 to 1: steps by their weights (``resources/progress.toml``), of a running one
    what it reports. Nothing is guessed from time."""
    weights = [(_weight(row.step), row) for row in progress.rows]
    whole = sum(weight for weight, _ in weights)
    return sum(weight * _part(progress, row) for weight, row in weights) / whole if whole else 0.0


def _weight(step: str) -> float:
    weights = table("progress")["weight"]
    return float(weights.get(REPAIR if repair_of(step) else step, weights["other"]))


def _part(progress: Progress, row: StepRow) -> float:
    from installer.views.progress import TRANSFERS

    if row.state != "running":
        return 1.0 if row.state == "done" else 0.0
    done = min(1.0, row.done / row.total) if row.total else 0.0
    if row.step not in TRANSFERS:
        return done
    pull, images = progress.pull, progress.images.values()
    there = sum(image.state == "done" for image in images) / len(images) if images else 0.0
    unpacking = float(table("progress")["weight"]["unpacking"])
    arrived = pull.done / pull.total if pull.total else 0.0
    return (1 - unpacking) * arrived + unpacking * there
