"""What the control panel shows, from what is known about the containers. Pure: no window, no waiting.

Times are seconds since the epoch of this computer; only ``Container.started_at`` is by the server's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from installer.answers import Answers
from installer.core.errors import Code, InstallError
from installer.core.events import ReachFound
from installer.docker.containers import Container
from installer.https.https_now import HttpsNow
from installer.operations.actions import ActionName
from installer.operations.overview import Overview
from installer.operations.status import Status
from installer.operations.usage import Usage
from installer.state.history import ANY_TIME, Times
from installer.support.story import Support

if TYPE_CHECKING:
    from installer.lifecycle.undo.model import Undone, UndoPlan
    from installer.operations.open_ports import OpenPort
    from installer.operations.space import Space

Section = Literal["overview", "containers", "logs", "terminal", "space", "certificate", "history", "server"]
SECTIONS: tuple[Section, ...] = (
    *("overview", "containers", "logs", "terminal", "space", "certificate", "history", "server"),
)
Tone = Literal["ok", "warning", "stop", "neutral", "accent"]
#: What may go on with a service.
Doing = ActionName | Literal["scale"]
#: The key of ``acting`` and ``back`` that means Dify as a whole.
ALL = ""

#: What does not pass by itself. Trying on would only annoy a server that counts refused log-ins.
LASTING = frozenset(
    {
        Code.SSH_NEGOTIATION,
        Code.SSH_HOST_KEY_UNKNOWN,
        Code.SSH_HOST_KEY_CHANGED,
        Code.SSH_LOGIN_REFUSED,
        Code.SSH_METHOD_NOT_ALLOWED,
        Code.SSH_KEY_UNREADABLE,
        Code.SSH_PASSPHRASE_NEEDED,
        Code.SSH_PASSPHRASE_WRONG,
        Code.SUDO_PASSWORD_NEEDED,
        Code.SUDO_PASSWORD_WRONG,
        Code.SUDO_NOT_ALLOWED,
        Code.LOCAL_UNSUPPORTED,
    }
)


@dataclass(frozen=True)
class Acting:
    """*action* was asked for at *since*; *before*: each service's run at that moment (``run_mark``)."""

    action: Doing
    since: float
    before: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class LogState:
    """What Logs follows: *services* (none = all), and how that goes. *cut*: Docker has earlier lines;
    *older*: they are being read. *bad*: why a pattern cannot be searched for, *why* in the words of what read
    it; *searched*: whether the search has seen everything that is there."""

    services: tuple[str, ...] = ()
    phase: Literal["off", "loading", "live", "nothing", "waiting"] = "off"
    error: InstallError | None = None
    cut: bool = False
    older: bool = False
    bad: Literal["", "invalid", "slow"] = ""
    why: str = ""
    searched: bool = True


@dataclass(frozen=True)
class Seeking:
    """The search for a cited line of *service*, as *wanted*, in a run's time (*when*): how it stands or
    ended. *read*: lines read so far further back, -1 while nothing is read; *newest_at*: when
    the newest such line of another time was written. ``further``: none of the run's time, and lines from
    before it are not loaded; ``unread``: these could not be read."""

    phase: Literal["", "busy", "other_time", "further", "missing", "unread", "stopped"] = ""
    service: str = ""
    wanted: tuple[str, ...] = ()
    when: Times = ANY_TIME
    read: int = -1
    newest_at: float = 0.0


@dataclass(frozen=True)
class LogSaving:
    """Logs being written to a file of this computer: *path*, and how that goes or went. *lines* so far."""

    phase: Literal["", "busy", "saved", "failed", "cancelled"] = ""
    path: str = ""
    lines: int = 0
    error: InstallError | None = None


@dataclass(frozen=True)
class TerminalState:
    """The shell in *service*'s container, open since *since*; *code*: how it ended, if that is known."""

    service: str = ""
    phase: Literal["", "open", "ended"] = ""
    since: float = 0.0
    code: int | None = None
    error: InstallError | None = None


