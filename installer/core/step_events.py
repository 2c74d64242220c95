"""The events around a piece of work that this process does itself, and those of images that are fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import InstallError
from installer.core.events import (
    Emit,
    Event,
    ImageProgress,
    Line,
    StepFailed,
    StepFinished,
    StepProgress,
    StepStarted,
)


@contextmanager
def step_events(emit: Emit, cancel: CancelToken, step: str, *, changed: bool = False) -> Iterator[None]:
    """Tell that *step* begins, and how it ended; *changed*: whether it changes the target.

    Raises ``Cancelled`` before the step, and in place of an error of a step that a cancel ended.
    """
    cancel.check()
    emit(StepStarted(step=step))
    try:
        yield
    except InstallError as e:
        if cancel.cancelled:  # what was ended looks like a failure
            raise Cancelled from e
        emit(StepFailed(step=step, code=e.code, params=e.params))
        raise
    emit(StepFinished(step=step, changed=changed))


def part_of(event: Event, step: str) -> Event:
    """*event* as one of a part of *step*, which a front end shows as one."""
    parts = (StepStarted, StepProgress, StepFinished, StepFailed, Line)
    if event.step == step or not isinstance(event, parts):
        return event
    return replace(event, step=f"{step}:{event.step}")


@dataclass(frozen=True)
class ImageBytes:
    """How far an image is, as in ``events.ImageProgress``."""

    state: str
    done: int
    total: int


class ImageReports:
    """Reports the bytes of *step*, which fetches images."""

    def __init__(self, emit: Emit, step: str) -> None:
        self._emit, self._step = emit, step
        self._reported: dict[str, ImageBytes] = {}

    def report(self, done: int, total: int, images: Mapping[str, ImageBytes]) -> None:
        """*done* of *total* bytes (0 = not known yet) of all, and each of *images* that has changed since the
        last report."""
        self._emit(StepProgress(step=self._step, done=done, total=total, unit="bytes"))
        for name, image in images.items():
            if self._reported.get(name) != image:
                self._reported[name] = image
                self._emit(
                    ImageProgress(
                        step=self._step, image=name, state=image.state, done=image.done, total=image.total
                    )
                )
