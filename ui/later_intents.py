"""The intents that no page needs at the first paint; ``ui.intents`` gives them all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ui.intents import Intent


@dataclass(frozen=True)
class ExportAnswers(Intent):
    """Write the answers (no secrets) to a file."""

    path: Path


@dataclass(frozen=True)
class AcceptKey(Intent):
    """The host key on screen matches; *reinstalled* for one that replaces a known key."""

    reinstalled: bool = False


@dataclass(frozen=True)
class RejectKey(Intent):
    """It does not match."""


@dataclass(frozen=True)
class CheckDocker(Intent):
    """Look for this computer's Docker once more."""


@dataclass(frozen=True)
class CheckAgain(Intent):
    """Gather the facts once more."""


@dataclass(frozen=True)
class UsePort(Intent):
    """Take *port* for the answer *field*."""

    field: str
    port: int


@dataclass(frozen=True)
class OpenDify(Intent):
    """Show Dify in the browser."""

    url: str


@dataclass(frozen=True)
class OpenPanel(Intent):
    """Go to the control panel of the installation just made."""


@dataclass(frozen=True)
class CopyText(Intent):
    """Put *text* on the clipboard. *secret*: it is taken off again after a minute."""

    text: str
    secret: bool = False


@dataclass(frozen=True)
class ShowSection(Intent):
    """A section of the control panel; *service* preselects one in Logs."""

    section: Literal["overview", "containers", "logs", "server"]
    service: str = ""


@dataclass(frozen=True)
class Act(Intent):
    """Restart, stop or start *services* (none = all)."""

    action: Literal["restart", "stop", "start"]
    services: tuple[str, ...] = ()


@dataclass(frozen=True)
class Disconnect(Intent):
    """Leave the control panel; Dify goes on."""
