"""What the engine reports while it works: frozen events, passed to one ``emit`` callable."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base: *step* is the step's id, *at* seconds since the epoch."""

    kind: ClassVar[str] = ""
    step: str
    at: float = field(default_factory=time.time)

    def as_json(self) -> dict[str, Any]:
        """The object that ``--json`` prints."""
        return {"event": self.kind, **asdict(self)}


@dataclass(frozen=True, kw_only=True)
class StepStarted(Event):
    """A step begins."""

    kind: ClassVar[str] = "step_started"


@dataclass(frozen=True, kw_only=True)
class StepProgress(Event):
    """*done* of *total* in *unit* (``bytes``, ``files``, ``services``…); total 0 = not known yet."""

    kind: ClassVar[str] = "step_progress"
    done: int
    total: int
    unit: str


@dataclass(frozen=True, kw_only=True)
class ImageProgress(Event):
    """An image that is downloaded: *done* of *total* bytes (0 = not known yet), parts that it shares counted
    for each image; *state* is ``waiting``, ``running``, ``done`` or ``failed``."""

    kind: ClassVar[str] = "image_progress"
    image: str
    state: str
    done: int
    total: int


@dataclass(frozen=True, kw_only=True)
class Line(Event):
    """One line of output, already redacted."""

    kind: ClassVar[str] = "line"
    text: str


@dataclass(frozen=True, kw_only=True)
class StepFinished(Event):
    """A step ended well; *changed* says whether it did anything."""

    kind: ClassVar[str] = "step_finished"
    changed: bool


@dataclass(frozen=True, kw_only=True)
class StepFailed(Event):
    """A step ended with an error; the last line of the stream carries the whole story."""

    kind: ClassVar[str] = "step_failed"
    code: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Finishing(Event):
    """It was cancelled, and *step* is at something that must not be ended half-way (a package transaction):
    it is waited for since *seconds*, and nothing follows it."""

    kind: ClassVar[str] = "finishing"
    seconds: float


@dataclass(frozen=True, kw_only=True)
class TookOver(Event):
    """A lock that was left behind was taken over: *who* held it (``user@computer``), *since* when (seconds
    since the epoch), the *job* under it, and how that *ended*: an exit code, ``vanished``, ``rebooted`` (the
    machine was restarted meanwhile), or "" if there was none."""

    kind: ClassVar[str] = "took_over"
    who: str
    since: float
    job: str = ""
    ended: str = ""


@dataclass(frozen=True, kw_only=True)
class NotOurs(Event):
    """A container (by its id), volume or network that was to be removed stays: Docker says that it does not
    belong to this installation. *name*: its id or name."""

    kind: ClassVar[str] = "not_ours"
    name: str


@dataclass(frozen=True, kw_only=True)
class ReachFound(Event):
    """Whether *port* is open from outside: *state* is ``open``, ``closed`` or ``unknown``, *reason* a word
    for why (``network.model.Reach``); *url* is what was tried. A closed one has a *code* (an error's) and the
    *provider* (an id of ``resources/providers.toml``), if recognised. A finding, never a failure."""

    kind: ClassVar[str] = "reach"
    port: int
    url: str
    state: str
    reason: str = ""
    code: str = ""
    provider: str = ""
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class GateLook(Event):
    """Where Dify answers: *inside* Docker's network, *server*: its published port, asked on the target, and
    *here*: its address, asked by this computer. Each is ``yes``, ``no``, ``waiting`` or ``unknown``. Sent
    when one of them changes."""

    kind: ClassVar[str] = "gate_look"
    inside: str
    server: str
    here: str


@dataclass(frozen=True, kw_only=True)
class Waiting(Event):
    """*service* is what everything waits for, for *seconds* by now. *state*: Docker's word for its container,
    or ``missing``, ``unhealthy``, ``starting``, ``migrating`` (it prepares the database), ``silent`` (it runs
    and does not answer)."""

    kind: ClassVar[str] = "waiting"
    service: str
    seconds: int
    state: str


@dataclass(frozen=True, kw_only=True)
class FirstAccount(Event):
    """Dify has its first account. *created*: this run made it, with *email*; else it existed before."""

    kind: ClassVar[str] = "first_account"
    email: str
    created: bool


Emit = Callable[[Event], None]
