"""What Overview shows beside the containers: room on the machine, whether the first account is still to be
had, failed runs, and a newer release. The judgements are pure.

Sizes are bytes, times seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from installer.core.resources import table
from installer.diagnosis import diagnose
from installer.https.https_now import judge

if TYPE_CHECKING:
    from installer.core.errors import InstallError
    from installer.core.secrets import Secret
    from installer.https.https_now import HttpsNow
    from installer.release.updates import Newest
    from installer.state.history import Entry

Tone = Literal["ok", "warning", "stop", "neutral", "accent"]


@dataclass(frozen=True)
class Room:
    """Of a file system or of the memory."""

    free: int
    size: int

    @property
    def used(self) -> float:
        """From 0 to 1."""
        return min(1.0, max(0.0, 1 - self.free / self.size)) if self.size else 0.0


@dataclass(frozen=True)
class FailedRun:
    """A run that failed *at* a time. *what*: the journal's word for the run. *code*: of the error, with
    *params*; *cause*: a failure of the catalogue that its text proves, or empty. *over*: a later run of
    the kind ended well."""

    at: float
    what: str
    code: str
    params: tuple[tuple[str, str], ...] = ()
    cause: str = ""
    over: bool = False


@dataclass(frozen=True)
class Condition:
    """What one look at the machine found; None: not known. *disk* has Dify's folder, *images* Docker's own
    where that is another file system. *setup_open*: the first account can still be created; *guard*: the
    password that Dify asks for before that (``INIT_PASSWORD``), None if it asks for none."""

    disk: Room | None = None
    images: Room | None = None
    memory: Room | None = None
    setup_open: bool | None = None
    failed_runs: tuple[FailedRun, ...] = ()
    guard: Secret | None = None


@dataclass(frozen=True)
class Overview:
    """*condition* as of *seen_at*, and the *error* of the look after it; *newest* release, or why its list
    cannot be had (*list_error*). *busy*: a query is running."""

    condition: Condition | None = None
    seen_at: float = 0.0
    error: InstallError | None = None
    busy: bool = False
    newest: Newest | None = None
    list_error: InstallError | None = None


def disk_tone(room: Room) -> Tone:
    """How a file system is."""
    limits = table("overview")["disk"]
    if room.free < limits["out"] * 10**9:
        return "stop"
    return "warning" if room.free < limits["low"] * 10**9 else "ok"


def memory_tone(room: Room) -> Tone:
    """How the memory is. Linux uses what is free for files: only what is available counts."""
    return "warning" if room.free < table("overview")["memory"]["low"] * room.size else "ok"


def certificate_word(found: HttpsNow, now: float) -> tuple[str, Tone, int]:
    """The word about how Dify is encrypted, its tone, and whole days left (-1: nothing ends)."""
    if found.certificate is None:
        tones: dict[str, Tone] = {"front": "ok", "absent": "neutral"}
        return found.how, tones.get(found.how, "warning"), -1
    when = datetime.fromtimestamp(now, UTC)
    word = judge(found.certificate, when)
    left = max(0, (found.certificate.info.not_after - when).days)
    tone: Tone = "ok" if word == "fine" else "neutral" if word == "self_signed" else "warning"
    return word, "stop" if word in ("over", "early") else tone, left


def failed_runs(found: Sequence[Sequence[Entry]], now: float) -> tuple[FailedRun, ...]:
    """The last failed runs of *found* (``history.runs``: the newest first). A failure that a later run of the
    kind has made good is kept only as the newest thing that there is to tell."""
    limits = table("overview")["problems"]
    since = now - limits["days"] * 86400
    recent = [p for p in _failures(found) if p.at >= since]
    open_ones = [p for p in recent if not p.over]
    return tuple(open_ones[: limits["most"]] or recent[:1])


def _failures(found: Sequence[Sequence[Entry]]) -> Iterator[FailedRun]:
    well: set[str] = set()
    for run in found:
        kind = run[0].what
        for entry in reversed(run):
            if entry.what == "done":
                well.add(kind)
            elif entry.what == "failed" and entry.code:
                params = tuple(sorted(entry.params.items()))
                # whatever failed before: a Dify that was installed or started since is over it
                over = bool(well & {kind, "apply", "undo"}) or (
                    kind in ("start", "restart", "recreate") and bool(well & {"restart", "recreate"})
                )
                yield FailedRun(entry.at, kind, entry.code, params, _cause(entry), over)


def _cause(entry: Entry) -> str:
    if entry.causes:
        return entry.causes[0].code
    if not entry.detail:
        return ""
    found = diagnose(entry.detail, "")
    return found[0].code if found else ""
