"""What pages ask for: frozen values, carried out by the controllers of the wizard, the panel and the app.

Pages never navigate or start work themselves. Intents of the control panel alone: ``ui.panel.intents``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from installer.core.secrets import Secret
from installer.hosts.dialogue import Question
from installer.views.wizard import PageId, WizardState

Edit = Callable[[WizardState], WizardState]


class Intent:
    """Base of all intents."""


# -------------------------------------------------------------------------------------------- every page


@dataclass(frozen=True)
class Next(Intent):
    """The page's primary button."""


@dataclass(frozen=True)
class Back(Intent):
    """One page back."""


@dataclass(frozen=True)
class GoToPage(Intent):
    """Go to *page* (the rail, or "choose another port"); *field* is to have the focus."""

    page: PageId
    field: str = ""


@dataclass(frozen=True)
class Stop(Intent):
    """Cancel the running work."""


@dataclass(frozen=True)
class Retry(Intent):
    """Repeat what failed."""


@dataclass(frozen=True)
class CopyText(Intent):
    """Put *text* on the clipboard. *secret*: it is removed from there after a minute."""

    text: str
    secret: bool = False


@dataclass(frozen=True)
class OpenUrl(Intent):
    """Open a web page, or Dify itself, in the browser."""

    url: str


@dataclass(frozen=True)
class OpenThroughSsh(Intent):
    """Open Dify in the browser, through the SSH connection."""


# ------------------------------------------------------------------------------ known servers and welcome


@dataclass(frozen=True)
class OpenServer(Intent):
    """Open the known server *id*: its panel, or its running installation."""

    id: str


@dataclass(frozen=True)
class CloseServer(Intent):
    """Disconnect from the known server *id*; Dify keeps running."""

    id: str


@dataclass(frozen=True)
class SaveServer(Intent):
    """Store the entry of a known server that was changed."""


@dataclass(frozen=True)
class ForgetServer(Intent):
    """Remove the known server *id* from the list; nothing on the server changes."""

    id: str


@dataclass(frozen=True)
class CopyRestartCommand(Intent):
    """Copy the command that restarts Dify on the known server *id* from a shortcut."""

    id: str


@dataclass(frozen=True)
class ResumeDraft(Intent):
    """Continue with the unfinished answers."""


@dataclass(frozen=True)
class DiscardDraft(Intent):
    """Discard the unfinished answers."""


@dataclass(frozen=True)
class OpenAnswers(Intent):
    """Take the answers from a file."""

    path: Path


# ------------------------------------------------------------------------------------- where and login


@dataclass(frozen=True)
class CheckDocker(Intent):
    """Look for this computer's Docker again."""


@dataclass(frozen=True)
class AnswerQuestion(Intent):
    """The answers to *question* in its prompts' order; None: cancel the login."""

    question: Question
    answers: tuple[Secret, ...] | None


@dataclass(frozen=True)
class AcceptHostKey(Intent):
    """The host key on screen matches; *reinstalled* for one that replaces a known key."""

    reinstalled: bool = False


@dataclass(frozen=True)
class RejectHostKey(Intent):
    """The host key on screen does not match."""


@dataclass(frozen=True)
class Reconnect(Intent):
    """Make a new connection with the same login, so that new rights apply."""


# -------------------------------------------------------------------------------------------- checks


@dataclass(frozen=True)
class CheckAgain(Intent):
    """Gather the facts again; *row*: for that check alone."""

    row: str = ""


@dataclass(frozen=True)
class ChooseRepair(Intent):
    """Make the repair *id* a step of the installation, or remove it from the steps."""

    id: str
    wanted: bool


@dataclass(frozen=True)
class ReviewRepair(Intent):
    """Choose the repair *id* and show what would be done."""

    id: str


@dataclass(frozen=True)
class UseAddress(Intent):
    """Choose the repair that needs *address*, which is the answer ``repairs.<kind>``."""

    kind: str
    address: str


@dataclass(frozen=True)
class RepairNow(Intent):
    """Carry out the repair *id* at once; it belongs to the check *row*."""

    id: str
    row: str


@dataclass(frozen=True)
class UsePort(Intent):
    """Take *port* for the answer *field*."""

    field: str
    port: int


@dataclass(frozen=True)
class InstallBehindProxy(Intent):
    """The existing web server is the reverse proxy: Dify takes *port* for the answer *field* and listens on
    the server's loopback address only."""

    field: str
    port: int


@dataclass(frozen=True)
class UseFolder(Intent):
    """Another *directory* of the same machine, with its Compose *project* ("" = by the folder's name): one
    that is free, beside an existing installation, or that of an installation which this program made."""

    directory: str
    project: str = ""


@dataclass(frozen=True)
class UseReleaseSource(Intent):
    """Get releases from *source*, an address that the server's record names."""

    source: str


# ------------------------------------------------------------------------------------ settings and review


@dataclass(frozen=True)
class WaitForDns(Intent):
    """Wait until the site's name resolves to the server, then continue."""


@dataclass(frozen=True)
class StopWaitingForDns(Intent):
    """Stop waiting for the site's name."""


@dataclass(frozen=True)
class CheckService(Intent):
    """Test the external service that *section* of the answers names."""

    section: str


@dataclass(frozen=True)
class StopServiceCheck(Intent):
    """Stop testing the external service."""


@dataclass(frozen=True)
class SaveText(Intent):
    """Write *text* to a file."""

    path: Path
    text: str


@dataclass(frozen=True)
class ExportAnswers(Intent):
    """Write the answers (no secrets) to a file."""

    path: Path


# ---------------------------------------------------------------------------------------- installation


@dataclass(frozen=True)
class WaitLonger(Intent):
    """Wait again until Dify answers, and do nothing else."""


@dataclass(frozen=True)
class ContinueAnyway(Intent):
    """Skip the last step."""


@dataclass(frozen=True)
class FollowOtherRun(Intent):
    """Another run is in progress on the server: follow it to its end, then continue."""


@dataclass(frozen=True)
class BackToChecks(Intent):
    """Leave the installation and check the server again."""


@dataclass(frozen=True)
class TransferImages(Intent):
    """Have this computer download the images and send them to the server."""


@dataclass(frozen=True)
class LogInToRegistry(Intent):
    """Log the target's Docker in to *registry* ("" = Docker Hub) and continue with the installation."""

    registry: str
    user: str
    password: Secret


@dataclass(frozen=True)
class ShowUndo(Intent):
    """Show what an undo would do."""


@dataclass(frozen=True)
class DismissUndo(Intent):
    """Close that without an undo."""


@dataclass(frozen=True)
class Undo(Intent):
    """Undo as shown. *confirm*: the folder, typed: removes the data, too. *images*: removes the downloads,
    too."""

    confirm: str = ""
    images: bool = False


@dataclass(frozen=True)
class OpenPanel(Intent):
    """Go to the control panel of the installation just made."""


# --------------------------------------------------------------------------------------- journal and report


@dataclass(frozen=True)
class ShowHistory(Intent):
    """Show what happened: of the installation that is connected, or (*file*) of a report."""

    file: Path | None = None


@dataclass(frozen=True)
class SaveReport(Intent):
    """Save the report for support to *path*; None: stop saving it."""

    path: Path | None
