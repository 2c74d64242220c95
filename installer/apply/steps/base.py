"""What all steps share: the action a step plans and the means to carry it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from installer.answers import Secrets
from installer.core.cancel import CancelToken
from installer.core.events import Emit, StepProgress
from installer.core.secrets import Redactor
from installer.hosts.base import FileContent, Host, Stage
from installer.state.plan_input import Situation


@dataclass(frozen=True)
class Action:
    """What a step will do. Pure data: Review shows it, the journal keeps it, tests compare it.

    *stages* are commands for the detached job; *files* what is uploaded, *remove* files of ours that are
    taken away; *params* fill the step's text.
    """

    step: str
    params: Mapping[str, str] = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()
    files: tuple[FileContent, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True)
class Context:
    """Where and how an action is carried out. *renew* keeps our lock alive in long steps, *cache* is a folder
    of this computer, *note* writes an entry of the journal (``Journal.add``)."""

    host: Host
    situation: Situation
    secrets: Secrets
    emit: Emit
    cancel: CancelToken
    redact: Redactor
    renew: Callable[[], None]
    cache: Path
    note: Callable[..., None] = lambda _what, **_fields: None

    def progress(self, step: str, done: int, total: int, unit: str) -> None:
        """Report progress of *step*."""
        self.emit(StepProgress(step=step, done=done, total=total, unit=unit))


class Step(Protocol):
    """A step of the plan. ``apply`` is called for actions without stages only."""

    id: str

    def plan(self, situation: Situation) -> Action | None:
        """What is to be done, None if nothing. Pure."""

    def apply(self, action: Action, context: Context) -> None:
        """Do it; look before you act."""
