"""What a page asks for: frozen values, carried out by the flow. Pages never navigate or start work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from installer.views.wizard import PageId, WizardState

if TYPE_CHECKING:
    from ui.later_intents import (
        AcceptKey,
        Act,
        Answer,
        AskRemoval,
        AskUndo,
        BringImages,
        Browse,
        ChangeSettings,
        CheckAgain,
        CheckDocker,
        ChooseRepair,
        CleanImages,
        CloseDebugging,
        CloseServer,
        CloseShell,
        CopyRestart,
        CopyShell,
        CopyText,
        Disconnect,
        DropRemoval,
        DropUndo,
        ExportAnswers,
        FollowThem,
        GoOnAnyway,
        InstallBeside,
        InstallHere,
        LogInAgain,
        LogInToRegistry,
        LookAtCertificate,
        LookAtMachine,
        LookAtSpace,
        LookAtUsage,
        LookOutside,
        Manage,
        OlderLines,
        OpenDify,
        OpenPanel,
        OpenShell,
        OpenThroughSsh,
        PutBehind,
        RejectKey,
        RemoveDify,
        RenewNow,
        RepairNow,
        ReviewRepair,
        SaveLog,
        SaveReport,
        SaveServer,
        SaveText,
        Scale,
        SearchLog,
        ShowLine,
        ShowLogs,
        ShowPast,
        ShowSection,
        StopRenewing,
        StopSeeking,
        StopTrying,
        StopWaiting,
        ToChecks,
        TryService,
        Undo,
        UseAddress,
        UsePort,
        UseSource,
        WaitForDns,
        WaitLonger,
    )

__all__ = [
    "AcceptKey",
    "Act",
    "Answer",
    "AskRemoval",
    "AskUndo",
    "Back",
    "BringImages",
    "Browse",
    "ChangeSettings",
    "CheckAgain",
    "CheckDocker",
    "ChooseRepair",
    "CleanImages",
    "CloseDebugging",
    "CloseServer",
    "CloseShell",
    "CopyRestart",
    "CopyShell",
    "CopyText",
    "Disconnect",
    "DropDraft",
    "DropRemoval",
    "DropUndo",
    "Edit",
    "ExportAnswers",
    "FollowThem",
    "ForgetServer",
    "GoOnAnyway",
    "InstallBeside",
    "InstallHere",
    "Intent",
    "LogInAgain",
    "LogInToRegistry",
    "LookAtCertificate",
    "LookAtMachine",
    "LookAtSpace",
    "LookAtUsage",
    "LookOutside",
    "Manage",
    "Next",
    "OlderLines",
    "OpenAnswers",
    "OpenDify",
    "OpenPanel",
    "OpenServer",
    "OpenShell",
    "OpenThroughSsh",
    "PutBehind",
    "RejectKey",
    "RemoveDify",
    "RenewNow",
    "RepairNow",
    "Resume",
    "Retry",
    "ReviewRepair",
    "SaveLog",
    "SaveReport",
    "SaveServer",
    "SaveText",
    "Scale",
    "SearchLog",
    "ShowLine",
    "ShowLogs",
    "ShowPast",
    "ShowSection",
    "Stop",
    "StopRenewing",
    "StopSeeking",
    "StopTrying",
    "StopWaiting",
    "ToChecks",
    "TryService",
    "Undo",
    "UseAddress",
    "UsePort",
    "UseSource",
    "Visit",
    "WaitForDns",
    "WaitLonger",
]

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
class Stop(Intent):
    """Cancel the running work."""


@dataclass(frozen=True)
class Retry(Intent):
    """Do what failed once more."""


def __getattr__(name: str) -> Any:
    """Each dataclass takes half a millisecond to make: those of later pages are made when they are needed."""
    if name in __all__:
        from ui import later_intents

        return getattr(later_intents, name)
    raise AttributeError(name)