@dataclass(frozen=True)
class SpaceState:
    """What takes room there, and which *ports* are open: as it was at *seen_at*; what is under way (*busy*),
    and since when. *freed*: bytes that the last cleaning up gave back, -1 for none."""

    now: Space | None = None
    ports: tuple[OpenPort, ...] = ()
    seen_at: float = 0.0
    busy: Literal["", "look", "clean"] = ""
    since: float = 0.0
    error: InstallError | None = None
    freed: int = -1


@dataclass(frozen=True)
class Removal:
    """Removing Dify: what would go (*plan*), what went (*done*), what is under way (*busy*) since when."""

    plan: UndoPlan | None = None
    done: Undone | None = None
    busy: Literal["", "look", "remove"] = ""
    since: float = 0.0
    error: InstallError | None = None


@dataclass(frozen=True)
class Outside:
    """Whether this computer reaches Dify by its own address, and the way through SSH beside it: what the last
    look *found*, what is under way (*busy*), the *tunnel*'s address, and the *error* of either."""

    found: ReachFound | None = None
    busy: Literal["", "look", "tunnel"] = ""
    tunnel: str = ""
    error: InstallError | None = None


@dataclass(frozen=True)
class Https:
    """How Dify is encrypted: *now*, as it was at *seen_at*; what is under way (*busy*), and since when.
    *error*: of the last look or wish. *wish*: how the last wish to renew the certificate ended."""

    now: HttpsNow | None = None
    seen_at: float = 0.0
    busy: Literal["", "look", "renew"] = ""
    since: float = 0.0
    error: InstallError | None = None
    wish: Literal["", "kept", "renewed", "stopped"] = ""


@dataclass(frozen=True)
class PanelState:
    """Everything the panel shows. *lost*: why nothing is known since *lost_since*, with *status* as it was
    before. *acting* and *back* (seconds an action took, for a while) are by service, ``ALL`` for Dify;
    *usage* is by container id. *action_times*: of the action that ended with *action_error*."""

    answers: Answers
    name: str = ""
    server_id: str = ""
    status: Status | None = None
    since: float = 0.0
    seen_at: float = 0.0
    lost: InstallError | None = None
    lost_since: float = 0.0
    acting: Mapping[str, Acting] = field(default_factory=lambda: MappingProxyType({}))
    back: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    action_error: InstallError | None = None
    action_times: Times = ANY_TIME
    cancelling: bool = False
    section: Section = "overview"
    log: LogState = LogState()
    log_saving: LogSaving = LogSaving()
    seeking: Seeking = Seeking()
    terminal: TerminalState = TerminalState()
    space: SpaceState = SpaceState()
    removal: Removal = Removal()
    fingerprint: str = ""
    home: str = ""
    outside: Outside = Outside()
    https: Https = Https()
    overview: Overview = field(default_factory=Overview)
    support: Support = field(default_factory=Support)
    usage: Mapping[str, Usage] = field(default_factory=lambda: MappingProxyType({}))


def run_mark(container: Container) -> str:
    """Tells one run of a container from the next, without asking a clock."""
    return f"{container.id} {container.started_at}"


def may_change(state: PanelState) -> bool:
    """Whether its settings can be changed: it is there, and nothing else is done to it or with it, as that
    needs the connection."""
    there = state.status is not None and state.status.state != "absent"
    busy = state.acting or state.https.busy == "renew" or state.log_saving.phase == "busy"
    return there and not busy and not state.lost


def may_all(state: PanelState) -> frozenset[ActionName]:
    """What can be done with Dify as a whole."""
    if state.status is None or state.acting or state.lost or state.status.state == "absent":
        return frozenset()
    return frozenset({"start"}) if state.status.state == "stopped" else frozenset({"restart", "stop"})


def passes(error: InstallError) -> bool:
    """Whether trying again by itself makes sense."""
    return error.code not in LASTING


def headline(state: PanelState) -> tuple[str, Tone]:
    """The one word for Dify, and its tone: the key of a sentence."""
    if state.status is None:
        return ("unknown", "neutral") if state.lost else ("looking", "neutral")
    if ALL in state.acting:
        return f"act_{state.acting[ALL].action}", "accent"
    if state.lost:
        return "unknown", "neutral"
    tones: Mapping[str, Tone] = {"running": "ok", "degraded": "warning"}
    return state.status.state, tones.get(state.status.state, "neutral")
