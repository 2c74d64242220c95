"""What sections of the control panel ask for, beside the intents of ``ui.intents``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from installer.logs.search import Query
from installer.state.history import ANY_TIME, Times
from ui.intents import Intent


@dataclass(frozen=True)
class ShowSection(Intent):
    """Show a section of the control panel; *service* preselects one in Logs."""

    section: Literal[
        "overview", "containers", "logs", "terminal", "space", "certificate", "history", "server"
    ]
    service: str = ""


@dataclass(frozen=True)
class RunAction(Intent):
    """Restart, stop, start or recreate *services* (none = all)."""

    action: Literal["restart", "stop", "start", "recreate"]
    services: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChangeSettings(Intent):
    """From the control panel to the settings of this installation; *field* is to have the focus."""

    field: str = ""


@dataclass(frozen=True)
class InstallHere(Intent):
    """From the control panel of a server without Dify to a new installation there, over its connection."""


@dataclass(frozen=True)
class Disconnect(Intent):
    """Leave the control panel; Dify keeps running."""


# ------------------------------------------------------------------------ overview and containers


@dataclass(frozen=True)
class RefreshOverview(Intent):
    """Read again what Overview shows beside the containers."""


@dataclass(frozen=True)
class CheckReachability(Intent):
    """Test whether this computer reaches Dify at its own address."""


@dataclass(frozen=True)
class WatchUsage(Intent):
    """Show what the containers of *services* use: those whose rows are in view."""

    services: tuple[str, ...]


@dataclass(frozen=True)
class ScaleService(Intent):
    """Run *count* containers of *service*."""

    service: str
    count: int


@dataclass(frozen=True)
class CopyShellCommand(Intent):
    """Copy the command that opens a shell in *service*'s container."""

    service: str


# ----------------------------------------------------------------------------------------- logs


@dataclass(frozen=True)
class ShowLogs(Intent):
    """Follow the logs of *services* (none = all)."""

    services: tuple[str, ...]


@dataclass(frozen=True)
class SearchLog(Intent):
    """Show only what *query* finds; an empty one shows everything."""

    query: Query


@dataclass(frozen=True)
class LoadOlderLines(Intent):
    """Read the logs from further back."""


@dataclass(frozen=True)
class ShowLogLine(Intent):
    """Scroll to the line of *service*'s log that holds the first of *lines* that is there: within the time of
    a run (*when*), or the newest one where that is not known."""

    service: str
    lines: tuple[str, ...]
    when: Times = ANY_TIME


@dataclass(frozen=True)
class StopSearching(Intent):
    """Stop the search for that line, or hide its result."""


@dataclass(frozen=True)
class SaveLog(Intent):
    """Write the whole logs of *services* (none = all) to *path*, without secrets if *clean*; None: stop."""

    path: Path | None
    services: tuple[str, ...] = ()
    clean: bool = True


# ------------------------------------------------------------------------------------- terminal


@dataclass(frozen=True)
class OpenShell(Intent):
    """Open a shell in *service*'s container and show it."""

    service: str


@dataclass(frozen=True)
class CloseShell(Intent):
    """End the shell that is open."""


# ------------------------------------------------------------------------------------ disk space


@dataclass(frozen=True)
class MeasureSpace(Intent):
    """Measure what takes disk space, and list open ports."""


@dataclass(frozen=True)
class CloseDebugPort(Intent):
    """Bind the plugin debugging port to the server's loopback address."""


@dataclass(frozen=True)
class RemoveImages(Intent):
    """Remove the images with these *ids*, except those that are in use by now."""

    ids: tuple[str, ...]


@dataclass(frozen=True)
class ShowRemoval(Intent):
    """Show what removing Dify would delete."""


@dataclass(frozen=True)
class DismissRemoval(Intent):
    """Close that without removing anything."""


@dataclass(frozen=True)
class RemoveDify(Intent):
    """Remove as shown. *confirm*: the folder, typed: removes the data, too. *images*: removes the downloads,
    too; *added*: reverts what repairs changed on the server."""

    confirm: str = ""
    images: bool = False
    added: bool = False


# ----------------------------------------------------------------------- certificate


@dataclass(frozen=True)
class RefreshCertificate(Intent):
    """Read how Dify is encrypted, and by which certificate."""


@dataclass(frozen=True)
class RenewCertificate(Intent):
    """Have the server renew its certificate now if it is due, without waiting for its timer."""


@dataclass(frozen=True)
class StopRenewal(Intent):
    """Cancel the renewal."""
