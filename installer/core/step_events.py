"""The events around a piece of work that this process does itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import InstallError
from installer.core.events import Emit, Event, Line, StepFailed, StepFinished, StepProgress, StepStarted


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
