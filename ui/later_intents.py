"""The intents that no page needs at the first paint; ``ui.intents`` gives them all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from installer.core.secrets import Secret
from installer.state.history import ANY_TIME, Times
from ui.intents import Intent

if TYPE_CHECKING:
    from installer.hosts.dialogue import Question
    from installer.logs.search import Query


@dataclass(frozen=True)
class WaitLonger(Intent):
    """Only go on waiting until Dify answers."""


@dataclass(frozen=True)
class WaitForDns(Intent):
    """Wait until the site's name resolves to the server, then continue."""


@dataclass(frozen=True)
class StopWaiting(Intent):
    """Wait no longer for that."""


@dataclass(frozen=True)
class TryService(Intent):
    """Test the external service that *section* of the answers names."""

    section: str


@dataclass(frozen=True)
class StopTrying(Intent):
    """Try it no longer."""


@dataclass(frozen=True)
class GoOnAnyway(Intent):
    """Pass the last step by."""


@dataclass(frozen=True)
class FollowThem(Intent):
    """Another run is under way there: follow it to its end, then continue."""


@dataclass(frozen=True)
class ToChecks(Intent):
    """Leave the installation and look at the machine again."""


@dataclass(frozen=True)
class AskUndo(Intent):
    """Show what an undo would do."""


@dataclass(frozen=True)
class DropUndo(Intent):
    """Undo nothing."""


@dataclass(frozen=True)
class Undo(Intent):
    """Undo as shown. *confirm*: the folder, typed: the data goes, too. *images*: the downloads go, too."""

    confirm: str = ""
    images: bool = False


@dataclass(frozen=True)
class ExportAnswers(Intent):
    """Write the answers (no secrets) to a file."""

    path: Path


@dataclass(frozen=True)
class SaveText(Intent):
    """Write *text* to a file."""

    path: Path
    text: str


@dataclass(frozen=True)
class SaveServer(Intent):
    """Store the entry of a known server that was changed."""


@dataclass(frozen=True)
class Answer(Intent):
    """The answers to *question* in its prompts' order; None: give up."""

    question: Question
    answers: tuple[Secret, ...] | None


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
    """Gather the facts once more; *row*: for the sake of that check alone."""

    row: str = ""


@dataclass(frozen=True)
class ChooseRepair(Intent):
    """Make the repair *id* a step of the installation, or not any more."""

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
    """Carry the repair *id* out at once; it belongs to the check *row*."""

    id: str
    row: str


@dataclass(frozen=True)
class PutBehind(Intent):
    """Let the web server that is there hand requests on: Dify takes *port* for the answer *field*, and
    listens for the machine itself only."""

    field: str
    port: int


@dataclass(frozen=True)
class InstallBeside(Intent):
    """Leave what is there alone: another *directory* and Compose *project* ("" = by the folder's name)."""

    directory: str
    project: str = ""


@dataclass(frozen=True)
class BringImages(Intent):
    """Have this computer download the images and send them to the server."""


@dataclass(frozen=True)
class UseSource(Intent):
    """Get releases from *source*, an address that the server's record names."""

    source: str


@dataclass(frozen=True)
class LogInToRegistry(Intent):
    """Log the target's Docker in to *registry* ("" = Docker Hub) and go on with the installation."""

    registry: str
    user: str
    password: Secret


@dataclass(frozen=True)
class LogInAgain(Intent):
    """Make a new connection with the same login, so that new rights count."""


@dataclass(frozen=True)
class Manage(Intent):
    """Go on with the installation in *directory*, which this program made."""

    directory: str
    project: str = ""


@dataclass(frozen=True)
class Browse(Intent):
    """Show a page of the web in the browser."""

    url: str


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
class OpenThroughSsh(Intent):
    """Show Dify in the browser, through the SSH connection."""


@dataclass(frozen=True)
class CloseServer(Intent):
    """Disconnect from the known server *id*; Dify keeps running."""

    id: str


@dataclass(frozen=True)
class CopyRestart(Intent):
    """Copy the command that restarts Dify on the known server *id* from a shortcut."""

    id: str


@dataclass(frozen=True)
class LookAtMachine(Intent):
    """Look again at what Overview tells beside the containers."""


@dataclass(frozen=True)
class LookOutside(Intent):
    """Try whether this computer reaches Dify by its own address."""


