"""What the list of servers and the tray say of an installation. Pure.

``connecting``: there is no answer yet. ``person``: something is needed that only a person can give.
``lost``: the line or Docker does not answer. The others are Dify's own state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from installer.core.errors import InstallError
from installer.operations.known_login import PERSON_NEEDED
from installer.release.advisories import Severity, advisories
from installer.release.updates import is_newer
from installer.views.panel import ALL, PanelState

Word = Literal["connecting", "person", "lost", "acting", "running", "degraded", "stopped", "absent"]
Tone = Literal["ok", "warning", "stop", "neutral", "accent"]
TONES: dict[Word, Tone] = {
    "connecting": "neutral",
    "person": "neutral",
    "lost": "warning",
    "acting": "accent",
    "running": "ok",
    "degraded": "warning",
    "stopped": "neutral",
    "absent": "neutral",
}
#: For one picture of several, the worst first.
_WORST: tuple[Word, ...] = ("degraded", "lost", "stopped", "absent", "acting", "person", "connecting")


@dataclass(frozen=True)
class ServerNow:
    """*version*: as it was seen last. *update*: a newer release, or empty; *hole*: how bad the worst security
    hole is that is known of the version, or empty. *may*: it can be restarted."""

    word: Word
    version: str = ""
    update: str = ""
    hole: Severity | Literal[""] = ""
    may: bool = False
    error: InstallError | None = None

    @property
    def tone(self) -> Tone:
        """Of its word."""
        return TONES[self.word]


def word_of(state: PanelState) -> Word:
    """One word for a panel's state."""
    if state.lost is not None:
        return "person" if state.lost.code in PERSON_NEEDED else "lost"
    if state.status is None:
        return "connecting"
    return "acting" if ALL in state.acting else state.status.state


def now_of(state: PanelState, newest: str = "") -> ServerNow:
    """*newest*: the newest stable release, if it is known."""
    word = word_of(state)
    there = state.status is not None and state.status.state != "absent"
    may = there and not state.acting and state.lost is None
    version = state.status.version if state.status else ""
    return marked(ServerNow(word, version, may=may, error=state.lost), version, newest)


def marked(now: ServerNow, version: str, newest: str) -> ServerNow:
    """*now* with what is known of the release *version*."""
    found = advisories(version)
    update = newest if newest and is_newer(newest, version) else ""
    return ServerNow(now.word, version, update, found[0].severity if found else "", now.may, now.error)


def worst(words: Iterable[Word]) -> Word | None:
    """The word for all of them; None if there are none."""
    there = set(words)
    return next((word for word in _WORST if word in there), "running" if there else None)
