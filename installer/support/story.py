"""What a report or a living installation tells, ready to be shown. Pure but for ``live_story``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from installer.state.history import Entry, Known, entries, known
from installer.support.read import json_member

if TYPE_CHECKING:  # a state that holds none must not cost the first paint anything
    from installer.answers import Answers
    from installer.core.errors import InstallError
    from installer.hosts.base import Host
    from installer.support.read import Report

#: Known failures that are shown.
_MOST_KNOWN = 30


@dataclass(frozen=True)
class Story:
    """*entries*, oldest first; *members* of a report by name. *file*: the report's name, empty for what is
    read from the installation itself; *changed*: members that are not as they were."""

    entries: tuple[Entry, ...] = ()
    known: tuple[Known, ...] = ()
    members: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    created_at: float = 0.0
    installer: str = ""
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Support:
    """What a page about the past shows: how reading goes (*phase*) and how saving a report goes (*saving*).
    *back*: the page to go back to; *live*: the installation itself was asked."""

    back: str = ""
    live: bool = False
    phase: Literal["empty", "loading", "shown", "failed"] = "empty"
    story: Story = Story()
    error: InstallError | None = None
    saving: Literal["", "busy", "saved", "failed", "cancelled"] = ""
    saved: str = ""
    size: int = 0
    lacking: tuple[str, ...] = ()
    save_error: InstallError | None = None


def story_of(report: Report, file: str) -> Story:
    """The story that a report tells."""
    found = json_member(report, "diagnosis.json")
    causes = [known(x) for x in found if isinstance(x, dict)] if isinstance(found, list) else []
    return Story(
        entries(report.members.get("journal.jsonl", "").splitlines()),
        tuple(causes[:_MOST_KNOWN]),
        {name: report.members[name] for name in report.logs},
        file,
        report.created_at,
        report.installer,
        tuple(sorted(report.changed)),
    )


def live_story(host: Host, answers: Answers) -> Story:
    """What the installation's own journal tells. Raises what losing the host raises."""
    data = host.read_file(f"{answers.state_folder}/journal.jsonl") or b""
    return Story(entries(data.decode("utf-8", "replace").splitlines()))


__all__ = ["Entry", "Known", "Story", "Support", "live_story", "story_of"]