@dataclass(frozen=True)
class OpenPanel(Intent):
    """Go to the control panel of the installation just made."""


@dataclass(frozen=True)
class LookAtCertificate(Intent):
    """See how Dify is encrypted, and by which certificate."""


@dataclass(frozen=True)
class RenewNow(Intent):
    """Have the machine renew its certificate now if it is due, without waiting for its timer."""


@dataclass(frozen=True)
class StopRenewing(Intent):
    """Give that up."""


@dataclass(frozen=True)
class ChangeSettings(Intent):
    """From the control panel to the settings of this installation; *field* is to have the focus."""

    field: str = ""


@dataclass(frozen=True)
class InstallHere(Intent):
    """From the control panel of a server without Dify to a new installation there, over its connection."""


@dataclass(frozen=True)
class CopyText(Intent):
    """Put *text* on the clipboard. *secret*: it is taken off again after a minute."""

    text: str
    secret: bool = False


@dataclass(frozen=True)
class ShowPast(Intent):
    """Show what happened: of the installation that is connected, or (*file*) of a report."""

    file: Path | None = None


@dataclass(frozen=True)
class SaveReport(Intent):
    """Save the report for support to *path*; None: stop saving it."""

    path: Path | None


@dataclass(frozen=True)
class ShowSection(Intent):
    """A section of the control panel; *service* preselects one in Logs."""

    section: Literal[
        "overview", "containers", "logs", "terminal", "space", "certificate", "history", "server"
    ]
    service: str = ""


@dataclass(frozen=True)
class LookAtUsage(Intent):
    """Show what the containers of *services* use: those whose rows are in view."""

    services: tuple[str, ...]


@dataclass(frozen=True)
class Act(Intent):
    """Restart, stop, start or recreate *services* (none = all)."""

    action: Literal["restart", "stop", "start", "recreate"]
    services: tuple[str, ...] = ()


@dataclass(frozen=True)
class LookAtSpace(Intent):
    """Look at what takes room, and at open ports."""


@dataclass(frozen=True)
class CloseDebugging(Intent):
    """Let only the machine itself reach the port for developers of plugins."""


@dataclass(frozen=True)
class CleanImages(Intent):
    """Remove the images with these *ids*, except those that are in use by now."""

    ids: tuple[str, ...]


@dataclass(frozen=True)
class AskRemoval(Intent):
    """Show what removing Dify would take away."""


@dataclass(frozen=True)
class DropRemoval(Intent):
    """Remove nothing."""


@dataclass(frozen=True)
class RemoveDify(Intent):
    """Remove as shown. *confirm*: the folder, typed: the data goes, too. *images*: the downloads go, too;
    *added*: what repairs changed on the machine is taken back."""

    confirm: str = ""
    images: bool = False
    added: bool = False


@dataclass(frozen=True)
class OpenShell(Intent):
    """Open a shell in *service*'s container and show it."""

    service: str


@dataclass(frozen=True)
class CloseShell(Intent):
    """End the shell that is open."""


@dataclass(frozen=True)
class Scale(Intent):
    """Have *count* containers of *service*."""

    service: str
    count: int


@dataclass(frozen=True)
class CopyShell(Intent):
    """Copy the command that opens a shell in *service*'s container."""

    service: str


@dataclass(frozen=True)
class Disconnect(Intent):
    """Leave the control panel; Dify keeps running."""


@dataclass(frozen=True)
class ShowLogs(Intent):
    """The logs of *services* (none = all)."""

    services: tuple[str, ...]


@dataclass(frozen=True)
class SearchLog(Intent):
    """Show only what *query* finds; an empty one shows everything."""

    query: Query


@dataclass(frozen=True)
class OlderLines(Intent):
    """Read the logs from further back."""


@dataclass(frozen=True)
class ShowLine(Intent):
    """Go to the line of *service*'s log that holds the first of *lines* that is there: of the time of a run
    (*when*), or the newest one where that is not known."""

    service: str
    lines: tuple[str, ...]
    when: Times = ANY_TIME


@dataclass(frozen=True)
class StopSeeking(Intent):
    """Look for that line no longer; where the search is over: how it ended was read."""


@dataclass(frozen=True)
class SaveLog(Intent):
    """Write the whole logs of *services* (none = all) to *path*, without secrets if *clean*; None: stop."""

    path: Path | None
    services: tuple[str, ...] = ()
    clean: bool = True
