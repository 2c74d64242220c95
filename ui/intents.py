"""What a page asks for: frozen values, carried out by the flow. Pages never navigate or start work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from installer.wizard import PageId, WizardState

Edit = Callable[[WizardState], WizardState]


class Intent:
    """Base of all intents."""


@dataclass(frozen=True)
class Next(Intent):
    """The page's primary button."""


@dataclass(frozen=True)
class Back(Intent):
    """One page back."""


@dataclass(frozen=True)
class Visit(Intent):
    """Go to *page* (the rail, or "choose another port"); *field* is to have the focus."""

    page: PageId
    field: str = ""


@dataclass(frozen=True)
class OpenServer(Intent):
    """Open the known server *id*: its panel, or its running installation."""

    id: str


@dataclass(frozen=True)
class ForgetServer(Intent):
    """Take the known server *id* off the list; nothing on the server changes."""

    id: str


@dataclass(frozen=True)
class Resume(Intent):
    """Go on with the unfinished answers."""


@dataclass(frozen=True)
class DropDraft(Intent):
    """Throw the unfinished answers away."""


@dataclass(frozen=True)
class OpenAnswers(Intent):
    """Take the answers from a file."""

    path: Path


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
class Stop(Intent):
    """Cancel the work that goes on."""


@dataclass(frozen=True)
class Retry(Intent):
    """Do what failed once more."""


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
